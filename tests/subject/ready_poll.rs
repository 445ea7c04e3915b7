//! The time-out of a wait that ended early ends no later wait.

use std::{
    io::{Read, Write, pipe},
    os::fd::AsRawFd,
    thread::{scope, sleep},
    time::Duration,
};

pub fn main() {
    let (ready, mut to_ready) = pipe().unwrap();
    to_ready.write_all(b".").unwrap();
    let finds_it_ready = || {
        let mut ready = libc::pollfd {
            fd: ready.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        };
        // SAFETY: it is given one descriptor, and writes what it found.
        assert_eq!(unsafe { libc::poll(&raw mut ready, 1, 500) }, 1);
    };
    finds_it_ready();
    sleep(Duration::from_secs(2));
    println!("slept");
    let (mut from, mut to) = pipe().unwrap();
    scope(|scope| {
        scope.spawn(move || {
            sleep(Duration::from_secs(1));
            to.write_all(b".").unwrap();
        });
        finds_it_ready();
        println!("read {}", from.read(&mut [0]).unwrap());
    });
}
