//! The clean environment that a program runs in.

use super::{
    Session,
    folders::{self, Folders},
};
use crate::recording::{Channel, Header};
use std::{
    env,
    ffi::{OsStr, OsString},
    io,
    path::{Component, Path, PathBuf},
};

/// Where programs are searched for if the caller has no `PATH`.
const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// The environment of a run: its variables, and its own folders, which are removed when this is dropped.
pub(super) struct Environment {
    pub(super) env: Vec<(OsString, OsString)>,
    pub(super) folders: Folders,
}

impl Environment {
    pub(super) fn new(session: &Session, header: &Header) -> io::Result<Environment> {
        let script = session.virtual_time.map(|_| &session.script);
        let folders = Folders::take(&folders::key(header, script))?;
        let callers = env::var_os("PATH").unwrap_or_else(|| DEFAULT_PATH.into());
        let path = env::join_paths(
            session
                .path
                .iter()
                .cloned()
                .chain(env::split_paths(&callers)),
        );
        let term = match &session.channel {
            Channel::Pty { term, .. } => term.as_str(),
            Channel::Pipe => "dumb",
        };
        let mut environment: Vec<(OsString, OsString)> = vec![
            (
                "PATH".into(),
                path.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?,
            ),
            ("LANG".into(), "C.UTF-8".into()),
            ("TERM".into(), term.into()),
            ("TZ".into(), "UTC".into()),
            ("HOME".into(), folders.home().into()),
            ("TMPDIR".into(), folders.temporary().into()),
        ];
        let passed = session.passed.iter();
        let passed = passed.filter_map(|name| Some((name.clone(), env::var_os(name)?)));
        for (name, value) in passed.chain(session.env.iter().cloned()) {
            environment.retain(|(other, _)| *other != name);
            environment.push((name, value));
        }
        Ok(Environment {
            env: environment,
            folders,
        })
    }
}

/// Where cargo puts the programs of the running test: next to `deps`, which contains the test.
pub(crate) fn cargo_folder() -> Option<PathBuf> {
    let test = env::current_exe().ok()?;
    let folder = test.parent()?;
    let in_deps = matches!(
        folder.file_name().and_then(OsStr::to_str),
        Some("deps" | "examples")
    );
    Some(if in_deps {
        folder.parent()?.to_owned()
    } else {
        folder.to_owned()
    })
}

/// A folder relative to another, both absolute; `None` if they are the same.
pub(super) fn relative(folder: &Path, from: &Path) -> Option<PathBuf> {
    let (folder, from): (Vec<Component>, Vec<Component>) =
        (folder.components().collect(), from.components().collect());
    let common = folder
        .iter()
        .zip(&from)
        .take_while(|(one, other)| one == other)
        .count();
    let up = from[common..].iter().map(|_| Component::ParentDir);
    let relative: PathBuf = up.chain(folder[common..].iter().copied()).collect();
    (!relative.as_os_str().is_empty()).then_some(relative)
}

#[cfg(test)]
mod tests {
    use super::relative;
    use std::path::{Path, PathBuf};

    #[track_caller]
    fn seen(folder: &str, from: &str, expected: Option<&str>) {
        assert_eq!(
            relative(Path::new(folder), Path::new(from)),
            expected.map(PathBuf::from)
        );
    }

    #[test]
    fn a_folder_is_relative_to_another() {
        seen("/a/b", "/a/b", None);
        seen("/a/b", "/a", Some("b"));
        seen("/a", "/a/b/c", Some("../.."));
        seen("/a/d", "/a/b/c", Some("../../d"));
        seen("/", "/a", Some(".."));
    }
}
