//! The person's terminal while `play` or `review` has it: raw, on its alternate screen, and restored on every exit.

use crate::signals;
pub use keys::Key;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    process::{Signal, getpid, kill_process},
    stdio::{stdin, stdout},
    termios::{OptionalActions, Termios, isatty, tcgetattr, tcgetwinsize, tcsetattr},
};
use std::{
    io::{self, Write},
    os::fd::OwnedFd,
    panic,
    sync::{Arc, Mutex, Once, PoisonError},
    time::{Duration, Instant},
};

mod keys;

/// How long the rest of a key's bytes is waited for: a lone ESC is the key Escape.
const REST_OF_A_KEY: Duration = Duration::from_millis(50);

/// Enters the alternate screen, hides the cursor, and does not wrap.
const ENTER: &str = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE: &str = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";

/// Whether a panic restores the terminal.
static HOOK: Once = Once::new();
/// The settings to restore while a terminal is taken over.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// A terminal that is taken over until this is dropped. A panic restores it before it says anything.
pub struct Tty {
    resized: Arc<OwnedFd>,
    ended: Arc<OwnedFd>,
    /// Bytes of keys that are not decoded yet.
    typed: Vec<u8>,
    /// What the rows of the screen show.
    drawn: Vec<String>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    Key(Key),
    /// The terminal may have another size.
    Resized,
    /// Nothing happened in the time.
    Nothing,
    /// A signal asks strobe to end, or the terminal has gone.
    End,
}

/// Whether there is a person: both ends are a terminal.
pub fn is_there() -> bool {
    isatty(stdin()) && isatty(stdout())
}

/// The size of the terminal in columns and rows.
pub fn size() -> (usize, usize) {
    let size = tcgetwinsize(stdout()).map(|size| (size.ws_col, size.ws_row));
    let (columns, rows) = size.unwrap_or_default();
    let known = |size: u16, usual: usize| if size == 0 { usual } else { size.into() };
    (known(columns, 80), known(rows, 24))
}

impl Tty {
    /// Takes over the terminal.
    pub fn open() -> io::Result<Tty> {
        let (ended, resized) = (signals::listen()?, signals::resized()?);
        HOOK.call_once(|| {
            let usual = panic::take_hook();
            panic::set_hook(Box::new(move |panic| {
                restore();
                usual(panic);
            }));
        });
        take_over()?;
        Ok(Tty {
            resized,
            ended,
            typed: Vec::new(),
            drawn: Vec::new(),
        })
    }

    /// Shows these rows, from the top; each may have colors and is no wider than the terminal. What is shown already is not
    /// written again.
    pub fn draw(&mut self, rows: Vec<String>) -> io::Result<()> {
        let mut bytes = String::new();
        for (index, row) in rows.iter().enumerate() {
            if self.drawn.get(index) != Some(row) {
                // Erased before: after a full row that would erase its last column.
                bytes += &format!("\x1b[{};1H\x1b[0m\x1b[K{row}\x1b[0m", index + 1);
            }
        }
        if self.drawn.len() > rows.len() {
            bytes += &format!("\x1b[{};1H\x1b[J", rows.len() + 1);
        }
        self.drawn = rows;
        if bytes.is_empty() {
            return Ok(());
        }
        // Terminals that do not know synchronized output show it as it comes.
        write(&format!("\x1b[?2026h{bytes}\x1b[?2026l"))
    }

    /// What happens next, within a time if there is one.
    pub fn next(&mut self, within: Option<Duration>) -> io::Result<Input> {
        let deadline = within.and_then(|within| Instant::now().checked_add(within));
        loop {
            match keys::decode(&self.typed) {
                Some((key, length)) => {
                    self.typed.drain(..length);
                    if let Some(key) = key {
                        return self.taken(key);
                    }
                    continue;
                }
                None if self.typed.is_empty() => {}
                None => {
                    let end = Instant::now().checked_add(REST_OF_A_KEY);
                    if self.wait(end)? == Some(Input::Nothing) {
                        let key = keys::unfinished(&self.typed);
                        self.typed.clear();
                        if let Some(key) = key {
                            return self.taken(key);
                        }
                    }
                    continue;
                }
            }
            if let Some(input) = self.wait(deadline)? {
                return Ok(input);
            }
        }
    }

