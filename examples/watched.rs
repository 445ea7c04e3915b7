//! How a project keeps a moving line under watch in its own tests: record it in a session, and let insta keep the text.
//!
//! `cargo run --example watched` prints the recording; `cargo test --example watched` is the test.

use stroboscope::{
    recording::Recording,
    session::{Error, Session},
    virtual_time::VirtualTime,
};

fn main() -> Result<(), Error> {
    print!("{}", three_frames()?);
    Ok(())
}

/// The program under watch, for three frames, on a terminal of 40 by 10. Nothing is waited for.
fn three_frames() -> Result<Recording, Error> {
    // In your own project: the name of your binary, as `cargo` has it.
    Session::cargo_bin("spinner")?
        .args(["thread", "--work", "250ms"])
        .pty(40, 10)
        .virtual_time(VirtualTime::default())
        .run()
}

#[cfg(test)]
mod tests {
    use super::{Error, three_frames};

    #[test]
    fn the_line_is_wiped_before_the_answer() -> Result<(), Error> {
        let recording = match three_frames() {
            // A machine that lets no program be traced cannot say; CI is none of those.
            Err(error @ Error::NoVirtualTime(_)) => {
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
