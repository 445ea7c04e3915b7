//! Tests a spinner in virtual time: records three frames of it, and lets insta keep the transcript.
//!
//! Copy it to your `tests/` folder. Here `cargo test --example insta_test` runs the test, and
//! `cargo run --example insta_test` prints the recording:
//!
//! ```text
//! transcript: 1
//! command: spinner thread --work 250ms
//! channel: pty 40x10 xterm-256color
//! clock: virtual 2
//!
//! 0.000 "spinner object: <Thread(Thread-1 (spin), initial)>\r\n"
//! 0.000 "| thinking!"
//! 0.100 "\b"*11 "/ thinking!"
//! 0.100 "\b"*11 "- thinking!"
//! 0.100 "\b"*11 " "*11 "\b"*11 "Answer: 42\r\n"
//! @0.300 exit 0
//! ```

use stroboscope::{
    recording::Recording,
    session::{Session, SessionError},
    virtual_time::VirtualTime,
};

fn main() -> Result<(), SessionError> {
    print!("{}", three_frames()?);
    Ok(())
}

/// A run of the program on a terminal of 40 columns and 10 rows. Its 0.3 seconds take a few milliseconds.
fn three_frames() -> Result<Recording, SessionError> {
    // In your own project: the name of your binary, as in Cargo.toml.
    Session::cargo_bin("spinner")?
        .args(["thread", "--work", "250ms"])
        .pty(40, 10)
        .virtual_time(VirtualTime::default())
        .run()
}

#[cfg(test)]
mod tests {
    use super::{SessionError, three_frames};

    #[test]
    fn the_spinner_is_erased_before_the_answer() -> Result<(), SessionError> {
        let recording = match three_frames() {
            // Some machines do not let a program be traced; CI is none of those.
            Err(error @ SessionError::NoVirtualTime(_)) => {
                eprintln!("skipped: {error}");
                return Ok(());
            }
            recording => recording?,
        };
        insta::assert_snapshot!(recording, @r#"
        transcript: 1
        command: spinner thread --work 250ms
        channel: pty 40x10 xterm-256color
        clock: virtual 2

        0.000 "spinner object: <Thread(Thread-1 (spin), initial)>\r\n"
        0.000 "| thinking!"
        0.100 "\b"*11 "/ thinking!"
        0.100 "\b"*11 "- thinking!"
        0.100 "\b"*11 " "*11 "\b"*11 "Answer: 42\r\n"
        @0.300 exit 0
        "#);
        Ok(())
    }
}
