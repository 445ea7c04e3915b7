//! Calls that would set a clock, leave the tracer, trace, or wait where the tracer cannot see it fail, each with its error.

#[cfg(target_os = "linux")]
pub fn main() {
    let time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let tell = |name: &str, call: i64, arguments: [usize; 4]| {
        let [first, second, third, fourth] = arguments;
        // SAFETY: whatever addresses are passed are of values that live; refused calls read none.
        let result = unsafe { libc::syscall(call, first, second, third, fourth) };
        let error = std::io::Error::last_os_error();
        let said = if result == -1 {
            error.raw_os_error().unwrap_or(0)
        } else {
            0
        };
        println!("{name} {said}");
    };
    let address = std::ptr::from_ref(&time) as usize;
    let realtime = usize::try_from(libc::CLOCK_REALTIME).unwrap_or(0);
    tell(
        "clock_settime",
        libc::SYS_clock_settime,
        [realtime, address, 0, 0],
    );
    tell("settimeofday", libc::SYS_settimeofday, [address, 0, 0, 0]);
    tell("ptrace", libc::SYS_ptrace, [0; 4]);
    let untraced = usize::try_from(libc::CLONE_UNTRACED | libc::SIGCHLD).unwrap_or(0);
    tell("clone", libc::SYS_clone, [untraced, 0, 0, 0]);
    tell("clone3", libc::SYS_clone3, [0; 4]);
    tell("io_uring_setup", libc::SYS_io_uring_setup, [8, 0, 0, 0]);
}

#[cfg(not(target_os = "linux"))]
pub fn main() {}
