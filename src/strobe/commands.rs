//! What the command line can do, one module for each subcommand.

pub mod check;
pub mod diff;
pub mod play;
pub mod record;
pub mod recover;
pub mod review;
pub mod show;
