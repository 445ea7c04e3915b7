//! Privileges that a program file grants: as natively where root runs `strobe`, and refused by name elsewhere.

use super::{native::outputs, run};
use crate::{
    bounded::Run,
    requirement::{has_virtual_time, is_met},
};
use std::{
    fs,
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    process::Command,
};
use stroboscope::session::Session;

/// Another user, and that user's group.
const OTHER: u32 = 65534;

/// A copy of a program with these owner, group and mode; none where the caller may not give files away.
fn copy_of(original: &str, folder: &Path, owner: u32, group: u32, mode: u32) -> Option<PathBuf> {
    let copy = folder.join("other");
    // Not by this process: another test may fork while it has the file open, which cannot be executed then.
    let copied = Command::new("cp")
        .args([Path::new(original), &copy])
        .run_tool();
    assert!(copied.status.success(), "{copied:?}");
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    chown(&copy, Some(owner), Some(group)).ok()?;
    fs::set_permissions(&copy, fs::Permissions::from_mode(mode)).unwrap();
    Some(copy)
}

/// A session of what only root runs: `setpriv` keeps root's capabilities until it executes another program, `env`.
fn run_by(user: u32, program: &Path) -> Session {
    let user = user.to_string();
    Session::new("setpriv")
        .args(["--reuid", &user, "--regid", &user, "--clear-groups", "env"])
        .arg(program)
}

/// Gives a file `cap_net_raw=ep`, as setcap(8) does.
fn give_capability(program: &Path) -> bool {
    const NET_RAW: u8 = 1 << (13 - 8);
    let value = [
        1, 0, 0, 2, 0, NET_RAW, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];
    let flags = rustix::fs::XattrFlags::empty();
    rustix::fs::setxattr(program, "security.capability", &value, flags).is_ok()
}

#[test]
fn root_s_programs_gain_what_they_gain_natively() {
    let folder = tempfile::tempdir().unwrap();
    // Owner, group, mode, a capability, and who runs it.
    for (owner, group, mode, is_capable, by) in [
        (1, 0, 0o4755, false, 0),
        (0, 1, 0o2755, false, 0),
        (0, 0, 0o4755, false, OTHER),
        (1, 1, 0o6755, false, OTHER),
        (0, 0, 0o755, true, OTHER),
        (0, 0, 0o755, true, 0),
    ] {
        let Some(program) = copy_of("/bin/grep", folder.path(), owner, group, mode) else {
            return;
        };
        if is_capable && !give_capability(&program) {
            continue;
        }
        let shown = "^(Uid|Gid|CapPrm|CapEff|NoNewPrivs):";
        let session = run_by(by, &program).args(["-E", shown, "/proc/self/status"]);
        let session = session.pipe();
        if let Some(recording) = run(&session) {
            let [native] = <[String; 1]>::try_from(outputs(&[session])).unwrap();
            let output = String::from_utf8(recording.output()).unwrap();
            assert_eq!(output, native, "{owner} {group} {mode:o} {is_capable} {by}");
        }
    }
}

/// What `strobe` says of a program that another user than root has it record.
fn told_another(program: &Path) -> Option<String> {
    if !has_virtual_time() {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let strobe = copy_of(env!("CARGO_BIN_EXE_strobe"), folder.path(), 0, 0, 0o755)?;
    let user = OTHER.to_string();
    let output = Command::new("setpriv")
        .args(["--reuid", &user, "--regid", &user, "--clear-groups"])
        .arg(strobe)
        .args(["record", "--once", "--"])
        .arg(program)
        .current_dir("/")
        .run_tool();
    Some(String::from_utf8(output.stderr).unwrap())
}

#[test]
fn privileges_that_another_user_s_program_would_lose_are_named() {
    let folder = tempfile::tempdir().unwrap();
    for (owner, group, mode, is_capable, what) in [
        (0, OTHER, 0o4755, false, "it is set-uid"),
        (OTHER, 1, 0o2755, false, "it is set-gid"),
        (0, 0, 0o755, true, "it has file capabilities"),
    ] {
        let Some(program) = copy_of("/bin/true", folder.path(), owner, group, mode) else {
            return;
        };
        if is_capable && !give_capability(&program) {
            continue;
        }
        if let Some(said) = told_another(&program) {
            let why = format!(
                "`other` cannot be run in virtual time: {what}, and a traced program gets only its caller's privileges"
            );
            assert!(said.contains(&why), "{said}");
        }
    }
}

#[test]
fn another_user_s_program_that_gains_no_privileges_is_run() {
    let folder = tempfile::tempdir().unwrap();
    // The caller's user and group; a group that may not run it.
    for (owner, group, mode) in [(OTHER, OTHER, 0o6755), (0, 1, 0o2745)] {
        if let Some(program) = copy_of("/bin/true", folder.path(), owner, group, mode)
            && let Some(said) = told_another(&program)
        {
            assert!(!said.contains("privileges"), "{said}");
        }
    }
}

#[test]
fn a_program_that_only_notes_who_is_logged_in_is_run() {
    let groups = fs::read_to_string("/etc/group").unwrap();
    let utmp = groups.lines().find_map(|line| line.strip_prefix("utmp:"));
    let number = utmp.and_then(|utmp| utmp.split(':').nth(1)?.parse().ok());
    let folder = tempfile::tempdir().unwrap();
    if is_met("the group utmp", number.is_some())
        && let Some(number) = number
        && let Some(program) = copy_of("/bin/true", folder.path(), 0, number, 0o2755)
        && let Some(said) = told_another(&program)
    {
        assert!(!said.contains("privileges"), "{said}");
    }
}

#[test]
fn a_caller_without_new_privileges_loses_none() {
    let folder = tempfile::tempdir().unwrap();
    if let Some(program) = copy_of("/bin/true", folder.path(), 1, 1, 0o6755)
        && has_virtual_time()
    {
        let output = Command::new("setpriv")
            .args(["--no-new-privs", env!("CARGO_BIN_EXE_strobe")])
            .args(["record", "--once", "--"])
            .arg(&program)
            .run_tool();
        assert!(output.status.success(), "{output:?}");
    }
}
