//! What virtual time cannot be given to ends the run with an error that names it, and never in a wrong recording.

use super::{
    programs::{c_program, c_session},
    run,
    subjects::{bash, subject},
};
use crate::{bounded::Run, requirement::has_virtual_time};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
    time::{Duration, UNIX_EPOCH},
};
use stroboscope::{
    session::{Session, SessionError},
    virtual_time::VirtualTime,
};

/// A session gives no recording, because a program is or does this.
#[track_caller]
fn is_unfit(session: &Session, program: &str, why: &str) {
    if !has_virtual_time() {
        return;
    }
    let given = session.clone().virtual_time(VirtualTime::default()).run();
    let Err(error @ SessionError::Unsupported { .. }) = given else {
        panic!("{given:?}");
    };
    assert_eq!(
        error.to_string(),
        format!("`{program}` cannot be run in virtual time: {why}")
    );
}

#[test]
fn calls_of_another_convention_are_named() {
    // Where the system has none they end the program instead.
    let session = subject("call_of_32_bits");
    if session
        .clone()
        .real_time()
        .run()
        .is_ok_and(|real| real.output() == b"true\n")
    {
        is_unfit(
            &session,
            "subject",
            "it makes system calls of another convention (32-bit or x32), which are unknown",
        );
    }
}

/// The least 32-bit program: it leaves with 0.
fn program_of_32_bits() -> Vec<u8> {
    const BASE: u32 = 0x0804_8000;
    const HEADERS: u16 = 52 + 32;
    // mov eax, 1; xor ebx, ebx; int 0x80
    let code = [0xb8, 1, 0, 0, 0, 0x31, 0xdb, 0xcd, 0x80];
    let mut elf = b"\x7fELF\x01\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    let half = |elf: &mut Vec<u8>, halves: &[u16]| {
        elf.extend(halves.iter().flat_map(|half| half.to_le_bytes()));
    };
    let word = |elf: &mut Vec<u8>, words: &[u32]| {
        elf.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    };
    // elf(5): an executable for the i386, whose one program header follows.
    half(&mut elf, &[2, 3]);
    word(&mut elf, &[1, BASE + u32::from(HEADERS), 52, 0, 0]);
    half(&mut elf, &[52, 32, 1, 0, 0, 0]);
    let size = u32::from(HEADERS) + 9;
    word(&mut elf, &[1, 0, BASE, BASE, size, size, 5, 0x1000]);
    elf.extend(code);
    elf
}

fn make_program(path: &Path, bytes: &[u8], mode: u32) {
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_program_of_32_bits_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("small");
    make_program(&program, &program_of_32_bits(), 0o755);
    // Not every system runs them.
    if Command::new(&program)
        .try_run()
        .is_ok_and(|output| output.status.success())
    {
        let why = "it is not a 64-bit program for this processor, so its system calls are unknown";
        is_unfit(&Session::new(&program), "small", why);
        // Nor as what another program becomes.
        let script = format!("exec {}", program.display());
        is_unfit(&bash(&script), "small", why);
    }
}

#[test]
fn the_strict_mode_of_seccomp_is_named() {
    for call in ["prctl", "seccomp"] {
        let why = "seccomp's strict mode cannot be combined with the tracer's filter";
        let why = format!("it calls `{call}`, and {why}");
        is_unfit(&c_session("attributes").arg(call), "attributes", &why);
    }
}

#[test]
fn a_leak_check_is_named() {
    let native = Command::new(c_program("leak_check")).run_tool();
    // Where a process may trace another it works without a tracer.
    if native.stdout == b"checked 0\n" {
        let why = "it calls `clone`, and a leak check (LeakSanitizer) cannot stop the threads of a traced program: \
                   `LSAN_OPTIONS=detect_leaks=0` turns it off";
        is_unfit(&c_session("leak_check"), "leak_check", why);
    }
}

#[test]
fn a_date_that_cannot_be_counted_is_refused() {
    let date = UNIX_EPOCH + Duration::from_secs(253_370_764_800);
    let settings = VirtualTime::default().date(date);
    let given = Session::new("true").virtual_time(settings).run();
    assert!(matches!(given, Err(SessionError::Setting(_))), "{given:?}");
}

#[test]
fn what_would_leave_virtual_time_is_refused() {
    let told = run(&subject("refused_calls")).map(|recording| recording.output());
    let refused = [
        ("clock_settime", libc::EPERM),
        ("settimeofday", libc::EPERM),
        ("ptrace", libc::EPERM),
        ("clone", libc::EPERM),
        ("clone3", libc::ENOSYS),
        ("io_uring_setup", libc::ENOSYS),
    ];
    let expected: String = refused
        .iter()
        .map(|(name, error)| format!("{name} {error}\n"))
        .collect();
    if let Some(told) = told {
        assert_eq!(String::from_utf8(told).unwrap(), expected);
    }
}
