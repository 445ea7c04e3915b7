//! Records a program, and compares the recording with the transcript of an earlier run.
//!
//! `cargo run --example compare` prints the verdict, a line for each cause:
//!
//! ```text
//! event 3 at 2.000: row 1: "done" became "Done"
//! from event 2 on: 1.000 later
//! ```

use stroboscope::{
    comparison::compare,
    recording::{Level, Recording},
    session::Session,
    virtual_time::VirtualTime,
};

/// What the program wrote before it was changed. A project keeps such a transcript in a file.
const BEFORE: &str = r#"transcript: 1
command: sh build.sh
channel: pty 80x24 xterm-256color
clock: virtual 2

0.000 "\r10% "
1.000 "\r99% "
1.000 "\r\e[Kdone\r\n"
@2.000 exit 0
"#;

/// The program as it is now.
const PROGRAM: &str =
    r#"printf "\r10%% "; sleep 2; printf "\r99%% "; sleep 1; printf "\r\033[KDone\n""#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let before: Recording = BEFORE.parse()?;
    let now = Session::new("sh")
        .args(["-c", PROGRAM])
        .virtual_time(VirtualTime::default())
        .run()?;
    for cause in compare(&before, &now, Level::Exact).causes() {
        println!("{cause}");
    }
    Ok(())
}
