//! A child that is killed in the middle of a wait ends at that instant, and its deadlines with it.

use super::subject;
use std::{env, os::unix::process::ExitStatusExt, thread, time::Duration};

pub fn main() {
    if let Some(how) = env::args().nth(2) {
        return match how.as_str() {
            "sleeping" => thread::sleep(Duration::from_secs(10)),
            _ => thread::park(),
        };
    }
    for how in ["sleeping", "parked"] {
        let mut child = subject("killed_children").arg(how).spawn().unwrap();
        thread::sleep(Duration::from_millis(100));
        child.kill().unwrap();
        let signal = child.wait().unwrap().signal();
        println!("{how}: {signal:?}");
    }
}
