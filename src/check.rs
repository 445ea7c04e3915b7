//! Runs recorded programs again, and compares what they write with what they wrote before.
//!
//! ```no_run
//! use std::path::PathBuf;
//! use stroboscope::check::{self, CheckOptions, CheckOutcome};
//!
//! let options = CheckOptions::default();
//! for case in check::find(&[PathBuf::from("tests/transcripts")])? {
//!     if let CheckOutcome::Different { difference, .. } = case.outcome(&options)? {
//!         println!("{case}\n{:#}", difference.comparison);
//!     }
//! }
//! # Ok::<(), check::CheckError>(())
//! ```

pub use case::Case;
pub use difference::Difference;
pub use error::CheckError;
pub(crate) use error::show;
pub use files::{files, find, is_passed_over, may_be_case};
pub use flaky::Flaky;
pub use options::CheckOptions;
pub use outcome::CheckOutcome;
pub use pending::{PENDING, Refusal, pending_path, refusal};

mod case;
mod difference;
mod error;
mod files;
mod flaky;
mod options;
mod outcome;
mod pending;
