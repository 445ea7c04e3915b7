//! The suite: one crate, so that what its parts share is written once.

#![warn(clippy::disallowed_methods)]

mod arbitrary;
mod bounded;
mod browser;
mod capture;
mod check;
mod command_line;
mod comparison;
mod effort;
mod examples;
mod faults;
mod folders;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod forbidden;
mod hostile;
mod kept;
mod masks;
mod network;
mod notebook;
mod oracle;
mod other_languages;
mod play;
mod readme;
mod report;
mod requirement;
mod review;
mod scripts;
mod session;
mod settings;
mod shards;
mod show;
mod snapshots;
mod spinner_laws;
mod spinner_real;
mod strobe;
mod terminal;
mod transcript;
mod transcript_laws;
mod unfinished;
mod views;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod virtual_command_line;
mod virtual_time;
mod witnesses;
mod workshop;
mod xterm;
