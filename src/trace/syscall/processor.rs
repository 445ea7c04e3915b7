//! System calls that read or set the CPU affinity. A program sees one processor, whatever the machine has: one thread
//! runs at a time.
//!
//! A system call for another process is executed, so that the kernel returns its own errors; if there is none, the
//! result is replaced.

use super::{
    entry::{filled, with_call},
    time_out::Wait,
};
use crate::trace::{
    arch::Registers,
    memory::{read_into, write},
    ptrace,
    thread::{Call, Then},
    tracer::Tracer,
};
use libc::{EINVAL, pid_t};

/// The CPU set that `sched_getaffinity` returns, with the only processor, and its size in bytes.
const FIRST: u64 = 1;
const LEN: u64 = 8;

/// What replaces the result of a successful system call for another process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trace) enum Affinity {
    /// The CPU set with the only processor.
    Get,
    /// Whether the first processor is in the given CPU set.
    Set { has_first: bool },
}

impl Tracer<'_> {
    /// A thread reads or sets CPU affinity.
    pub(super) fn enter_affinity(&mut self, id: pid_t, entry: Registers) {
        let is_other = entry.int(0) != 0;
        let result = match entry.call() {
            libc::SYS_sched_getaffinity if is_other => {
                let then = Then::Affinity(Affinity::Get);
                self.enter(id, entry, Wait::PLAIN, None, then);
                return;
            }
            libc::SYS_sched_getaffinity => {
                let len = entry.argument(1);
                if len < LEN || !len.is_multiple_of(LEN) {
                    -i64::from(EINVAL)
                } else if write(id, entry.argument(2), &FIRST.to_le_bytes()) {
                    LEN.cast_signed()
                } else {
                    filled(false)
                }
            }
            libc::SYS_sched_setaffinity => match has_first_processor(id, &entry) {
                None => filled(false),
                // The kernel refuses an empty set only after it has found the process, and changes nothing.
                Some(has_first) if is_other => {
                    let empty = with_call(&entry, entry.call(), &[entry.argument(0), 0]);
                    let then = Then::Affinity(Affinity::Set { has_first });
                    self.enter(id, entry, Wait::PLAIN, Some(empty), then);
                    return;
                }
                Some(false) => -i64::from(EINVAL),
                Some(true) => 0,
            },
            _ => {
                let is_told = [entry.argument(0), entry.argument(1)]
                    .into_iter()
                    .all(|number| number == 0 || write(id, number, &[0; 4]));
                filled(is_told)
            }
        };
        self.answer(id, entry, result);
    }
}

/// Replaces the result of a system call for another process.
pub(super) fn replace(id: pid_t, call: &Call, affinity: Affinity, returned: i64) {
    match affinity {
        Affinity::Get if returned >= 0 => {
            let mut processors = vec![0; usize::try_from(returned).unwrap_or(0)];
            let first = FIRST.to_le_bytes();
            processors
                .iter_mut()
                .zip(first)
                .for_each(|(to, from)| *to = from);
            write(id, call.entry.argument(2), &processors);
            replace_result(id, LEN.cast_signed());
        }
        Affinity::Set { has_first: true } if returned == -i64::from(EINVAL) => {
            replace_result(id, 0);
        }
        _ => {}
    }
}

/// Whether the first processor is in the given CPU set; `None` if the set is not mapped.
fn has_first_processor(id: pid_t, entry: &Registers) -> Option<bool> {
    let mut first = [0; 8];
    let len = usize::try_from(entry.argument(1).min(LEN)).unwrap_or(0);
    read_into(id, entry.argument(2), &mut first[..len]).then_some(first[0] & 1 != 0)
}

/// Replaces the result of a system call.
pub(in crate::trace) fn replace_result(id: pid_t, result: i64) {
    if let Some(mut registers) = ptrace::registers(id) {
        registers.set_result(result);
        ptrace::set_registers(id, &registers);
    }
}
