//! Records what a terminal program writes, byte by byte and instant by instant, as text to review and compare.

pub mod clock {
    pub const LEAST_GRAIN: std::time::Duration = std::time::Duration::from_millis(1);
}
pub mod recording;
pub mod transcript;
