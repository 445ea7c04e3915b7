//! Writes a file so that it appears whole or not at all, and opens one to read it.

mod leftover;
mod pipe;
mod source;

pub use source::open;

pub(crate) use leftover::{claim, is_claimed, release};

use crate::text;
use std::{
    fmt,
    fs::{self, File, Metadata, OpenOptions, Permissions},
    io::{self, BufWriter, Write},
    os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, fchown},
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::NamedTempFile;

/// What the names of temporary files begin with.
const PREFIX: &str = ".strobe-";
/// How many links are followed, as the kernel does (`path_resolution(7)`).
const MAX_LINKS: usize = 40;

/// Where a text goes: a regular file, replaced in one step, or a device, written straight.
#[derive(Clone, Debug)]
pub struct Destination {
    path: PathBuf,
    /// The device, open from the start; none for a regular file.
    device: Option<Arc<File>>,
}

impl Destination {
    /// The file or device at `path`. Whether it can be written is found out now and not when there is something to
    /// lose; nothing is created or changed yet. A named pipe waits here for its reader, but not long.
    ///
    /// # Errors
    /// What the system says of a folder that is missing or closed, of a folder in the file's place, or of a file or device
    /// that cannot be written; or nobody reads the named pipe.
    pub fn new(path: &Path) -> io::Result<Destination> {
        // A descriptor such as `/dev/fd/3` stands for what is open, whatever kind of file that is.
        let is_descriptor = path.starts_with("/dev") || path.starts_with("/proc");
        let found = match fs::metadata(path) {
            Ok(metadata) => Some(metadata),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !is_descriptor => None,
            Err(error) => return Err(error),
        };
        if found.as_ref().is_some_and(Metadata::is_dir) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if is_descriptor || found.as_ref().is_some_and(|metadata| !metadata.is_file()) {
            let device = if found.is_some_and(|metadata| metadata.file_type().is_fifo()) {
                pipe::open(path)?
            } else {
                OpenOptions::new().append(true).open(path)?
            };
            return Ok(Destination {
                path: path.to_owned(),
                device: Some(Arc::new(device)),
            });
        }
        // The file is replaced, and not the link to it.
        let path = behind_links(path)?;
        if path.file_name().is_none() {
            return Err(io::ErrorKind::InvalidFilename.into());
        }
        if found.is_some() {
            rustix::fs::access(&path, rustix::fs::Access::WRITE_OK)?;
        }
        rustix::fs::access(
            folder(&path),
            rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK,
        )?;
        Ok(Destination { path, device: None })
    }

    /// Whether both are one file, so that one text would replace the other.
    #[must_use]
    pub fn is_same_file(&self, other: &Destination) -> bool {
        let id = |path: &Path| fs::metadata(path).ok().map(|file| (file.dev(), file.ino()));
        let is_regular = self.device.is_none() && other.device.is_none();
        is_regular
            && match (id(&self.path), id(&other.path)) {
                (None, None) => {
                    self.path.file_name() == other.path.file_name()
                        && id(folder(&self.path)) == id(folder(&other.path))
                }
                (one, another) => one == another,
            }
    }

    /// Whether it is a regular file, or will be one.
    #[must_use]
    pub fn is_regular(&self) -> bool {
        self.device.is_none()
    }

    /// The file, behind all links.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The folder of the file, behind all links.
    pub(crate) fn folder(&self) -> &Path {
        folder(&self.path)
    }

    /// Puts a finished file, which lies in the same folder, in the place of this regular one, as
    /// [`Destination::write_with`] does.
    ///
    /// # Errors
    /// What the system says; the finished file is then still there.
    pub(crate) fn put(&self, finished: &File, path: &Path) -> io::Result<()> {
        if self.can_be_replaced_by(finished)? {
            return fs::rename(path, &self.path);
        }
        copy_over(path, &self.path)?;
        fs::remove_file(path)
    }

    /// Writes a finished file to the disk, with the owner and the permissions of the old one. Returns whether it can take
    /// the old one's place: if that has several names, or an owner that cannot be kept, it cannot.
    fn can_be_replaced_by(&self, finished: &File) -> io::Result<bool> {
        let can = match fs::metadata(&self.path) {
            Ok(old) => old.nlink() == 1 && takes_over(finished, &old)?,
            Err(_) => true,
        };
        finished.sync_all()?;
        Ok(can)
    }

    /// Writes the whole content, as [`Destination::write_with`] does.
    ///
    /// # Errors
    /// What the system says; the old file is then untouched.
    pub fn write(&self, content: &[u8]) -> io::Result<()> {
        self.write_with(|file| file.write_all(content))
    }

    /// Writes what `content` writes. A file that was there is replaced, with its owner and permissions kept, in one step:
    /// whatever happens meanwhile, the old or the new one is there. Only a file that has several names, or an owner that
    /// cannot be kept, is written over once the new content is on the disk.
    ///
    /// # Errors
    /// What the system says; the old file is then untouched, unless it was being written over: then the error names the
    /// file that has the new content.
    pub fn write_with(
        &self,
        content: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
    ) -> io::Result<()> {
        if let Some(device) = &self.device {
            return buffered(device, content);
        }
        leftover::remove(folder(&self.path));
        let temporary = tempfile::Builder::new()
            .prefix(PREFIX)
            // Less what the umask takes away.
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder(&self.path))?;
        claim(temporary.as_file());
        buffered(temporary.as_file(), content)?;
        if self.can_be_replaced_by(temporary.as_file())? {
            temporary.persist(&self.path)?;
            return Ok(());
        }
        write_over(temporary, &self.path)
    }
}

/// Gives a new file the owner and the permissions of the old one. Returns whether it could.
fn takes_over(new: &File, old: &Metadata) -> io::Result<bool> {
    let own = new.metadata()?;
    let is_owned = (own.uid(), own.gid()) == (old.uid(), old.gid());
    if !is_owned && fchown(new, Some(old.uid()), Some(old.gid())).is_err() {
        return Ok(false);
    }
    new.set_permissions(old.permissions())?;
    Ok(true)
}

/// Copies a finished file over another one, which stays the same file.
fn write_over(temporary: NamedTempFile, path: &Path) -> io::Result<()> {
    copy_over(temporary.path(), path).or_else(|error| {
        let (_, kept) = temporary.keep().map_err(|failed| failed.error)?;
        let kept = text::escape(kept.as_os_str().as_encoded_bytes(), 4096);
        let message = format!("{error}; the new content is in `{kept}`");
        Err(io::Error::new(error.kind(), message))
    })
}

fn copy_over(from: &Path, to: &Path) -> io::Result<()> {
    let mut old = OpenOptions::new().write(true).truncate(true).open(to)?;
    io::copy(&mut File::open(from)?, &mut old)?;
    old.sync_all()
}

/// The path behind symbolic links, of a file that may not exist yet.
fn behind_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::read_link(&path) {
            // An absolute target replaces the folder.
            Ok(target) => path = folder(&path).join(target),
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(path),
            Err(error) => return Err(error),
        }
    }
    Err(rustix::io::Errno::LOOP.into())
}

fn buffered(
    file: &File,
    content: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
) -> io::Result<()> {
    let mut writer = BufWriter::new(file);
    content(&mut writer)?;
    writer.flush()
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.as_os_str().as_encoded_bytes();
        write!(f, "`{}`", text::escape(path, 4096))
    }
}

fn folder(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests;
