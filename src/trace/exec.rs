//! Prepares a new program: changes its auxiliary vector and vDSO after exec, before its first instruction.

use super::{
    Halt,
    arch::{ELF_CLASS, ELF_MACHINE},
    clock_page::ClockPage,
    memory::{read, read_word, write},
    ptrace::{self, Resume, Stop},
    randomness::Randomness,
    rights,
    thread::{State, Thread},
    tracer::Tracer,
    vdso::{self, Shared, Vdso},
};
use libc::pid_t;
use std::{
    fs::File,
    io::{self, Read},
};

/// Entries of the auxiliary vector (getauxval(3)).
const AT_NULL: u64 = 0;
const AT_IGNORE: u64 = 1;
const AT_RANDOM: u64 = 25;
const AT_SYSINFO_EHDR: u64 = 33;

const WORD: u64 = 8;

impl Tracer<'_> {
    /// A process has executed a program: its other threads are gone, and the calling thread has the process's id.
    pub(super) fn handle_exec(&mut self, id: pid_t, former: pid_t) -> Result<(), Halt> {
        self.count_page_reads(former);
        let has_turn = self.scheduler.has_turn(former) || self.scheduler.has_turn(id);
        let others: Vec<pid_t> = self
            .threads
            .iter()
            .filter(|(other, thread)| thread.process == id && **other != id)
            .map(|(other, _)| *other)
            .collect();
        for other in others {
            self.remove(other);
        }
        let known = self.threads.get(&id);
        let creation = known.map_or(self.creation, |thread| thread.creation);
        let mut thread = Thread::new(id, id, creation, &self.host);
        thread.born = known.map_or(self.clock.now(), |thread| thread.born);
        self.remove(id);
        self.threads.insert(id, thread);
        self.forget_sites(id);
        self.forget_posix_timers(id);
        if let Some(why) = unsupported(id)? {
            return Err(Halt::unsupported(id, why));
        }
        self.forget_files(id);
        self.pages.remove(&id);
        match prepare(id, self.clock.page(), &mut self.randomness) {
            Ok(page) => self.pages.extend(page.map(|page| (id, page))),
            Err(gone) => return self.handle_stop(id, gone),
        }
        if has_turn {
            self.set_state(id, State::Running);
            self.scheduler.start_turn(id);
            // Close-on-exec descriptors were closed, and a vfork parent may wait for this.
            self.resume_when_quiescent(id, false);
        } else {
            self.resume_on_turn(id, Resume::Continue);
        }
        Ok(())
    }
}

/// Why a process's program cannot run in virtual time; `None` if it can.
///
/// # Errors
/// The tracer cannot read the program.
pub(super) fn unsupported(process: pid_t) -> io::Result<Option<&'static str>> {
    const FOREIGN: &str =
        "it is not a 64-bit program for this processor, so its system calls are unknown";
    const SECRET: &str = "it may be executed but not read, and neither may its memory";
    let mut file = match File::open(format!("/proc/{process}/exe")) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(Some(SECRET)),
        // It has exited.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if let Some(why) = rights::lost_privileges(process, &file) {
        return Ok(Some(why));
    }
    let mut start = [0; 20];
    if file.read_exact(&mut start).is_err() {
        return Ok(None);
    }
    let machine = u16::from_le_bytes([start[18], start[19]]);
    let is_elf = start.starts_with(b"\x7fELF");
    Ok((is_elf && (start[4] != ELF_CLASS || machine != ELF_MACHINE)).then_some(FOREIGN))
}

/// Lets a new program read the virtual clock, by the vDSO or by system calls, and sets the random bytes that the kernel
/// passes to it. The auxiliary vector, above the environment on the new stack, says where both are. Returns what
/// the program shares with the tracer, if anything.
///
/// # Errors
/// The program's end, if it was killed.
pub(super) fn prepare(
    process: pid_t,
    clock_page: &ClockPage,
    randomness: &mut Randomness,
) -> Result<Option<Shared>, Stop> {
    let Some(mut at) = ptrace::registers(process).map(|registers| registers.stack()) else {
        return Ok(None);
    };
    let Some(arguments) = read_word(process, at) else {
        return Ok(None);
    };
    let mut page = None;
    // Skip the argument count, the arguments with their null, and the variables with theirs.
    at += WORD * (arguments + 2);
    while read_word(process, at).is_some_and(|variable| variable != 0) {
        at += WORD;
    }
    at += WORD;
    while let Some([entry, value]) = read::<16>(process, at).map(words) {
        match entry {
            AT_NULL => break,
            AT_SYSINFO_EHDR => match vdso::replace(process, value, clock_page)? {
                Vdso::Hidden => drop(write(process, at, &AT_IGNORE.to_le_bytes())),
                Vdso::Replaced(shared) => page = shared,
            },
            AT_RANDOM => {
                if let Some(bytes) = randomness.take(16) {
                    write(process, value, &bytes);
                }
            }
            _ => {}
        }
        at += 2 * WORD;
    }
    Ok(page)
}

fn words(bytes: [u8; 16]) -> [u64; 2] {
    let [low, high] = [0, 8].map(|at| bytes[at..at + 8].try_into().unwrap_or_default());
    [u64::from_le_bytes(low), u64::from_le_bytes(high)]
}
