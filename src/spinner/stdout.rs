//! Standard output as the book's programs have it: buffered like CPython's, and every write stamped.

use crate::{buffer::Buffer, clock::SpinnerClock, command_line::complain, interrupt::Signals};
use rustix::{
    event::{PollFd, PollFlags, poll},
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

/// What the terminal, or whatever stdout is, was found to be.
pub struct Outlet {
    /// What a recording says of it.
    pub channel: Channel,
    /// Whether its line discipline turns `\n` into `\r\n`.
    onlcr: bool,
}

impl Outlet {
    /// Looks at stdout.
    pub fn find() -> Outlet {
        if !isatty(stdout()) {
            return Outlet {
                channel: Channel::Pipe,
                onlcr: false,
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
        }
    }

    fn is_terminal(&self) -> bool {
        matches!(self.channel, Channel::Pty { .. })
    }

    /// What is received of what is written.
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

/// Standard output, shared by all who write to it. It ends the program when it cannot be written to.
#[derive(Clone)]
pub struct Stdout(Arc<Mutex<Inner>>);

struct Inner {
    buffer: Buffer,
    writer: Writer,
}

/// What stands at the writes.
struct Writer {
    clock: SpinnerClock,
    outlet: Outlet,
    signals: Signals,
    recording: Option<(Recorder, Destination)>,
}

impl Stdout {
    /// An empty one, whose writes are stamped by `clock` and taken down if there is a recorder.
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

    /// A panic of one party must not keep the other from its end.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The terminal's width now; `None` where there is no terminal or it does not know.
    pub fn columns(&self) -> Option<u16> {
        if !self.inner().writer.outlet.is_terminal() {
            return None;
        }
        tcgetwinsize(stdout())
            .ok()
            .map(|size| size.ws_col)
            .filter(|columns| *columns > 0)
    }

    /// Takes text in; a line end lets it out on a terminal.
    pub fn write(&self, text: &str) {
        let inner = &mut *self.inner();
        inner
            .buffer
            .write(text, &mut |bytes| inner.writer.write(bytes));
    }

    /// Lets out all that waits.
    pub fn flush(&self) {
        let inner = &mut *self.inner();
        inner.buffer.flush(&mut |bytes| inner.writer.write(bytes));
    }

    /// Takes in two words and the end of a line.
    pub fn print(&self, first: &str, second: &str) {
        for text in [first, " ", second, "\n"] {
            self.write(text);
        }
    }

    /// Wipes what the terminal echoed of the interrupt key behind the erased status.
    pub fn wipe_echo(&self) {
        if self.inner().writer.outlet.is_terminal() {
            // One text, as two would be two writes: a carriage return lets a terminal's text out.
            self.write("\r\x1b[K");
        }
    }

    /// Takes down what happened besides writes.
    pub fn record(&self, kind: EventKind) {
        self.inner().writer.record(kind);
    }

    /// Lets out all that waits, completes the recording, and ends the program.
    pub fn end(&self, end: End) -> ! {
        self.flush();
        self.inner().writer.end(end)
    }
}

impl Writer {
    /// Writes all of `bytes`, stamping each write(2).
    fn write(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            self.wait();
            let at = self.clock.now();
            let now = &bytes[..bytes.len().min(self.most())];
            match self.signals.cutting_short(|| write(stdout(), now)) {
                Ok(written) => {
                    if let Some((recorder, _)) = &mut self.recording {
                        recorder.record(
                            at,
                            EventKind::Output(self.outlet.received(&bytes[..written])),
                        );
                    }
                    bytes = &bytes[written..];
                }
                Err(Errno::INTR | Errno::AGAIN) => {}
                Err(Errno::PIPE) => self.end(End::Killed(Signal::PIPE)),
                Err(Errno::IO) if self.outlet.is_terminal() => {
                    // The terminal has gone. Its hangup may not have arrived yet.
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

    /// How many bytes to write at once: all, unless a signal has come, as no other may cut the write short. Then as many as
    /// fit where poll(2) has found room: a page of a pipe, and the least step in which Linux fills a terminal's buffer.
    fn most(&self) -> usize {
        match (self.signals.arrived(), self.outlet.is_terminal()) {
            (None, _) => usize::MAX,
            (Some(_), true) => 256,
            (Some(_), false) => rustix::pipe::PIPE_BUF,
        }
    }

    /// Waits until stdout takes something. Who reads it may have stopped doing so: a signal then ends the program, as
    /// there is no way to wipe the line.
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

/// Ends the process: by leaving, or by the signal's own default action, so that a shell sees a death by signal.
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
