//! What of a case leads out of the folder that is checked: its command, its folder, and what of its environment names code.

use std::{
    env,
    ffi::{OsStr, OsString},
    os::unix::ffi::OsStrExt,
    path::{Component, Path, PathBuf},
};
use stroboscope::{check::Case, text};

/// The folder that a case runs in, if it is in the folder that is checked, or in the git work tree that this is in.
pub fn inner_folder(case: &Case, root: &Path) -> Option<PathBuf> {
    let root = real(&work_tree(root), Path::new("/"));
    Some(folder(case)).filter(|folder| folder.starts_with(root))
}

/// The folder that a case runs in, absolute and without links.
pub fn folder(case: &Case) -> PathBuf {
    let folder = case.path().parent().unwrap_or(Path::new(""));
    let here = env::current_dir().unwrap_or_default();
    let cwd = case.recording().header().cwd.as_deref();
    real(cwd.unwrap_or(Path::new("")), &real(folder, &here))
}

/// What leads out of the folder, or out of the git work tree that it is in: a phrase each.
///
/// A command without a slash is found by `PATH`, as it would be in a shell, and is not outside; neither is a folder of the
/// caller's own `PATH`.
pub fn of(case: &Case, root: &Path) -> Vec<String> {
    let root = real(&work_tree(root), Path::new("/"));
    let header = case.recording().header();
    let cwd = folder(case);
    let is_outside = |path: &Path| !real(path, &cwd).starts_with(&root);
    let mut outside = Vec::new();
    let words = header.command.iter().enumerate();
    for (index, word) in words {
        let path = Path::new(word);
        // An argument is a path if nothing else begins like it.
        let is_path = path.is_absolute() || (index == 0 && has_slash(word)) || leads_up(path);
        if is_path && is_outside(path) {
            outside.push(format!("command {}", shown(word)));
        }
    }
    if !cwd.starts_with(&root) {
        outside.push(format!("folder {}", shown(cwd.as_os_str())));
    }
    for (name, value) in header.env.iter().filter(|(name, _)| names_code(name)) {
        let parts = split(name, value);
        let own = env::var_os("PATH").unwrap_or_default();
        let own: Vec<PathBuf> = env::split_paths(&own).collect();
        let is_own = |part: &Path| name == "PATH" && own.iter().any(|own| own == part);
        let outer =
            |part: &&PathBuf| has_slash(part.as_os_str()) && !is_own(part) && is_outside(part);
        if let Some(part) = parts.iter().find(outer) {
            outside.push(format!("{} {}", shown(name), shown(part.as_os_str())));
        }
    }
    for name in &header.passed {
        outside.push(format!("{} of this environment", shown(name)));
    }
    outside
}

/// Whether a variable says where code is loaded from: `PATH`, `PYTHONPATH` and their like, `LD_*` and macOS's `DYLD_*`.
fn names_code(name: &OsStr) -> bool {
    let name = name.as_bytes();
    name.ends_with(b"PATH") || name.starts_with(b"LD_") || name.starts_with(b"DYLD_")
}

/// The paths in a variable: `LD_PRELOAD` separates them by blanks, too (ld.so(8)).
fn split(name: &OsStr, value: &OsStr) -> Vec<PathBuf> {
    let is_separator = |byte: &u8| *byte == b':' || (*byte == b' ' && name == "LD_PRELOAD");
    let parts = value.as_bytes().split(is_separator);
    parts
        .map(|part| PathBuf::from(OsStr::from_bytes(part)))
        .collect()
}

fn has_slash(word: &OsStr) -> bool {
    word.as_bytes().contains(&b'/')
}

fn leads_up(path: &Path) -> bool {
    path.components().next() == Some(Component::ParentDir)
}

fn shown(word: &OsStr) -> String {
    text::escape(word.as_bytes(), 4096)
}

/// The git work tree that a folder is in, or the folder itself.
fn work_tree(folder: &Path) -> PathBuf {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let tree = folder
        .ancestors()
        .find(|folder| folder.join(".git").exists());
    tree.map_or_else(|| folder.clone(), Path::to_owned)
}

/// An absolute path without links, as far as it exists; `..` behind what does not exist is taken by its name.
pub fn real(path: &Path, from: &Path) -> PathBuf {
    let path = from.join(path);
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    let mut rest: Vec<OsString> = Vec::new();
    let mut known = path.as_path();
    let mut start = PathBuf::new();
    while let Some(parent) = known.parent() {
        let last = known.components().next_back();
        rest.push(last.map_or_else(OsString::new, |last| last.as_os_str().to_owned()));
        known = parent;
        if let Ok(real) = known.canonicalize() {
            start = real;
            break;
        }
    }
    for part in rest.iter().rev() {
        match part.as_bytes() {
            b".." => {
                start.pop();
            }
            b"." | b"" => {}
            _ => start.push(part),
        }
    }
    start
}

#[cfg(test)]
mod tests {
    use super::{of, real};
    use std::{fs, os::unix::fs::symlink, path::Path};
    use stroboscope::check::Case;

    /// What leads out of a folder with `inside/`, `link -> /usr` and a transcript.
    #[track_caller]
    fn outside(head: &str, expected: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("inside")).unwrap();
        symlink("/usr", folder.path().join("link")).unwrap();
        let path = folder.path().join("x.strobe");
        let text = format!("transcript: 1\n{head}\nchannel: pipe\n\n@0.000 exit 0\n");
        fs::write(&path, text).unwrap();
        let case = Case::read(&path).unwrap();
        assert_eq!(of(&case, folder.path()), expected, "{head}");
    }

    #[test]
    fn what_stays_inside_is_not_marked() {
        outside("command: sh -c \"cat /etc/passwd\"", &[]);
        outside("command: ./inside/run ../x\ncwd: inside", &[]);
        outside("command: make inside/../x -C ./inside", &[]);
        outside(
            "command: run\nenv: PATH=inside:/usr/bin LD_PRELOAD=libx.so HOME=/",
            &[],
        );
    }

    #[test]
    fn what_leads_out_is_marked() {
        outside(
            "command: /bin/sh ../up",
            &["command /bin/sh", "command ../up"],
        );
        outside("command: link/bin/env", &["command link/bin/env"]);
        outside("command: ../run", &["command ../run"]);
        outside("command: inside/../../run", &["command inside/../../run"]);
        outside("command: no/../../run", &["command no/../../run"]);
        outside("command: ls\ncwd: link", &["folder /usr"]);
        outside(
            "command: ls\nenv: PATH=inside:/opt/none",
            &["PATH /opt/none"],
        );
        outside(
            "command: ls\nenv: \"LD_PRELOAD=libm.so ./inside/x.so /x.so\"",
            &["LD_PRELOAD /x.so"],
        );
        outside(
            "command: ls\nenv: LD_LIBRARY_PATH=../lib",
            &["LD_LIBRARY_PATH ../lib"],
        );
    }

    #[test]
    fn what_does_not_exist_is_resolved_by_its_names() {
        let at = |path: &str| real(Path::new(path), Path::new("/"));
        assert_eq!(at("/no-such/a/../b/./c"), Path::new("/no-such/b/c"));
        assert_eq!(at("/no-such/../../x"), Path::new("/x"));
    }
}
