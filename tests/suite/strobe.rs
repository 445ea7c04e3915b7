//! `strobe` on the command line: record, show, diff, check.

mod check;
mod diff;
mod endings;
mod errors;
mod record;
mod show;
