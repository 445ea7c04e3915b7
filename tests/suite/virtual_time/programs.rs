//! Small C programs that virtual time is tried on: `tests/programs/NAME.c`, each compiled once.

use crate::bounded::Run;
use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, OnceLock, PoisonError},
};
use stroboscope::session::Session;

/// The compiled program of this name.
#[track_caller]
pub fn c_program(name: &str) -> PathBuf {
    static COMPILED: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(program) = compiled.get(name) {
        return program.clone();
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/programs/{name}.c"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let program = folder.join(name);
    // The suite is newer than the program where the compiler's options may be others.
    let headers = [format!("{name}_objects.h"), "connection.h".to_owned()];
    let headers = headers.map(|header| source.with_file_name(header));
    let is_newest = [source.clone(), env::current_exe().unwrap()]
        .iter()
        .chain(&headers)
        .all(|file| !file.exists() || is_newer(&program, file));
    if is_newest {
        compiled.insert(name.to_owned(), program.clone());
        return program;
    }
    // Another test process may be running the program under its final name.
    let unfinished = folder.join(format!("{name}.{}", std::process::id()));
    let cc = Command::new("cc")
        .args(["-O1", "-pthread", "-o"])
        .args([&unfinished, &source])
        .arg("-lrt")
        .run_tool();
    let errors = String::from_utf8_lossy(&cc.stderr);
    assert!(cc.status.success(), "{name}.c: {errors}");
    fs::rename(&unfinished, &program).unwrap();
    compiled.insert(name.to_owned(), program.clone());
    program
}

fn is_newer(one: &Path, other: &Path) -> bool {
    let modified = |path: &Path| path.metadata().and_then(|file| file.modified());
    modified(one).is_ok_and(|one| one > modified(other).unwrap())
}

/// A run of the compiled program of this name.
#[track_caller]
pub fn c_session(name: &str) -> Session {
    Session::new(c_program(name))
}

/// A folder for what programs of this test process share with each other, and with nobody else: another one may use the same target
/// folder at the same time, and process ids are the same in every PID namespace.
pub fn own_folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let name = format!("own-{}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder).unwrap();
        folder
    })
}
