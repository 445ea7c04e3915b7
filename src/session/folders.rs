//! The program's own folders, `HOME` and `TMPDIR`: empty, private, and with the same names in each run.
//!
//! A program may print these names, so they must not depend on the run. They are `/tmp/strobe-KEY/0/home` and `…/tmp`,
//! where the key is a hash of what is run ([`key`]). So runs of different recordings never compete for a name, in
//! whatever order a parallel check takes them.
//!
//! Several sessions may have the same key at the same time, in one process or in several. Each holds a shared lock
//! (flock(2)) on `strobe-KEY` and an exclusive lock on its own numbered folder, the lowest that is free. A session with
//! another number sees its folder as number 0, by a bind mount in a mount namespace of its own, if the system allows
//! that. Otherwise the name differs, and a recording that contains it is marked as varying.
//!
//! The last session with a key removes everything. The kernel releases the locks of a killed process, so the next
//! session with its key finds and removes what is left.

use super::system;
use crate::{recording::Varies, text};
use rustix::process::geteuid;
use slot::{Slot, is_shortage, remove};
use std::{
    env,
    ffi::CString,
    fs, io,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    thread,
};
use tempfile::TempDir;

pub(super) use key::key;
pub(super) use shown_name::ShownName;

mod key;
mod shown_name;
mod slot;

/// The parent of the folders. Not the caller's `TMPDIR`, as other callers check a recording, too.
const PARENT: &str = "/tmp";

/// Empty folders for one run, removed when this is dropped.
pub(super) struct Folders {
    place: Place,
    /// The folder with `home` and `tmp`, as the program sees it.
    seen: PathBuf,
    /// What the program would see without concurrent sessions, if that is different.
    usual: Option<PathBuf>,
}

/// Where the folders really are.
enum Place {
    Slot(Slot),
    /// Under a random name, if no fixed one is available.
    Random(TempDir),
}

impl Folders {
    /// Takes the folders of a key; they are empty.
    ///
    /// # Errors
    /// No folder can be created.
    pub(super) fn take(key: &str) -> io::Result<Folders> {
        Folders::take_in(&[PathBuf::from(PARENT), env::temp_dir()], key)
    }

    fn take_in(parents: &[PathBuf], key: &str) -> io::Result<Folders> {
        let user = geteuid().as_raw();
        let mut usual = None;
        for parent in parents {
            // The second name is for when another user has the first.
            for name in [format!("strobe-{key}"), format!("strobe-{key}-{user}")] {
                let name = parent.join(name);
                match Slot::take(&name) {
                    Ok(Some(slot)) => return Folders::of_slot(slot, usual),
                    Ok(None) => {
                        usual.get_or_insert(name.join("0"));
                    }
                    Err(error) if is_shortage(&error) => return Err(error),
                    // Nothing can be created or locked in this parent.
                    Err(_) => break,
                }
            }
        }
        let folder = tempfile::Builder::new().prefix("strobe-").tempdir()?;
        make(folder.path())?;
        Ok(Folders {
            seen: folder.path().to_owned(),
            place: Place::Random(folder),
            usual: usual.or_else(|| Some(Path::new(PARENT).join(format!("strobe-{key}/0")))),
        })
    }

    fn of_slot(slot: Slot, usual: Option<PathBuf>) -> io::Result<Folders> {
        make(&slot.folder)?;
        let first = slot.name.path.join("0");
        let is_seen_as_first = slot.folder != first && can_cover(&slot.folder, &first);
        let (seen, other) = if is_seen_as_first || slot.folder == first {
            (first, None)
        } else {
            (slot.folder.clone(), Some(first))
        };
        Ok(Folders {
            place: Place::Slot(slot),
            seen,
            usual: usual.or(other),
        })
    }

    pub(super) fn home(&self) -> PathBuf {
        self.seen.join("home")
    }

    pub(super) fn temporary(&self) -> PathBuf {
        self.seen.join("tmp")
    }

    /// The folder, and the one in whose place the program must see it ([`system::cover`]).
    pub(super) fn cover(&self) -> io::Result<Option<[CString; 2]>> {
        match &self.place {
            Place::Slot(slot) if slot.folder != self.seen => {
                Ok(Some([c_path(&slot.folder)?, c_path(&self.seen)?]))
            }
            _ => Ok(None),
        }
    }

    /// Watches whether a program shows the folder's name, if that is not the usual one.
    pub(super) fn watch(&self) -> Option<ShownName> {
        let usual = self.usual.as_ref()?;
        let shown = |path: &Path| text::escape(path.as_os_str().as_bytes(), 200);
        let reason = Varies::Folders {
            used: shown(&self.seen),
            usual: shown(usual),
        };
        let name = self.seen.as_os_str().as_bytes();
        Some(ShownName::new(name, reason.to_string()))
    }
}

impl Drop for Folders {
    fn drop(&mut self) {
        if let Place::Random(folder) = &self.place {
            let _ = remove(folder.path());
        }
    }
}

fn make(folder: &Path) -> io::Result<()> {
    fs::create_dir(folder.join("home"))?;
    fs::create_dir(folder.join("tmp"))
}

/// Whether a program can see a folder in the place of another: a thread tries it, and takes its mount namespace with
/// it.
fn can_cover(folder: &Path, seen: &Path) -> bool {
    let (Ok(folder), Ok(seen)) = (c_path(folder), c_path(seen)) else {
        return false;
    };
    let tried = thread::spawn(move || system::cover(&folder, &seen)).join();
    matches!(tried, Ok(Ok(())))
}

fn c_path(path: &Path) -> io::Result<CString> {
    CString::new(path.as_os_str().as_bytes()).map_err(io::Error::from)
}

