//! Drives a program with a script: answers its question, and interrupts it two seconds after its start.
//!
//! `cargo run --example script` prints the recording:
//!
//! ```text
//! transcript: 1
//! command: sh -c "printf \"Name? \"; read -r name; echo \"Hello, $name.\"; sleep 10"
//! channel: pty 80x24 xterm-256color
//! clock: virtual 2
//!
//! 0.000 "Name? "
//! @0.000 after "Name? " send "Ada\r"
//! 0.000 "Ada\r\n"
//! 0.000 "Hello, Ada.\r\n"
//! @2.000 send "\x03"
//! 0.000 "^C"
//! @2.000 killed INT
//! ```

use stroboscope::{script::Script, session::Session, virtual_time::VirtualTime};

const PROGRAM: &str = r#"printf "Name? "; read -r name; echo "Hello, $name."; sleep 10"#;

/// Lines begin with what is waited for, or with an instant. `\r` is the Enter key, `\x03` is Ctrl-C.
const SCRIPT: &str = r#"
after "Name? " send "Ada\r"
@2.000 send "\x03"
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let script: Script = SCRIPT.parse()?;
    let recording = Session::new("sh")
        .args(["-c", PROGRAM])
        .script(script)
        .virtual_time(VirtualTime::default())
        .run()?;
    print!("{recording}");
    Ok(())
}
