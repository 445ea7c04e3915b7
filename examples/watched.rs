//! How a project keeps a moving line under watch in its own tests: record it in a session, and let insta keep the text.
//!
//! `cargo run --example watched` prints the recording; `cargo test --example watched` is the test.

use stroboscope::{
    recording::Recording,
    session::{Error, Session},
};

fn main() -> Result<(), Error> {
    print!("{}", three_frames()?);
    Ok(())
}

/// The program under watch, for three frames, on a terminal of 40 by 10.
fn three_frames() -> Result<Recording, Error> {
    // In your own project: the name of your binary, as `cargo` has it.
    Session::cargo_bin("spinner")?
        .args(["thread", "--paused", "--work", "300ms"])
        .pty(40, 10)
        .run()
}

#[cfg(test)]
mod tests {
    use super::{Error, three_frames};
    use stroboscope::recording::Level;

    #[test]
    fn the_line_is_wiped_before_the_answer() -> Result<(), Error> {
        // In real time the instants, and where a terminal's writes are cut, differ from run to run; the bytes do not.
        let recording = three_frames()?.at_level(Level::Bytes);
        insta::assert_snapshot!(recording, @r#"
        transcript: 1
        command: spinner thread --paused --work 300ms
        channel: pty 40x10 xterm-256color
        clock: real

        0.000 "spinner object: <Thread(Thread-1 (spin), initial)>\r\n"
              "| thinking!" "\b"*11 "/ thinking!" "\b"*11 "- thinking!" "\b"*11 " "*11 "\b"*11 "Answer: 42\r\n"
        @0.000 exit 0
        "#);
        Ok(())
    }
}
