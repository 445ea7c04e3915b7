//! What the command line can do, one module for each subcommand.

pub mod check;
pub mod diff;
pub mod record;
pub mod recover;
pub mod show;
