//! Everything that depends on the processor, one file for each supported architecture.

#[cfg(target_arch = "x86_64")]
pub(super) use self::x86_64::*;

#[cfg(target_arch = "x86_64")]
mod x86_64;
