//! The settings of a folder: what `strobe.toml` says for all transcripts in it and below.
//!
//! The nearest file counts, upwards to the root of the git work tree; a transcript's header has precedence over it.
//!
//! ```
//! use std::path::Path;
//! use stroboscope::settings::Settings;
//!
//! let settings = Settings::parse("mask = ['pid']\nlevel = 'bytes'", Path::new("strobe.toml"))?;
//! assert_eq!(settings.mask[0].name(), "pid");
//! # Ok::<(), stroboscope::settings::SettingsError>(())
//! ```

use crate::{
    recording::{Header, Level, LevelError, Mask, Recording},
    text,
};
use rustix::process::geteuid;
use std::{
    fmt, fs,
    io::{self, Read as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::Duration,
};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

pub mod bytes;
pub mod pair;
pub mod values;

/// The name of the file.
pub const NAME: &str = "strobe.toml";

/// A longer file is refused.
const MOST: u64 = 1 << 20;

/// What helps with a regular expression in the wrong quotes.
const RAW: &str = "; in '…' a backslash stands for itself";

/// A backslash in the wrong quotes.
const ESCAPE: &str = "in \"…\" this backslash begins no escape: write a regular expression in single quotes, '…', where it stands for itself";

/// Every key.
const KEYS: [&str; 8] = [
    "mask",
    "level",
    "env",
    "size",
    "term",
    "limit",
    "virtual-limit",
    "output-limit",
];

/// What a `strobe.toml` says. An empty list or `None` means «not said».
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// The file.
    pub path: PathBuf,
    /// What is not kept of the output.
    pub mask: Vec<Mask>,
    /// How closely runs are compared.
    pub level: Option<Level>,
    /// Variables of the environment; those without a value are passed on.
    pub env: Vec<(String, Option<String>)>,
    /// The columns and rows of the terminal.
    pub size: Option<(u16, u16)>,
    /// TERM, and perhaps a comma and COLORTERM.
    pub term: Option<String>,
    /// How much real time a run may take.
    pub limit: Option<Duration>,
    /// How much virtual time a run may take.
    pub virtual_limit: Option<Duration>,
    /// How many bytes a run may write.
    pub output_limit: Option<usize>,
}

/// Why there are no settings, though there is a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// It cannot be read.
    #[error("{}: {error}", shown(path))]
    File {
        /// The file.
        path: PathBuf,
        /// The system's error.
        error: io::Error,
    },
    /// It is another user's, who could decide what runs here, and how.
    #[error(
        "{}: it belongs to another user (uid {owner}), who could decide by it what runs here: it is not used; put a `{NAME}` of your own into the folder, or make that file yours",
        shown(path)
    )]
    Owner {
        /// The file.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
    },
    /// Something in it is wrong.
    #[error("{}:{line}: {reason}", shown(path))]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The key, and what is wrong with it.
        reason: String,
    },
}

impl Settings {
    /// The settings of a folder: those of the nearest `strobe.toml` in it or above, but not above the root of a git work
    /// tree; `None` if there is no file. It must belong to this user, to root, or to the owner of the folder.
    ///
    /// # Errors
    /// A [`SettingsError`] if there is a file which cannot be used.
    pub fn of(folder: &Path) -> Result<Option<Settings>, SettingsError> {
        let folder = if folder == Path::new("") {
            Path::new(".")
        } else {
            folder
        };
        // A folder that is not there has no file in it; whoever needs the folder says so.
        let Ok(folder) = folder.canonicalize() else {
            return Ok(None);
        };
        for above in folder.ancestors() {
            let path = above.join(NAME);
            // A link that leads nowhere is a file that cannot be read.
            if fs::symlink_metadata(&path).is_ok() {
                check_owner(&path, &folder)?;
                return Settings::read(&path).map(Some);
            }
            if above.join(".git").exists() {
                break;
            }
        }
        Ok(None)
    }

    /// The settings that are in a file, whoever owns it.
    ///
    /// # Errors
    /// A [`SettingsError`] that names the file.
    pub fn read(path: &Path) -> Result<Settings, SettingsError> {
        let failed = |error| SettingsError::File {
            path: path.to_owned(),
            error,
        };
        let mut text = String::new();
        let file = crate::file::open(path).map_err(failed)?;
        file.take(MOST + 1)
            .read_to_string(&mut text)
            .map_err(failed)?;
        if text.len() as u64 > MOST {
            return Err(failed(io::ErrorKind::FileTooLarge.into()));
        }
        Settings::parse(&text, path)
    }

