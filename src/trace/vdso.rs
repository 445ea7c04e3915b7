//! The vDSO, the kernel's code in every program that reads clocks without a system call (vdso(7)). In a traced program
//! it reads the clock page, and makes system calls for everything else.

use super::{
    arch::{self, STAT_CODE},
    clock_page::{ClockPage, MARK, PAGE},
    memory::{read, read_into, read_word, write},
    proc::status,
    ptrace::{self, Stop},
    remote_syscall::Injection,
};
use elf::{ElfBytes, abi::STT_FUNC, endian::NativeEndian};
use libc::pid_t;
use rustix::thread::gettid;
use std::sync::OnceLock;

/// All programs have the same vDSO, which is part of the running kernel.
static FUNCTIONS: OnceLock<Vec<Function>> = OnceLock::new();
/// The function that reads the page.
const CLOCK: &str = "__vdso_clock_gettime";
/// No vDSO is longer.
const MAX_PAGES: u64 = 16;
/// How far below the stack pointer the name is written, where nothing is stored yet.
const BELOW_STACK: u64 = 1024;

/// A function of the vDSO, and its offset.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Function {
    name: String,
    at: u64,
    len: u64,
}

/// What became of the vDSO of a new program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Vdso {
    /// It makes system calls, or reads the clock page, which the program has.
    Replaced(Option<Shared>),
    /// It is not as expected, and must be hidden.
    Hidden,
}

/// What a program shares with the tracer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shared {
    /// The address of the clock page.
    pub(super) clock: u64,
    /// It has the code of [`super::mapped_code`].
    pub(super) has_code: bool,
}

/// Replaces the vDSO of a new program, at this address. If the page cannot be mapped, the vDSO makes system calls for
/// everything.
///
/// # Errors
/// The program's end, if it was killed.
pub(super) fn replace(process: pid_t, vdso: u64, page: &ClockPage) -> Result<Vdso, Stop> {
    if FUNCTIONS.get().is_none()
        && let Some(functions) = functions(process, vdso)
    {
        FUNCTIONS.get_or_init(|| functions);
    }
    let Some(functions) = FUNCTIONS.get() else {
        return Ok(Vdso::Hidden);
    };
    let clock = functions.iter().find(|function| function.name == CLOCK);
    let clock = clock.map(|clock| vdso + clock.at);
    for function in functions {
        let at = vdso + function.at;
        let code = match (function.name.as_str(), clock) {
            (CLOCK, _) => with_page(0),
            (name, Some(clock)) => arch::stub(name, clock.wrapping_sub(at)).to_vec(),
            // There would be no code to jump to.
            (_, None) => return Ok(Vdso::Hidden),
        };
        if !ptrace::write_code(process, at, &code) {
            return Ok(Vdso::Hidden);
        }
    }
    if let Some(clock) = clock.filter(|_| !is_confined(process)) {
        let mut injection = Injection::new(process)?;
        let shared = share(
            &mut injection,
            process,
            clock + arch::call_instruction(),
            page,
        )?;
        injection.end();
        if let Some(shared) = shared {
            ptrace::write_code(process, clock, &with_page(shared.clock));
        }
        return Ok(Vdso::Replaced(shared));
    }
    Ok(Vdso::Replaced(None))
}

/// The address of the code that reads the clock page, if a program with its vDSO at this address has it.
pub(super) fn clock_gettime(process: pid_t, vdso: u64) -> Option<u64> {
    let functions = FUNCTIONS.get()?;
    let clock = functions.iter().find(|function| function.name == CLOCK)?;
    let at = vdso + clock.at;
    let code = arch::clock_gettime();
    let mut there = vec![0; code.len()];
    (read_into(process, at, &mut there) && there == code).then_some(())?;
    read_word(process, at + code.len() as u64).filter(|page| *page != 0)?;
    Some(at)
}

/// The code that reads the clock page at this address; 0 is no page.
fn with_page(address: u64) -> Vec<u8> {
    [arch::clock_gettime(), &address.to_le_bytes()].concat()
}

