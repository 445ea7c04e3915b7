//! A program with a moving line, and a test that records it: how a project keeps its own under watch.
//!
//! `cargo run --example progress`, and `cargo test --example progress` for the test below.

use std::{
    io::{Write, stdout},
    thread::sleep,
    time::Duration,
};

fn main() -> std::io::Result<()> {
    let mut stdout = stdout();
    for percent in (0..=100).step_by(25) {
        write!(stdout, "\r{percent:3}% {}", "#".repeat(percent / 5))?;
        stdout.flush()?;
        sleep(Duration::from_millis(20));
    }
    writeln!(stdout, "\r\x1b[Kdone")
}

#[cfg(test)]
mod tests {
    use stroboscope::{
        recording::Level,
        session::{Error, Session},
    };

    #[test]
    fn the_bar_grows_and_is_wiped() -> Result<(), Error> {
        let program = std::env::current_exe()?.with_file_name("../../examples/progress");
        let mut session = Session::new(program.canonicalize()?);
        session = session.limit(std::time::Duration::from_secs(10));
        let recording = session.run()?;
        // In real time instants, and where writes are cut, differ from run to run; the bytes do not.
        let transcript = recording.at_level(Level::Bytes).to_string();
        let (_, events) = transcript.split_once("\n\n").expect("a header and events");
        insta::assert_snapshot!(events, @r#"
        0.000 "\r  0% "
              "\r 25% #####"
        "#);
        Ok(())
    }
}
