//! The suite: one crate, so that what its parts share is written once.

mod arbitrary;
mod transcript;
mod transcript_laws;