    /// The settings that a text says; `path` is what an error names.
    ///
    /// # Errors
    /// [`SettingsError::Line`].
    pub fn parse(text: &str, path: &Path) -> Result<Settings, SettingsError> {
        let wrong = |at: usize, reason: String| SettingsError::Line {
            path: path.to_owned(),
            line: 1 + text[..at].matches('\n').count(),
            reason,
        };
        let table = DeTable::parse(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let message = error.message();
            wrong(
                at,
                if message.contains("escape") {
                    ESCAPE
                } else {
                    message
                }
                .to_owned(),
            )
        })?;
        let mut entries: Vec<_> = table.get_ref().iter().collect();
        // The first error of the file comes first.
        entries.sort_by_key(|(key, _)| key.span().start);
        let mut settings = Settings {
            path: path.to_owned(),
            ..Settings::default()
        };
        for (key, value) in entries {
            let name = key.get_ref().as_ref();
            if !KEYS.contains(&name) {
                return Err(wrong(key.span().start, unknown(name)));
            }
            settings.set(name, value).map_err(|(at, reason)| {
                let at = at.unwrap_or(key.span().start);
                wrong(at, format!("`{name}`: {reason}"))
            })?;
        }
        Ok(settings)
    }

    /// Sets what a key says; an error has its place, if it is another than the key's.
    fn set(&mut self, key: &str, value: &Spanned<DeValue>) -> Result<(), (Option<usize>, String)> {
        match key {
            "mask" => {
                self.mask = list(value, mask)?;
                let mut names: Vec<&str> = self.mask.iter().map(Mask::name).collect();
                names.sort_unstable();
                let mut pairs = names.windows(2);
                if let Some([twice, _]) = pairs.find(|pair| pair[0] == pair[1]) {
                    return Err((None, format!("`{twice}` is there twice")));
                }
            }
            "env" => self.env = list(value, values::variable)?,
            _ => {
                let text = one(value).map_err(|reason| (None, reason))?;
                self.set_one(key, text).map_err(|reason| (None, reason))?;
            }
        }
        Ok(())
    }

    fn set_one(&mut self, key: &str, text: &str) -> Result<(), String> {
        match key {
            "level" => {
                let level = text.parse();
                self.level = Some(level.map_err(|error: LevelError| error.to_string())?);
            }
            "size" => self.size = Some(values::size(text)?),
            "term" => self.term = Some(text.to_owned()),
            "limit" => self.limit = Some(values::duration(text)?),
            "virtual-limit" => self.virtual_limit = Some(values::virtual_limit(text)?),
            _ => self.output_limit = Some(bytes::parse(text)?),
        }
        Ok(())
    }

    /// The masks that are not there by name already.
    #[must_use]
    pub fn masks_beside(&self, masks: &[Mask]) -> Vec<Mask> {
        beside(&self.mask, masks)
    }

    /// Adds to a header what it does not say of how a run is compared: masks, and the level.
    pub(crate) fn complete(&self, header: &mut Header) {
        header.mask.extend(self.masks_beside(&header.mask));
        header.level = header.level.or(self.level);
    }

    /// A recording whose header has been completed by these settings.
    #[must_use]
    pub fn completed(&self, mut recording: Recording) -> Recording {
        self.complete(&mut recording.header);
        recording
    }
}

/// Refuses a file, or a link to one, by which somebody else could decide what runs in a folder: anybody can put one into
/// `/tmp`.
fn check_owner(path: &Path, folder: &Path) -> Result<(), SettingsError> {
    let owners = [fs::symlink_metadata(path), fs::metadata(path)];
    let folder_owner = fs::metadata(folder).map(|folder| folder.uid()).ok();
    let trusted = [Some(geteuid().as_raw()), Some(0), folder_owner];
    // What cannot be found out is no file that can be read.
    let mut owners = owners.into_iter().flatten().map(|file| file.uid());
    match owners.find(|owner| !trusted.contains(&Some(*owner))) {
        Some(owner) => Err(SettingsError::Owner {
            path: path.to_owned(),
            owner,
        }),
        None => Ok(()),
    }
}

/// Writes the path as messages show it.
impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(&self.path))
    }
}

fn shown(path: &Path) -> String {
    text::escape(path.as_os_str().as_encoded_bytes(), 4096)
}

fn unknown(key: &str) -> String {
    let shown = text::escape(key.as_bytes(), 40);
    let hint = match text::nearest(key, KEYS.map(str::to_owned)) {
        Some(nearest) => format!("is it `{nearest}`?"),
        None => format!("known are {}", KEYS.join(", ")),
    };
    format!("unknown key `{shown}`: {hint}")
}

/// The masks that are not among the known ones by name.
fn beside(masks: &[Mask], known: &[Mask]) -> Vec<Mask> {
    let is_new = |mask: &&Mask| known.iter().all(|known| known.name() != mask.name());
    masks.iter().filter(is_new).cloned().collect()
}

/// A text, or a list of texts; an error has the place of its text.
fn list<T>(
    value: &Spanned<DeValue>,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, (Option<usize>, String)> {
    let texts: Vec<&Spanned<DeValue>> = match value.get_ref() {
        DeValue::Array(array) => array.iter().collect(),
        _ => vec![value],
    };
    let read = texts.into_iter().map(|value| {
        one(value)
            .and_then(&read)
            .map_err(|reason| (Some(value.span().start), reason))
    });
    read.collect()
}

fn one<'a>(value: &'a Spanned<DeValue>) -> Result<&'a str, String> {
    match value.get_ref() {
        DeValue::String(text) if text::is_line(text) => Ok(text),
        DeValue::String(_) => Err(format!("it is not one line of printable text{RAW}")),
        _ => Err("write it as a text in quotes".to_owned()),
    }
}

fn mask(text: &str) -> Result<Mask, String> {
    if text == "auto" {
        return Err("`auto` is for a single recording: `strobe record --mask auto`".to_owned());
    }
    text.parse()
        .map_err(|error: crate::recording::MaskError| error.to_string())
}

#[cfg(test)]
mod tests;
