//! The programs that virtual time is tried on, in one binary: `subject NAME [ARGUMENT…]`.
//!
//! Each is a module that knows nothing of virtual time. They share a binary because linking 25 takes longer than all their
//! runs; it is an example to cargo, which knows no other kind of program that is built for tests alone.

mod bound_socket;
mod call_of_32_bits;
mod channel;
mod clock_reads;
mod clocks;
mod condvar;
mod fork;
mod killed_children;
mod long_computation;
mod process_signal;
mod process_tree;
mod progress_bar;
mod pty_number;
mod raw_waits;
mod ready_poll;
mod refused_calls;
mod seccomp_filter;
mod sleeps;
mod terminal_questions;
mod ties;
mod timestamp_counter;
mod tokio_intervals;
mod two_processes;
mod woken_together;
mod zero_timeouts;

use std::{
    env,
    process::{Command, exit},
};

const SUBJECTS: &[(&str, fn())] = &[
    ("bound_socket", bound_socket::main),
    ("call_of_32_bits", call_of_32_bits::main),
    ("channel", channel::main),
    ("clock_reads", clock_reads::main),
    ("clocks", clocks::main),
    ("condvar", condvar::main),
    ("fork", fork::main),
    ("killed_children", killed_children::main),
    ("long_computation", long_computation::main),
    ("process_signal", process_signal::main),
    ("process_tree", process_tree::main),
    ("progress_bar", progress_bar::main),
    ("pty_number", pty_number::main),
    ("raw_waits", raw_waits::main),
    ("ready_poll", ready_poll::main),
    ("refused_calls", refused_calls::main),
    ("seccomp_filter", seccomp_filter::main),
    ("sleeps", sleeps::main),
    ("terminal_questions", terminal_questions::main),
    ("ties", ties::main),
    ("timestamp_counter", timestamp_counter::main),
    ("tokio_intervals", tokio_intervals::main),
    ("two_processes", two_processes::main),
    ("woken_together", woken_together::main),
    ("zero_timeouts", zero_timeouts::main),
];

fn main() {
    let name = env::args().nth(1).unwrap_or_default();
    let Some((_, subject)) = SUBJECTS.iter().find(|(known, _)| *known == name) else {
        let names: Vec<_> = SUBJECTS.iter().map(|(name, _)| *name).collect();
        eprintln!("subject: one of {}", names.join(", "));
        exit(2);
    };
    subject();
}

/// Another process of this binary, to run a subject of this name.
fn subject(name: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.arg(name);
    command
}
