//! Proves: a program that asks at which end of a terminal it is, as libuv does, has made no terminal of its own.

use std::io;

fn main() {
    let mut number: libc::c_uint = 0;
    // SAFETY: the call may write one number there.
    let answer = unsafe { libc::ioctl(1, libc::TIOCGPTN, &raw mut number) };
    let error = io::Error::last_os_error().raw_os_error();
    println!("{}", answer == -1 && error == Some(libc::ENOTTY));
}
