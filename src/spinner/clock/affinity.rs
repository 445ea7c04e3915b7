//! Where the threads of a paused clock run: they take strict turns, so a second CPU only makes each turn more
//! expensive.

use std::io;

/// Pins the calling thread, and every thread that it starts from then on, to its current CPU.
///
/// A turn between two threads is several times more expensive if the system spreads them over two CPUs. Only Linux
/// supports this.
///
/// # Errors
///
/// The system's error, and `Unsupported` if the CPU's number does not fit into a CPU set.
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

/// Does nothing: only Linux can pin a thread to a CPU.
///
/// # Errors
///
/// None; the Linux version has some.
#[cfg(not(target_os = "linux"))]
pub fn pin_to_one_cpu() -> io::Result<()> {
    Ok(())
}
