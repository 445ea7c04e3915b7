//! Folders and files of other users: what may be written is written and stays theirs, and what may not is refused before
//! anything runs.

use super::{Random, nobody_is_left_in, pass_over, shell, temporary};
use crate::workshop::Workshop;
use rustix::process::geteuid;
use std::{
    fs::{self, Permissions},
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::Path,
};
use stroboscope::recording::Recording;

/// Whose the folder is, and who runs strobe.
const OWNER: u32 = 1234;
const OTHER: &str = "setpriv --reuid 65534 --regid 65534 --clear-groups";

fn is_for(path: &Path, owner: u32, mode: u32) {
    chown(path, Some(owner), Some(owner)).unwrap();
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

pub fn the_folder_is_another_users(random: &mut Random) {
    let shop = Workshop::new();
    if !geteuid().is_root() {
        return pass_over("only root can make what is another user's");
    }
    fs::set_permissions(shop.path("."), Permissions::from_mode(0o777)).unwrap();
    let can = shell(&shop, &format!("{OTHER} $STROBE --version"));
    if !can.status.success() {
        return pass_over("another user cannot run strobe");
    }
    let (clock, is_sticky) = (random.one_of(&["real", "virtual"]), random.below(3) > 0);
    let ran = shop.path("ran").display().to_string();
    let file = random.one_of(&[None, Some(0o644), Some(0o666)]);
    let command = if file.is_some() && random.below(2) == 0 {
        "check --accept theirs/x.strobe".to_owned()
    } else {
        format!(
            "record --clock {clock} --channel pipe -o theirs/x.strobe -- sh -c 'echo new; touch {ran}'"
        )
    };
    let old = format!(
        "transcript: 1\ncommand: sh -c \"echo new; touch {ran}\"\nchannel: pipe\nclock: {clock}\n\n@0.000 exit 0\n"
    );
    let folder = shop.path("theirs");
    fs::create_dir(&folder).unwrap();
    if let Some(mode) = file {
        shop.write("theirs/x.strobe", &old);
        is_for(&folder.join("x.strobe"), OWNER, mode);
    }
    is_for(&folder, OWNER, if is_sticky { 0o1777 } else { 0o755 });
    let output = shell(&shop, &format!("exec {OTHER} $STROBE {command}"));
    let told = String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
    let case = format!("sticky {is_sticky}, file {file:?}, {command}: {told}");
    if is_sticky && file != Some(0o644) {
        assert_eq!(output.status.code(), Some(0), "{case}");
        let recording: Recording = shop.read("theirs/x.strobe").parse().unwrap();
        assert_eq!(recording.output(), b"new\n", "{case}");
        let now = fs::metadata(folder.join("x.strobe")).unwrap();
        let owner = file.map_or(65534, |_| OWNER);
        assert_eq!(now.uid(), owner, "{case}");
        assert_eq!(now.mode() & 0o777, file.unwrap_or(0o644), "{case}");
    } else {
        assert_eq!(output.status.code(), Some(2), "{case}");
        assert!(told.contains("Permission denied (os error 13)"), "{case}");
        // A check finds out what the program does even where it cannot be accepted.
        let is_late = command.starts_with("record") && shop.path("ran").exists();
        assert!(!is_late, "found out too late: {case}");
        if file.is_some() {
            assert_eq!(shop.read("theirs/x.strobe"), old, "{case}");
        }
    }
    assert_eq!(temporary(&folder), [""; 0], "{case}");
    nobody_is_left_in(&shop.path("."));
    nobody_is_left_in(&folder);
}
