//! Options of sockets that rustix does not have.

use std::os::fd::{AsRawFd, OwnedFd};

/// An option's value: the first bytes of a structure that may be longer.
pub(super) fn option<const LEN: usize>(
    socket: &OwnedFd,
    level: i32,
    name: i32,
) -> Option<[u8; LEN]> {
    let mut value = [0_u8; LEN];
    let mut len = u32::try_from(LEN).ok()?;
    // SAFETY: it writes at most `len` bytes into `value`.
    let got = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            level,
            name,
            value.as_mut_ptr().cast(),
            &raw mut len,
        )
    };
    (got == 0 && usize::try_from(len).ok()? >= LEN).then_some(value)
}

/// Sets a number that is an option of TCP. Returns whether it could be set.
pub(super) fn set_tcp_option(socket: &OwnedFd, name: i32, value: i32) -> bool {
    const LEN: u32 = 4;
    // SAFETY: it reads the `LEN` bytes of `value`.
    let set = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::IPPROTO_TCP,
            name,
            (&raw const value).cast(),
            LEN,
        )
    };
    set == 0
}