/// Whether a process has seccomp filters besides ours and those of the tracer.
pub(super) fn is_confined(process: pid_t) -> bool {
    static OURS: OnceLock<Option<u32>> = OnceLock::new();
    let filters = |thread| {
        let filters = status(thread, "Seccomp_filters:")?;
        filters.parse::<u32>().ok()
    };
    // The tracer installs none of its own.
    let ours = *OURS.get_or_init(|| filters(gettid().as_raw_nonzero().get()));
    filters(process).is_none_or(|theirs| ours.is_none_or(|ours| theirs != ours + 1))
}

/// Maps the clock page and the code for times of files into a program; `None` if that is not possible.
fn share(
    injection: &mut Injection,
    process: pid_t,
    instruction: u64,
    page: &ClockPage,
) -> Result<Option<Shared>, Stop> {
    let name = format!("{}\0", page.path());
    let name_at = injection.begin().stack() - BELOW_STACK;
    if !write(process, name_at, name.as_bytes()) {
        return Ok(None);
    }
    // If the program has another `/proc`, this may be any file.
    let flags = libc::O_RDWR | libc::O_CLOEXEC | libc::O_NOCTTY | libc::O_NONBLOCK;
    let file = injection.call(
        instruction,
        libc::SYS_open,
        [name_at, flags.unsigned_abs().into(), 0, 0, 0, 0],
    )?;
    write(process, name_at, &vec![0; name.len()]);
    let Ok(file) = u64::try_from(file) else {
        return Ok(None);
    };
    let access = (libc::PROT_READ | libc::PROT_WRITE).unsigned_abs().into();
    let shared = libc::MAP_SHARED.unsigned_abs().into();
    let mapped = injection.call(
        instruction,
        libc::SYS_mmap,
        [0, PAGE as u64, access, shared, file, 0],
    )?;
    let has_code = map_code(injection, instruction, file)?;
    injection.call(instruction, libc::SYS_close, [file, 0, 0, 0, 0, 0])?;
    let Ok(mapped) = u64::try_from(mapped) else {
        return Ok(None);
    };
    if read_word(process, mapped + MARK) == Some(page.mark()) {
        let place = arch::page_of_regular_code();
        let has_code = has_code && ptrace::write_code(process, place, &mapped.to_le_bytes());
        return Ok(Some(Shared {
            clock: mapped,
            has_code,
        }));
    }
    injection.call(
        instruction,
        libc::SYS_munmap,
        [mapped, PAGE as u64, 0, 0, 0, 0],
    )?;
    Ok(None)
}

/// Maps the code that translates the times of files from the clock page's file. Returns whether that was possible.
fn map_code(injection: &mut Injection, instruction: u64, file: u64) -> Result<bool, Stop> {
    let access = (libc::PROT_READ | libc::PROT_EXEC).unsigned_abs();
    let flags = (libc::MAP_PRIVATE | libc::MAP_FIXED_NOREPLACE).unsigned_abs();
    let mapped = injection.call(
        instruction,
        libc::SYS_mmap,
        [
            STAT_CODE,
            PAGE as u64,
            access.into(),
            flags.into(),
            file,
            PAGE as u64,
        ],
    )?;
    Ok(mapped.cast_unsigned() == STAT_CODE)
}

/// The functions of a vDSO; `None` if they are not as expected.
fn functions(process: pid_t, vdso: u64) -> Option<Vec<Function>> {
    let pages = (0..MAX_PAGES).map_while(|page| read::<PAGE>(process, vdso + page * PAGE as u64));
    functions_of(&pages.collect::<Vec<_>>().concat())
}

fn functions_of(image: &[u8]) -> Option<Vec<Function>> {
    let image = ElfBytes::<NativeEndian>::minimal_parse(image).ok()?;
    let (symbols, names) = image.dynamic_symbol_table().ok()??;
    let mut functions = Vec::new();
    for symbol in symbols
        .iter()
        .filter(|symbol| symbol.st_symtype() == STT_FUNC)
    {
        let name = names.get(usize::try_from(symbol.st_name).ok()?).ok()?;
        // The other symbols are aliases.
        if name.starts_with("__vdso_") {
            functions.push(Function {
                name: name.to_owned(),
                at: symbol.st_value,
                len: symbol.st_size,
            });
        }
    }
    let fits = |function: &Function| {
        function.len
            >= match function.name.as_str() {
                CLOCK => arch::clock_gettime().len() as u64 + 8,
                _ => arch::STUB as u64,
            }
    };
    (!functions.is_empty() && functions.iter().all(fits)).then_some(functions)
}
