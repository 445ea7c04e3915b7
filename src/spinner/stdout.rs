//! Standard output as in the book's programs: buffered like CPython's, with an instant for every write.

use crate::{buffer::Buffer, clock::SpinnerClock, command_line::complain, interrupt::Signals};
use rustix::{
    event::{PollFd, PollFlags, poll},
    fs::{FileType, fstat},
    io::{Errno, write},
    stdio::stdout,
    termios::{OutputModes, isatty, tcgetattr, tcgetwinsize},
};
use std::{
    process::exit,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use stroboscope::{
    file::Destination,
    recording::{Channel, End, EventKind, Recorder, Signal},
};

/// What stdout was found to be: a terminal, or something else.
pub struct Outlet {
    /// The channel in a recording.
    pub channel: Channel,
    /// Whether its line discipline turns `\n` into `\r\n`.
    onlcr: bool,
    /// Whether a reader has to take what is written, and may stop reading: a file has none.
    has_reader: bool,
}

impl Outlet {
    /// Examines stdout.
    pub fn find() -> Outlet {
        if !isatty(stdout()) {
            return Outlet {
                channel: Channel::Pipe,
                onlcr: false,
                has_reader: !is_file(),
            };
        }
        let size = tcgetwinsize(stdout()).ok();
        let (columns, rows) = size.map_or((0, 0), |size| (size.ws_col, size.ws_row));
        let term = std::env::var("TERM").unwrap_or_else(|_| "dumb".to_owned());
        let modes =
            tcgetattr(stdout()).map_or(OutputModes::empty(), |termios| termios.output_modes);
        Outlet {
            channel: Channel::Pty {
                columns,
                rows,
                term,
            },
            onlcr: modes.contains(OutputModes::OPOST | OutputModes::ONLCR),
            has_reader: true,
        }
    }

    fn is_terminal(&self) -> bool {
        matches!(self.channel, Channel::Pty { .. })
    }

    /// What arrives on the other side for these bytes.
    fn received(&self, bytes: &[u8]) -> Vec<u8> {
        if !self.onlcr {
            return bytes.to_vec();
        }
        let mut received = Vec::with_capacity(bytes.len() + 2);
        for byte in bytes {
            received.extend_from_slice(if *byte == b'\n' {
                b"\r\n"
            } else {
                std::slice::from_ref(byte)
            });
        }
        received
    }
}

/// Standard output, shared by all writers. It ends the program if writing fails.
#[derive(Clone)]
pub struct Stdout(Arc<Mutex<Inner>>);

struct Inner {
    buffer: Buffer,
    writer: Writer,
}

/// Makes the writes.
struct Writer {
    clock: SpinnerClock,
    outlet: Outlet,
    signals: Signals,
    recording: Option<(Recorder, Destination)>,
}

impl Stdout {
    /// An empty buffer, whose writes get their instants from `clock` and are recorded if there is a recorder.
    pub fn new(
        clock: SpinnerClock,
        outlet: Outlet,
        signals: Signals,
        recording: Option<(Recorder, Destination)>,
    ) -> Stdout {
        let buffer = Buffer::new(outlet.is_terminal());
        Stdout(Arc::new(Mutex::new(Inner {
            buffer,
            writer: Writer {
                clock,
                outlet,
                signals,
                recording,
            },
        })))
    }

    /// The panic of one writer must not keep the other from ending.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The terminal's current width; `None` if there is no terminal or it does not know its width.
    pub fn columns(&self) -> Option<u16> {
        if !self.inner().writer.outlet.is_terminal() {
            return None;
        }
        tcgetwinsize(stdout())
            .ok()
            .map(|size| size.ws_col)
            .filter(|columns| *columns > 0)
    }

    /// Buffers text; on a terminal, a line end flushes it.
    pub fn write(&self, text: &str) {
        let inner = &mut *self.inner();
        inner
            .buffer
            .write(text, &mut |bytes| inner.writer.write(bytes));
    }

    /// Flushes the buffer.
    pub fn flush(&self) {
        let inner = &mut *self.inner();
        inner.buffer.flush(&mut |bytes| inner.writer.write(bytes));
        inner.writer.signals.notice();
    }

    /// Prints two words and a line end.
    pub fn print(&self, first: &str, second: &str) {
        for text in [first, " ", second, "\n"] {
            self.write(text);
        }
    }

    /// Erases the terminal's echo of the interrupt key after the erased status.
    pub fn wipe_echo(&self) {
        if self.inner().writer.outlet.is_terminal() {
            // One text, as two would be two writes: a carriage return flushes the text on a terminal.
            self.write("\r\x1b[K");
        }
    }

    /// Records an event that is not a write.
    pub fn record(&self, kind: EventKind) {
        self.inner().writer.record(kind);
    }

    /// Flushes the buffer, completes the recording, and ends the program.
    pub fn end(&self, end: End) -> ! {
        self.flush();
        self.inner().writer.end(end)
    }
}

impl Writer {
    /// Writes all of `bytes`, with an instant for each write(2).
    fn write(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.outlet.has_reader {
                self.wait();
            }
            // The clock is read for the recording alone.
            let at = self.recording.as_ref().map(|_| self.clock.now());
            let now = &bytes[..bytes.len().min(self.most())];
            match self.signals.cutting_short(|| write(stdout(), now)) {
                Ok(written) => {
                    if let (Some((recorder, _)), Some(at)) = (&mut self.recording, at) {
                        recorder.record(
                            at,
                            EventKind::Output(self.outlet.received(&bytes[..written])),
                        );
                    }
                    bytes = &bytes[written..];
                }
                Err(Errno::INTR) => {}
                // A device without a reader may say so, too.
                Err(Errno::AGAIN) => self.wait(),
                Err(Errno::PIPE) => self.end(End::Killed(Signal::PIPE)),
                Err(Errno::IO) if self.outlet.is_terminal() => {
                    // The terminal is gone. Its SIGHUP may not have arrived yet.
                    let signal = self.signals.arrived().unwrap_or(Signal::HUP);
                    self.end(End::Killed(signal));
                }
                Err(error) => {
                    complain(
                        "spinner",
                        &format!("cannot write to standard output: {error}"),
                    );
                    self.end(End::Exit(1));
                }
            }
        }
    }

    /// How many bytes to write at once: all, unless a signal has come, as no other signal may interrupt the write. Then
    /// as many as fit when poll(2) reports space: a page of a pipe, and the least step in which Linux fills a
    /// terminal's buffer.
    fn most(&self) -> usize {
        match (self.signals.arrived(), self.outlet.is_terminal()) {
            (None, _) => usize::MAX,
            (Some(_), true) => 256,
            (Some(_), false) => rustix::pipe::PIPE_BUF,
        }
    }

    /// Waits until stdout accepts something. Its reader may have stopped reading: a signal then ends the program, as
    /// there is no way to erase the line.
    fn wait(&mut self) {
        let signals = self.signals.clone();
        let out = stdout();
        let mut fds = [
            PollFd::new(&out, PollFlags::OUT),
            PollFd::from_borrowed_fd(signals.fd(), PollFlags::IN),
        ];
        while let Err(Errno::INTR) = poll(&mut fds, None) {}
        if let (true, Some(signal)) = (fds[0].revents().is_empty(), signals.arrived()) {
            self.end(End::Killed(signal));
        }
    }

    fn record(&mut self, kind: EventKind) {
        let at = self.clock.now();
        if let Some((recorder, _)) = &mut self.recording {
            recorder.record(at, kind);
        }
    }

    fn end(&mut self, end: End) -> ! {
        let at = self.clock.now();
        if let Some((recorder, destination)) = self.recording.take() {
            let recording = recorder.finish(at, end).map_err(std::io::Error::other);
            if let Err(error) =
                recording.and_then(|recording| destination.write(recording.to_string().as_bytes()))
            {
                complain(
                    "spinner",
                    &format!("cannot write the recording to {destination}: {error}"),
                );
                leave(if end == End::Exit(0) {
                    End::Exit(1)
                } else {
                    end
                });
            }
        }
        leave(end)
    }
}

/// Whether stdout is a regular file or a device, such as `/dev/null`, and not a terminal.
fn is_file() -> bool {
    let kind = fstat(stdout()).map(|status| FileType::from_raw_mode(status.st_mode));
    matches!(
        kind,
        Ok(FileType::RegularFile | FileType::CharacterDevice | FileType::BlockDevice)
    )
}

/// Ends the process: by exiting, or by the signal's own default action, so that a shell sees a death by signal.
fn leave(end: End) -> ! {
    match end {
        End::Exit(status) => exit(status.into()),
        End::Killed(signal) => {
            let number = signal.number();
            let _ = signal_hook::low_level::emulate_default_handler(number);
            exit(128 + number)
        }
        _ => unreachable!("the spinner stops nobody"),
    }
}