    /// Waits until something happens; `None` if something was typed.
    fn wait(&mut self, deadline: Option<Instant>) -> io::Result<Option<Input>> {
        let (ended, resized) = (Arc::clone(&self.ended), Arc::clone(&self.resized));
        let mut waited = [
            PollFd::new(&*ended, PollFlags::IN),
            PollFd::from_borrowed_fd(stdin(), PollFlags::IN),
            PollFd::new(&*resized, PollFlags::IN),
        ];
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let left = left.and_then(|left| Timespec::try_from(left).ok());
        match poll(&mut waited, left.as_ref()) {
            Ok(0) => return Ok(Some(Input::Nothing)),
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let [has_ended, has_typed, has_resized] = waited.map(|fd| !fd.revents().is_empty());
        if has_ended || signals::asked_to_end() {
            return Ok(Some(Input::End));
        }
        if has_typed {
            let mut bytes = [0; 4096];
            return match rustix::io::read(stdin(), &mut bytes) {
                Ok(0) | Err(Errno::IO) => Ok(Some(Input::End)),
                Ok(length) => {
                    self.typed.extend_from_slice(&bytes[..length]);
                    Ok(None)
                }
                Err(Errno::INTR | Errno::AGAIN) => Ok(None),
                Err(error) => Err(error.into()),
            };
        }
        if has_resized {
            let mut signals = [0; 64];
            while matches!(rustix::io::read(&*resized, &mut signals), Ok(1..)) {}
            self.drawn.clear();
            write("\x1b[2J")?;
            return Ok(Some(Input::Resized));
        }
        Ok(None)
    }

    /// A key; Ctrl-Z suspends strobe, as it would without raw mode.
    fn taken(&mut self, key: Key) -> io::Result<Input> {
        if key != Key::Control('z') {
            return Ok(Input::Key(key));
        }
        restore();
        kill_process(getpid(), Signal::TSTP)?;
        take_over()?;
        self.drawn.clear();
        Ok(Input::Resized)
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        restore();
    }
}

fn take_over() -> io::Result<()> {
    let before = tcgetattr(stdin())?;
    let mut raw = before.clone();
    raw.make_raw();
    *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = Some(before);
    tcsetattr(stdin(), OptionalActions::Now, &raw)?;
    write(ENTER).inspect_err(|_| restore())
}

/// Restores the terminal, once.
fn restore() {
    let before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(before) = before {
        let _ = write(LEAVE);
        let _ = tcsetattr(stdin(), OptionalActions::Flush, &before);
    }
}

fn write(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

#[cfg(test)]
mod tests {
    use super::{ENTER, LEAVE, Tty};
    use std::env;
    use stroboscope::Session;

    #[test]
    #[ignore = "it panics: the test below runs it, on a terminal"]
    fn panics_while_it_has_the_terminal() {
        let _tty = Tty::open().unwrap();
        panic!("out of order");
    }

    #[test]
    fn a_panic_restores_the_terminal_before_it_says_anything() {
        let test = env::current_exe().unwrap();
        let name = "tty::tests::panics_while_it_has_the_terminal";
        let session = Session::new(test).args(["--ignored", "--exact", "--nocapture", name]);
        let recording = session.real_time().run().unwrap();
        let output = String::from_utf8(recording.output()).unwrap();
        let (_, after) = output
            .split_once(ENTER)
            .unwrap_or_else(|| panic!("{output}"));
        let (before, after) = after
            .split_once(LEAVE)
            .unwrap_or_else(|| panic!("{output}"));
        assert!(
            !before.contains("out of order") && after.contains("out of order"),
            "{output}"
        );
        // Once, not again when the terminal is dropped.
        assert!(!after.contains(LEAVE), "{output}");
    }
}
