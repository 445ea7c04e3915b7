//! Waits for a datagram on a socket that others on this machine could send to; nobody does. Before that it finds nobody
//! to connect to, as `screen` does.

use std::{env, os::fd::AsRawFd, os::unix::net::UnixDatagram, path::PathBuf};

pub fn main() {
    let folder = PathBuf::from(env::var_os("TMPDIR").unwrap());
    let socket = UnixDatagram::bind(folder.join("socket")).unwrap();
    assert!(socket.connect(folder.join("nobody")).is_err());
    let mut ready = libc::pollfd {
        fd: socket.as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: it is given one descriptor, and writes what it found.
    println!("{}", unsafe { libc::poll(&raw mut ready, 1, 50) });
}
