//! The numbered folders that sessions with one key share.

use super::super::system;
use rustix::{
    fs::{FlockOperation, Mode, OFlags, flock, fstat, open, stat},
    io::Errno,
    process::geteuid,
};
use std::{
    fs::{self, DirBuilder, File, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// How many sessions with one key may run at the same time before names become random.
const MAX_SLOTS: u32 = 1000;

/// One of the numbered folders of a name.
pub(super) struct Slot {
    pub(super) folder: PathBuf,
    /// Locked exclusively by this session.
    lock: File,
    pub(super) name: Name,
}

impl Slot {
    /// Takes and empties the lowest slot that no living session has; `None` if this user can have none.
    pub(super) fn take(name: &Path) -> io::Result<Option<Slot>> {
        let Some(name) = Name::take(name)? else {
            return Ok(None);
        };
        for number in 0..MAX_SLOTS {
            let folder = name.path.join(number.to_string());
            let Some(lock) = own_folder(&folder)? else {
                continue;
            };
            match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
                Err(Errno::WOULDBLOCK) => continue,
                locked => locked?,
            }
            match empty(&folder) {
                Ok(()) => return Ok(Some(Slot { folder, lock, name })),
                Err(error) if is_shortage(&error) => return Err(error),
                // Skips a slot that cannot be emptied.
                Err(_) => {}
            }
        }
        Ok(None)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        // The folder itself stays: other sessions may see theirs in its place.
        for name in ["home", "tmp"] {
            let _ = fs::remove_dir(self.folder.join(name));
        }
        let _ = empty(&self.folder);
        // A child forked by another thread has a copy of the descriptor until its exec, so closing ours would not be
        // enough.
        let _ = flock(&self.lock, FlockOperation::Unlock);
    }
}

/// A folder that sessions with one key share.
pub(super) struct Name {
    pub(super) path: PathBuf,
    /// Locked as long as a session uses it.
    lock: File,
}

impl Name {
    /// `None` if it belongs to another user, or is not a folder.
    fn take(path: &Path) -> io::Result<Option<Name>> {
        loop {
            let Some(lock) = own_folder(path)? else {
                return Ok(None);
            };
            while let Err(error) = flock(&lock, FlockOperation::LockShared) {
                if error != Errno::INTR {
                    return Err(error.into());
                }
            }
            // The last session that used it may have removed it before it was locked.
            let locked = fstat(&lock)?;
            if stat(path)
                .is_ok_and(|now| (now.st_dev, now.st_ino) == (locked.st_dev, locked.st_ino))
            {
                return Ok(Some(Name {
                    path: path.to_owned(),
                    lock,
                }));
            }
        }
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        // It succeeds for the last session only, and keeps the next one waiting. Even if it fails, it releases our
        // shared lock.
        if flock(&self.lock, FlockOperation::NonBlockingLockExclusive).is_ok() {
            // Usually this is enough, and it needs no descriptor.
            let _ = fs::remove_dir(self.path.join("0"));
            if fs::remove_dir(&self.path).is_err() {
                let _ = remove(&self.path);
            }
        }
        let _ = flock(&self.lock, FlockOperation::Unlock);
    }
}

/// Whether the system lacks a resource, so that another folder would not help.
pub(super) fn is_shortage(error: &io::Error) -> bool {
    let errno = Errno::from_io_error(error);
    [
        Errno::MFILE,
        Errno::NFILE,
        Errno::NOMEM,
        Errno::NOSPC,
        Errno::DQUOT,
    ]
    .iter()
    .any(|short| errno == Some(*short))
}

/// Opens a folder that only this user can change, creating it if necessary; `None` if something else has its name.
/// Symbolic links are not followed.
fn own_folder(path: &Path) -> io::Result<Option<File>> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    loop {
        match DirBuilder::new().mode(0o700).create(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let folder = match open(path, flags, Mode::empty()) {
            Ok(folder) => folder,
            // The last session that used it has just removed it.
            Err(Errno::NOENT) => continue,
            Err(Errno::LOOP | Errno::NOTDIR | Errno::ACCESS | Errno::PERM) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let metadata = fstat(&folder)?;
        let is_ours = metadata.st_uid == geteuid().as_raw() && metadata.st_mode & 0o022 == 0;
        return Ok(is_ours.then(|| folder.into()));
    }
}

/// Removes everything in a folder.
fn empty(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        remove(&entry?.path())?;
    }
    Ok(())
}

/// Removes a file, or a folder with its contents. What a program has mounted there is left alone.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    if system::has_mounts(path) {
        return Err(io::ErrorKind::ResourceBusy.into());
    }
    if !fs::symlink_metadata(path)?.is_dir() {
        return fs::remove_file(path);
    }
    if fs::remove_dir_all(path).is_err() {
        // The program may have created folders without write permission.
        open_up(path);
        fs::remove_dir_all(path)?;
    }
    Ok(())
}

/// Gives the owner of a folder permission to change everything in it.
fn open_up(folder: &Path) {
    let _ = fs::set_permissions(folder, Permissions::from_mode(0o700));
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        open_up(&entry.path());
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, thread};

    #[test]
    #[cfg(target_os = "linux")]
    fn mounts_in_a_folder_are_not_removed_with_it() {
        let host = tempfile::tempdir().unwrap();
        fs::write(host.path().join("kept"), "").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mounted = folder.path().join("mounted");
        fs::create_dir(&mounted).unwrap();
        let (source, target) = (host.path().to_owned(), mounted.clone());
        // The mount is gone with the thread.
        let removed = thread::spawn(move || {
            let [source, seen] =
                [&source, &target].map(|path| crate::session::folders::c_path(path).unwrap());
            let covered = super::system::cover(&source, &seen);
            covered
                .is_ok()
                .then(|| super::remove(target.parent().unwrap()))
        });
        let Some(removed) = removed.join().unwrap() else {
            eprintln!("skipped: no right to mount");
            return;
        };
        assert!(removed.is_err());
        assert!(host.path().join("kept").exists() && mounted.exists());
    }
}
