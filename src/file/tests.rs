use super::{Destination, leftover};
use std::{
    fs::{self, File, FileTimes, Permissions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::Path,
    time::{Duration, SystemTime},
};

fn write(path: &Path, content: &str) -> io::Result<()> {
    Destination::new(path)?.write(content.as_bytes())
}

fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    names
}

#[test]
fn symbolic_links_are_written_through_dangling_ones_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name| folder.path().join(name);
    fs::create_dir(path("real")).unwrap();
    symlink("real/file", path("link")).unwrap();
    symlink("link", path("outer")).unwrap();
    for content in ["new", "changed"] {
        write(&path("outer"), content).unwrap();
        assert_eq!(fs::read_to_string(path("real/file")).unwrap(), content);
    }
    for link in ["link", "outer"] {
        assert!(fs::symlink_metadata(path(link)).unwrap().is_symlink());
    }
    symlink("round", path("round")).unwrap();
    let error = write(&path("round"), "").unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::ELOOP));
}

#[test]
fn a_file_with_several_names_stays_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = ["one", "other"].map(|name| folder.path().join(name));
    fs::write(&one, "a longer old content").unwrap();
    fs::hard_link(&one, &other).unwrap();
    fs::set_permissions(&one, Permissions::from_mode(0o640)).unwrap();
    write(&one, "new").unwrap();
    assert_eq!(fs::read_to_string(&other).unwrap(), "new");
    let [a, b] = [&one, &other].map(|path| fs::metadata(path).unwrap());
    assert_eq!((a.ino(), a.mode() & 0o777), (b.ino(), 0o640));
    assert_eq!(names(folder.path()), ["one", "other"]);
}

#[test]
fn an_owner_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "old").unwrap();
    if std::os::unix::fs::chown(&file, Some(12345), Some(54321)).is_err() {
        eprintln!("skipped: only root may give a file away");
        return;
    }
    write(&file, "new").unwrap();
    let owned = fs::metadata(&file).unwrap();
    assert_eq!((owned.uid(), owned.gid()), (12345, 54321));
    assert_eq!(fs::read_to_string(&file).unwrap(), "new");
}

#[test]
fn a_file_that_may_not_be_written_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "old").unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o400)).unwrap();
    if rustix::process::geteuid().is_root() {
        eprintln!("skipped: root may write everything");
        return;
    }
    let error = write(&file, "new").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
    assert_eq!(fs::read_to_string(&file).unwrap(), "old");
}

#[test]
fn two_names_of_one_file_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name| folder.path().join(name);
    fs::write(path("there"), "").unwrap();
    symlink("there", path("link")).unwrap();
    let at = |name| Destination::new(&path(name)).unwrap();
    assert!(at("there").is_same_file(&at("link")));
    assert!(at("new").is_same_file(&at("./new")));
    assert!(!at("new").is_same_file(&at("there")) && !at("new").is_same_file(&at("other")));
    let null = || Destination::new(Path::new("/dev/null")).unwrap();
    assert!(!null().is_same_file(&null()), "both may be written to it");
}

#[test]
fn what_a_killed_process_has_left_is_removed_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let old = SystemTime::now() - Duration::from_secs(3600);
    let make = |name: &str, modified: SystemTime| {
        let mut file = File::create(folder.path().join(name)).unwrap();
        file.write_all(b"half").unwrap();
        file.set_times(FileTimes::new().set_modified(modified))
            .unwrap();
        file
    };
    make(".strobe-abcDEF", old);
    make(".strobe-young1", SystemTime::now());
    make(".strobe-notours", old);
    let claimed = make(".strobe-claim1", old);
    leftover::claim(&claimed);
    write(&folder.path().join("file"), "new").unwrap();
    let kept = [
        ".strobe-claim1",
        ".strobe-notours",
        ".strobe-young1",
        "file",
    ];
    assert_eq!(names(folder.path()), kept);
}
