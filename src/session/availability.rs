//! Whether sessions can run in virtual time on this system.

use crate::virtual_time::UnavailableError;
use std::sync::LazyLock;

/// Checks whether a session can run in virtual time on this system, by trying it once.
///
/// # Errors
/// An [`UnavailableError`] that says what is missing.
pub fn virtual_time_available() -> Result<(), &'static UnavailableError> {
    static AVAILABLE: LazyLock<Result<(), UnavailableError>> = LazyLock::new(try_out);
    AVAILABLE.as_ref().copied()
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn try_out() -> Result<(), UnavailableError> {
    // The thread's tracees end with it.
    let tried = std::thread::spawn(crate::trace::try_out).join();
    tried.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
fn try_out() -> Result<(), UnavailableError> {
    Err(UnavailableError::System)
}
