//! Standard output.

use clap::builder::{PathBufValueParser, TypedValueParser};
use std::{
    error::Error,
    io::{self, Write, stdout},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

/// Whether standard output was closed when strobe began. The standard library opens `/dev/null` in its place before
/// `main`, which takes everything.
static WAS_CLOSED: AtomicBool = AtomicBool::new(false);

/// Called by the loader before the standard library begins.
#[used]
#[cfg_attr(target_os = "linux", unsafe(link_section = ".init_array"))]
#[cfg_attr(target_os = "macos", unsafe(link_section = "__DATA,__mod_init_func"))]
static AT_START: extern "C" fn() = look_at_stdout;

extern "C" fn look_at_stdout() {
    // SAFETY: it asks for the flags of a descriptor, which may be closed.
    let flags = unsafe { libc::fcntl(libc::STDOUT_FILENO, libc::F_GETFD) };
    WAS_CLOSED.store(flags < 0, Relaxed);
}

/// Prints to standard output. A reader that has gone away is not an error: strobe dies by SIGPIPE, as others do.
pub fn print(bytes: &[u8]) -> Result<(), Box<dyn Error>> {
    write(bytes).map_err(|error| {
        if error.kind() == io::ErrorKind::BrokenPipe {
            let _ = signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGPIPE);
        }
        cannot_print(&error).into()
    })
}

/// Writes all of this to standard output.
pub fn write(bytes: &[u8]) -> io::Result<()> {
    if WAS_CLOSED.load(Relaxed) {
        return Err(io::Error::from_raw_os_error(libc::EBADF));
    }
    let mut stdout = stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()
}

/// What is wrong with standard output.
pub fn cannot_print(error: &io::Error) -> String {
    format!("cannot write to standard output: {error}")
}

/// Reads the name of a file that a report goes to.
pub fn report_file() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| {
        if path == Path::new("-") {
            Err("a report goes to a file: name one, or `/dev/stdout`")
        } else {
            Ok(path)
        }
    })
}
