//! A fork without exec has a clock and deadlines of its own.

use std::{io::Write, process::exit};

fn say(text: &str) {
    std::io::stdout().write_all(text.as_bytes()).unwrap();
}

fn sleep(ms: u64) {
    std::thread::sleep(std::time::Duration::from_millis(ms));
}

pub fn main() {
    // SAFETY: there is one thread, so that the child is as whole as its parent.
    let child = unsafe { libc::fork() };
    if child == 0 {
        sleep(100);
        say("child\n");
        sleep(200);
        exit(7);
    }
    sleep(200);
    say("parent\n");
    let mut status = 0;
    // SAFETY: the call may write one `int` there.
    let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
    assert_eq!(waited, child);
    say(&format!("left with {}\n", libc::WEXITSTATUS(status)));
}
