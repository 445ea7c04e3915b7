//! System calls that return the times of files, or set them.

use super::{
    entry::{filled, with_call},
    time_out::Wait,
};
use crate::trace::{
    arch::{self, Registers},
    file_times::Nanoseconds,
    memory::{read, write},
    thread::Then,
    tracer::Tracer,
};
use libc::{UTIME_NOW, UTIME_OMIT, c_long, pid_t};

const SECOND: Nanoseconds = 1_000_000_000;
/// How far below the stack pointer times are written for the kernel: below what a function may keep there.
const BELOW_STACK: u64 = 256;

impl Tracer<'_> {
    /// A thread asks for a file's times.
    pub(super) fn enter_stat(&mut self, id: pid_t, entry: Registers) {
        if entry.instruction() == arch::stat_asked() {
            // The call was made.
            self.translate_times(id, &entry);
            self.answer(id, entry, 0);
        } else if self.redirect_stat(id, &entry) {
            self.pass(id);
        } else {
            self.enter(id, entry, Wait::PLAIN, None, Then::TranslateTimes);
        }
    }

    /// Translates the times that a system call has written.
    pub(super) fn translate_times(&mut self, id: pid_t, entry: &Registers) {
        const TIME: usize = 16;
        let Some((address, count)) = arch::stat_times(entry) else {
            return;
        };
        for address in (address..).step_by(TIME).take(count) {
            let Some(time) = read::<TIME>(id, address) else {
                return;
            };
            let (seconds, rest) = time.split_at(8);
            let seconds = i64::from_le_bytes(seconds.try_into().unwrap_or_default());
            let [a, b, c, d, ..] = *rest else { return };
            let nanoseconds = u32::from_le_bytes([a, b, c, d]);
            let real = Nanoseconds::from(seconds) * SECOND + Nanoseconds::from(nanoseconds);
            let (seconds, nanoseconds) = split(self.file_times.shown(real));
            // The last four bytes are nobody's, or of the nanoseconds.
            write(id, address, &seconds.to_le_bytes());
            let [a, b, c, d, ..] = nanoseconds.to_le_bytes();
            write(id, address + 8, &[a, b, c, d]);
        }
    }

    /// A thread sets a file's times. Invalid ones are left to the kernel.
    pub(super) fn enter_set_file_times(&mut self, id: pid_t, entry: Registers) {
        self.note_file_change();
        let Some((times, [folder, path, flags])) = self.real_times(id, &entry) else {
            self.pass(id);
            return;
        };
        let Some(address) = self.place(id, &entry, times) else {
            self.answer(id, entry, filled(false));
            return;
        };
        let changed = with_call(&entry, libc::SYS_utimensat, &[folder, path, address, flags]);
        self.enter(id, entry, Wait::PLAIN, Some(changed), Then::Nothing);
    }

    /// Puts times where a thread's system call can read them: on the clock page, or else on its stack.
    fn place(&self, id: pid_t, entry: &Registers, times: [i64; 4]) -> Option<u64> {
        let process = self.threads.get(&id)?.process;
        if let Some(page) = self.pages.get(&process) {
            return Some(page.clock + self.clock.page().set_times(times));
        }
        let address = entry.stack().wrapping_sub(BELOW_STACK);
        let words = times.map(i64::to_le_bytes);
        write(id, address, words.as_flattened()).then_some(address)
    }

    /// The times to set, as two `struct timespec`, and the other arguments for `utimensat`: folder, path and flags.
    /// `None` if there are none, or if they are invalid.
    fn real_times(&mut self, id: pid_t, entry: &Registers) -> Option<([i64; 4], [u64; 3])> {
        /// From which part of a second `utimes` counts.
        const MICROSECOND: i64 = 1_000;
        let here = i64::from(libc::AT_FDCWD).cast_unsigned();
        let [first, second, third, fourth] = [0, 1, 2, 3].map(|index| entry.argument(index));
        let (times, rest, unit) = match entry.call() {
            libc::SYS_utimensat => (third, [first, second, fourth], 1),
            libc::SYS_futimesat => (third, [first, second, 0], MICROSECOND),
            libc::SYS_utimes => (second, [here, first, 0], MICROSECOND),
            _ => (second, [here, first, 0], 0),
        };
        if times == 0 {
            return None;
        }
        let word = |index: u64| read(id, times + 8 * index).map(i64::from_le_bytes);
        let mut set = if unit == 0 {
            // `struct utimbuf`: seconds alone.
            [word(0)?, 0, word(1)?, 0]
        } else {
            [word(0)?, word(1)?, word(2)?, word(3)?]
        };
        for time in set.chunks_exact_mut(2) {
            let is_special = unit == 1 && matches!(time[1], UTIME_NOW | UTIME_OMIT);
            if is_special {
                continue;
            }
            let nanoseconds = Nanoseconds::from(time[1]) * Nanoseconds::from(unit);
            if !(0..SECOND).contains(&nanoseconds) {
                return None;
            }
            let shown = Nanoseconds::from(time[0]) * SECOND + nanoseconds;
            let real = self.file_times.real(shown, self.clock.now());
            let (seconds, nanoseconds) = split(real);
            time[0] = seconds;
            time[1] = nanoseconds;
        }
        Some((set, rest))
    }
}

/// Seconds and nanoseconds.
fn split(time: Nanoseconds) -> (i64, c_long) {
    let seconds = i64::try_from(time.div_euclid(SECOND)).unwrap_or(i64::MAX);
    let nanoseconds = i64::try_from(time.rem_euclid(SECOND)).unwrap_or(0);
    (seconds, nanoseconds)
}
