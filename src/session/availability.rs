//! Whether this system lets a session run in virtual time.

use crate::virtual_time::UnavailableError;
use std::sync::LazyLock;

/// Whether a session can run in virtual time on this system; found out once, by trying.
///
/// # Errors
/// An [`UnavailableError`] that says what the system lacks.
pub fn virtual_time_available() -> Result<(), &'static UnavailableError> {
    static AVAILABLE: LazyLock<Result<(), UnavailableError>> = LazyLock::new(try_out);
    AVAILABLE.as_ref().copied()
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn try_out() -> Result<(), UnavailableError> {
    // What a thread traces is its own, and gone with it.
    let tried = std::thread::spawn(crate::trace::try_out).join();
    tried.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
fn try_out() -> Result<(), UnavailableError> {
    Err(UnavailableError::System)
}
