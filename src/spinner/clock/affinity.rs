//! Where the threads of a paused clock run: they take strict turns, so a second CPU only makes each turn dearer.

use std::io;

/// Pins the calling thread, and every thread it starts from then on, to the CPU it runs on.
///
/// A turn between two threads costs several times more when the system spreads them over two CPUs. Off Linux
/// nothing happens.
///
/// # Errors
///
/// What the system answers, and `Unsupported` on a CPU whose number is past what one CPU set holds.
#[cfg(target_os = "linux")]
pub fn pin_to_one_cpu() -> io::Result<()> {
    use rustix::thread::{CpuSet, sched_getcpu, sched_setaffinity};

    let cpu = sched_getcpu();
    if cpu >= CpuSet::MAX_CPU {
        return Err(io::Error::new(
            io::ErrorKind::Unsupported,
            format!("CPU `{cpu}` is past the {} of a CPU set", CpuSet::MAX_CPU),
        ));
    }
    let mut only = CpuSet::new();
    only.set(cpu);
    Ok(sched_setaffinity(None, &only)?)
}

/// Pins the calling thread, and every thread it starts from then on, to the CPU it runs on; here it does nothing.
///
/// # Errors
///
/// None; the Linux version has some.
#[cfg(not(target_os = "linux"))]
pub fn pin_to_one_cpu() -> io::Result<()> {
    Ok(())
}
