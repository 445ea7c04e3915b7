//! A program that asks for the number of its pseudo-terminal, as libuv does, has created none of its own.

use std::io;

pub fn main() {
    let mut number: libc::c_uint = 0;
    // SAFETY: the call may write one number there.
    let answer = unsafe { libc::ioctl(1, libc::TIOCGPTN, &raw mut number) };
    let error = io::Error::last_os_error().raw_os_error();
    println!("{}", answer == -1 && error == Some(libc::ENOTTY));
}
