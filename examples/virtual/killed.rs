//! Proves: whoever is killed in mid-wait is gone at that instant, and its deadlines with it.

use std::{env, os::unix::process::ExitStatusExt, process::Command, thread, time::Duration};

fn main() {
    if let Some(how) = env::args().nth(1) {
        return match how.as_str() {
            "sleeping" => thread::sleep(Duration::from_secs(10)),
            _ => thread::park(),
        };
    }
    for how in ["sleeping", "parked"] {
        let mut command = Command::new(env::current_exe().unwrap());
        let mut child = command.arg(how).spawn().unwrap();
        thread::sleep(Duration::from_millis(100));
        child.kill().unwrap();
        let signal = child.wait().unwrap().signal();
        println!("{how}: {signal:?}");
    }
}
