//! Standard output.

use std::{
    error::Error,
    io::{self, Write, stdout},
};

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
    let mut stdout = stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()
}

/// What is wrong with standard output.
pub fn cannot_print(error: &io::Error) -> String {
    format!("cannot write to standard output: {error}")
}
