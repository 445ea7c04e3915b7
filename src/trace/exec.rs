//! Prepares a new program: changes its auxiliary vector and vDSO after exec, before its first instruction.

use super::{
    arch::{ELF_CLASS, ELF_MACHINE},
    clock_page::ClockPage,
    memory::{read, read_word, write},
    ptrace::{self, Stop},
    randomness::Randomness,
    rights,
    vdso::{self, Vdso},
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
/// passes to it. The auxiliary vector, above the environment on the new stack, says where both are. Returns the address
/// of the clock page in the program, if it is mapped there.
///
/// # Errors
/// The program's end, if it was killed.
pub(super) fn prepare(
    process: pid_t,
    clock_page: &ClockPage,
    randomness: &mut Randomness,
) -> Result<Option<u64>, Stop> {
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
