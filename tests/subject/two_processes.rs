//! Two processes poll each other's pipe with time-outs, and read what the other wrote at the right instants.
//!
//! The child waits 120 ms at a time and says `tick` when nothing came; the parent waits 100 ms at a time.

use super::subject;
use std::{
    env,
    io::{Read, Write, stdin, stdout},
    os::fd::{AsRawFd, RawFd},
    process::Stdio,
};

/// Whether there is something to read within so many milliseconds.
fn comes(fd: RawFd, ms: i32) -> bool {
    let mut poll = libc::pollfd {
        fd,
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: it is one `pollfd`, and it lives as long as the call.
    unsafe { libc::poll(&raw mut poll, 1, ms) > 0 }
}

/// Reads what is there; nothing at the end.
fn read(mut from: impl Read) -> String {
    let mut buffer = [0; 64];
    let length = from.read(&mut buffer).unwrap();
    String::from_utf8(buffer[..length].to_vec()).unwrap()
}

fn child() {
    loop {
        if comes(0, 120) {
            match read(stdin()).as_str() {
                "" => return,
                heard => print!("heard {heard}"),
            }
        } else {
            print!("tick");
        }
        stdout().flush().unwrap();
    }
}

pub fn main() {
    if env::args().nth(2).is_some() {
        return child();
    }
    let mut child = subject("two_processes")
        .arg("child")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut to, mut from) = (child.stdin.take(), child.stdout.take().unwrap());
    let mut ticks = 0;
    loop {
        if !comes(from.as_raw_fd(), 100) {
            println!("nothing");
            continue;
        }
        let said = read(&mut from);
        println!("{said:?}");
        match (said.as_str(), ticks) {
            ("", _) => break,
            ("tick", 0) => {
                ticks += 1;
                to.as_mut().unwrap().write_all(b"me").unwrap();
            }
            // At its second tick the child's input ends.
            ("tick", _) => to = None,
            _ => {}
        }
    }
    assert!(child.wait().unwrap().success());
}
