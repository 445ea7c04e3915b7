//! Writes a file so that it appears whole or not at all.

use crate::text;
use std::{
    fmt,
    fs::{self, File, OpenOptions, Permissions},
    io::{self, BufWriter, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Where a text goes: a regular file, replaced in one step, or a device, written straight.
#[derive(Clone, Debug)]
pub struct Destination {
    path: PathBuf,
    /// The device, open from the start; none for a regular file.
    device: Option<Arc<File>>,
}

impl Destination {
    /// The file or device at `path`. Whether it can be written is found out now and not when there is something to
    /// lose; nothing is created or changed yet. A named pipe waits here for its reader.
    ///
    /// # Errors
    /// What the system says of a folder that is missing or closed, of a folder in the file's place, or of a device that
    /// cannot be written.
    pub fn new(path: &Path) -> io::Result<Destination> {
        // A descriptor such as `/dev/fd/3` stands for what is open, whatever kind of file that is.
        let is_descriptor = path.starts_with("/dev") || path.starts_with("/proc");
        let found = match fs::metadata(path) {
            Ok(metadata) => Some(metadata),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !is_descriptor => None,
            Err(error) => return Err(error),
        };
        if found.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if is_descriptor || found.as_ref().is_some_and(|metadata| !metadata.is_file()) {
            let device = OpenOptions::new().append(true).open(path)?;
            return Ok(Destination {
                path: path.to_owned(),
                device: Some(Arc::new(device)),
            });
        }
        // Through links, so that the file is replaced and not the link to it.
        let path = if found.is_some() {
            fs::canonicalize(path)?
        } else {
            path.to_owned()
        };
        if path.file_name().is_none() {
            return Err(io::ErrorKind::InvalidFilename.into());
        }
        rustix::fs::access(
            folder(&path),
            rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK,
        )?;
        Ok(Destination { path, device: None })
    }

    /// Writes the whole content, as [`Destination::write_with`] does.
    ///
    /// # Errors
    /// What the system says; the old file is then untouched.
    pub fn write(&self, content: &[u8]) -> io::Result<()> {
        self.write_with(|file| file.write_all(content))
    }

    /// Writes what `content` writes. A file that was there is replaced, with its permissions kept, in one step: whatever
    /// happens meanwhile, the old or the new one is there.
    ///
    /// # Errors
    /// What the system says; the old file is then untouched.
    pub fn write_with(
        &self,
        content: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
    ) -> io::Result<()> {
        if let Some(device) = &self.device {
            return buffered(device, content);
        }
        let temporary = tempfile::Builder::new()
            .prefix(".strobe-")
            // Less what the umask takes away.
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder(&self.path))?;
        buffered(temporary.as_file(), content)?;
        if let Ok(old) = fs::metadata(&self.path) {
            temporary.as_file().set_permissions(old.permissions())?;
        }
        temporary.as_file().sync_all()?;
        temporary.persist(&self.path)?;
        Ok(())
    }
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
