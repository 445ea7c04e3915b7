//! What to say of a program that is not on `PATH`.

use std::{ffi::OsStr, io, os::unix::ffi::OsStrExt, path::Path};
use stroboscope::{session::SessionError, text};

/// Where build tools put programs.
const BUILT: [&str; 9] = [
    "target/debug",
    "target/release",
    "node_modules/.bin",
    ".venv/bin",
    "venv/bin",
    "bin",
    "build",
    "zig-out/bin",
    ".",
];

/// The hint that follows an error, if the program has a path that is relative to this folder, in which a transcript is run.
pub fn hint_of_folder(error: &SessionError, program: &OsStr, folder: &Path) -> Option<String> {
    let SessionError::Run { error, .. } = error else {
        return None;
    };
    let is_relative = !program.as_bytes().starts_with(b"/");
    (error.kind() == io::ErrorKind::NotFound && is_relative).then(|| {
        let folder = text::escape(folder.as_os_str().as_bytes(), 4096);
        format!("; it was looked for from the folder `{folder}`, which is the transcript's own with the `cwd` of its header")
    })
}

/// The hint that follows an error, if the program was searched for by its name and is nowhere on `PATH`.
pub fn hint(error: &SessionError, program: &OsStr) -> Option<String> {
    let SessionError::Run { error, .. } = error else {
        return None;
    };
    if error.kind() != io::ErrorKind::NotFound || program.as_bytes().contains(&b'/') {
        return None;
    }
    let built = BUILT
        .iter()
        .find(|folder| Path::new(folder).join(program).is_file());
    Some(match built {
        Some(folder) => {
            let program = text::escape(program.as_bytes(), 100);
            format!("; it is not on PATH, but there is {folder}/{program}: `--path {folder}`")
        }
        None => "; it is not on PATH: `--path DIR` adds a folder, such as `--path target/debug`"
            .to_owned(),
    })
}
