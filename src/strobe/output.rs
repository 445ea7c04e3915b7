//! Standard output.

use std::{
    error::Error,
    io::{self, Write, stdout},
};

/// Prints to standard output. A reader that has gone away is not an error: strobe dies by SIGPIPE, as others do.
pub fn print(bytes: &[u8]) -> Result<(), Box<dyn Error>> {
    let mut stdout = stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            let _ = signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGPIPE);
            Err(error.into())
        }
        Err(error) => Err(format!("cannot write to standard output: {error}").into()),
    }
}