#[cfg(test)]
mod tests {
    use super::Folders;
    use std::{
        fs,
        os::unix::fs::{chown, symlink},
        path::{Path, PathBuf},
        thread,
    };

    const KEY: &str = "0123abcd";

    fn take(parent: &Path) -> Folders {
        Folders::take_in(&[parent.to_owned()], KEY).unwrap()
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Where the folders of a run really are; nothing is covered in this process.
    fn real(folders: &Folders) -> PathBuf {
        match &folders.place {
            super::Place::Slot(slot) => slot.folder.clone(),
            super::Place::Random(folder) => folder.path().to_owned(),
        }
    }

    #[test]
    fn consecutive_runs_have_the_same_empty_folders() {
        let parent = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            let folders = take(parent.path());
            let folder = parent.path().join("strobe-0123abcd/0");
            assert_eq!(folders.home(), folder.join("home"));
            assert_eq!(folders.temporary(), folder.join("tmp"));
            assert_eq!(names(&folder), ["home", "tmp"]);
            assert_eq!(names(&folders.home()), Vec::<String>::new());
            fs::write(folders.home().join("file"), "").unwrap();
            fs::write(folder.join("beside"), "").unwrap();
            drop(folders);
            assert_eq!(names(parent.path()), Vec::<String>::new());
        }
    }

    #[test]
    fn concurrent_runs_have_separate_folders_that_the_last_one_removes() {
        let parent = tempfile::tempdir().unwrap();
        let run = |thread: u32| {
            for _ in 0..50 {
                let folders = take(parent.path());
                let home = real(&folders).join("home");
                assert_eq!(names(&home), Vec::<String>::new());
                fs::write(home.join(thread.to_string()), "").unwrap();
                thread::yield_now();
                assert_eq!(names(&home), [thread.to_string()]);
            }
        };
        thread::scope(|scope| {
            for thread in 0..4 {
                scope.spawn(move || run(thread));
            }
        });
        assert_eq!(names(parent.path()), Vec::<String>::new());
    }

    #[test]
    fn the_lowest_free_folder_is_taken() {
        let parent = tempfile::tempdir().unwrap();
        let [first, second] = [take(parent.path()), take(parent.path())];
        fs::write(real(&second).join("home/file"), "").unwrap();
        drop(first);
        let third = take(parent.path());
        assert!(real(&third).ends_with("0") && real(&second).ends_with("1"));
        drop(third);
        assert_eq!(names(&real(&second).join("home")), ["file"]);
        drop(second);
        assert_eq!(names(parent.path()), Vec::<String>::new());
    }

    #[test]
    fn the_leftovers_of_a_killed_run_are_removed() {
        let parent = tempfile::tempdir().unwrap();
        for left in ["0/home/file", "0/beside", "3/tmp/file"] {
            let path = parent.path().join("strobe-0123abcd").join(left);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let folders = take(parent.path());
        assert_eq!(names(&real(&folders)), ["home", "tmp"]);
        assert_eq!(names(&folders.home()), Vec::<String>::new());
        drop(folders);
        assert_eq!(names(parent.path()), Vec::<String>::new());
    }

    /// If something else has its name, a run does not touch it, and says so if its own name is visible.
    #[track_caller]
    fn is_not_used(plant: impl Fn(&Path)) {
        let parent = tempfile::tempdir().unwrap();
        let planted = parent.path().join("strobe-0123abcd");
        plant(&planted);
        let before = fs::symlink_metadata(&planted).unwrap();
        let folders = take(parent.path());
        let user = rustix::process::geteuid().as_raw();
        let folder = parent.path().join(format!("strobe-0123abcd-{user}/0"));
        assert_eq!(folders.home(), folder.join("home"));
        let why_varies = |output: &str| {
            let mut name = folders.watch().unwrap();
            name.push(0, output.as_bytes());
            name.why_varies()
        };
        assert_eq!(
            why_varies(&format!("it is {}", folder.display())),
            Some(format!(
                "HOME and TMPDIR were in `{}`: `{}` could not be used",
                folder.display(),
                planted.join("0").display()
            ))
        );
        assert_eq!(why_varies("nothing"), None);
        drop(folders);
        assert_eq!(names(parent.path()), ["strobe-0123abcd"]);
        let after = fs::symlink_metadata(&planted).unwrap();
        assert_eq!(before.modified().unwrap(), after.modified().unwrap());
    }

    #[test]
    fn links_files_and_folders_that_others_can_change_are_not_used() {
        let elsewhere = tempfile::tempdir().unwrap();
        fs::write(elsewhere.path().join("kept"), "").unwrap();
        is_not_used(|path| symlink(elsewhere.path(), path).unwrap());
        assert_eq!(names(elsewhere.path()), ["kept"]);
        is_not_used(|path| fs::write(path, "").unwrap());
        is_not_used(|path| {
            use std::os::unix::fs::PermissionsExt;
            fs::create_dir(path).unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
        });
        // Only root can create such a folder.
        if rustix::process::geteuid().is_root() {
            is_not_used(|path| {
                fs::create_dir(path).unwrap();
                chown(path, Some(65_534), None).unwrap();
            });
        }
    }

    #[test]
    fn without_a_free_fixed_name_the_folders_have_a_random_one() {
        let parent = tempfile::tempdir().unwrap();
        let user = rustix::process::geteuid().as_raw();
        for name in [
            "strobe-0123abcd".to_owned(),
            format!("strobe-0123abcd-{user}"),
        ] {
            fs::write(parent.path().join(name), "").unwrap();
        }
        let folders = take(parent.path());
        let home = folders.home();
        assert_eq!(names(&home), Vec::<String>::new());
        drop(folders);
        assert!(!home.exists());
    }
}
