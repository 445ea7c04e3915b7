//! `strobe record`: runs a program and takes it down.

use crate::{cli::duration, clock_args::ClockArgs, signals};
use clap::{Args, ValueEnum};
use rustix::{
    stdio::{stdin, stdout},
    termios::isatty,
};
use std::{
    error::Error,
    ffi::OsString,
    fmt::Write as _,
    fs,
    io::Write as _,
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};
use stroboscope::{
    command_line::tell,
    file::Destination,
    recording::{Channel, Clock, End, Recording, StopReason},
    script::Script,
    session::{DEFAULT_LIMIT, Live, Session, SessionError},
    text, transcript,
};

const TERM: &str = "xterm-256color";
const SIZE: (u16, u16) = (80, 24);

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  strobe record -o hello.strobe -- my-cli build
  strobe record --send '0.5s:\\x03' -- my-cli watch        interrupt it after half a second
  strobe record --script answers -- my-cli init            where `answers` holds lines such as
                                                           after \"Name? \" send \"Ada\\r\"

On pipes the input that is sent to stays open until a script says `eof`.

In real time, on a terminal with -o, you see the program and can type to it; what you type is
recorded.

In virtual time nothing is waited for: sleeps and time-outs end at once, each at its own instant.
The program is run twice to find out whether it writes the same; if it does not, the recording says
`varies`, and is compared by what is left to see. What virtual time cannot do:
- Work of the processor takes none of it: a spinner beside a computation shows one frame.
- The outside world, such as the network, has none: while the program waits for it real time passes,
  and the recording says `varies`.
- A parallel program runs one thread at a time.
- /proc/uptime, the times of files and process numbers stay real.
- It needs Linux on x86_64, where programs may be traced; elsewhere there is `--clock real`.")]
pub struct RecordArgs {
    /// Write the transcript to this file, replacing it in one step; without it, to standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// What the program runs on
    #[arg(long, value_enum, default_value_t = On::Pty)]
    channel: On,
    /// The terminal's size [default: 80x24, or your terminal's own where you see the program]
    #[arg(long, value_name = "COLUMNSxROWS", value_parser = size)]
    size: Option<(u16, u16)>,
    /// The terminal's type, as in TERM
    #[arg(long, value_name = "TERM", default_value = TERM)]
    term: String,
    /// Set a variable of the otherwise clean environment
    #[arg(long, value_name = "NAME=VALUE", value_parser = variable)]
    env: Vec<(String, String)>,
    /// Put a folder in front of PATH
    #[arg(long, value_name = "DIR")]
    path: Vec<PathBuf>,
    /// Run in this folder
    #[arg(long, value_name = "DIR")]
    cwd: Option<PathBuf>,
    /// Do to the program what this file's lines say
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// Send this at an instant, with escapes as in a transcript
    #[arg(long, value_name = "INSTANT:TEXT", value_parser = send, conflicts_with = "script")]
    send: Vec<(Duration, Vec<u8>)>,
    /// End the program after this much real time [default: 30s, or never where you see the program]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    limit: Option<Duration>,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
    #[command(flatten)]
    time: ClockArgs,
}

/// What a program runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum On {
    /// A terminal
    Pty,
    /// Pipes, one for stdout and one for stderr
    Pipe,
}

/// Records a program.
pub fn run(options: &RecordArgs) -> Result<ExitCode, Box<dyn Error>> {
    let virtual_time = options.time.virtual_time()?;
    let destination = match &options.output {
        None => None,
        Some(path) => Some(
            Destination::new(path)
                .map_err(|error| format!("cannot write `{}`: {error}", shown(path)))?,
        ),
    };
    let cancel = signals::listen()?;
    let live = match options.channel {
        On::Pty
            if virtual_time.is_none()
                && destination.is_some()
                && isatty(stdin())
                && isatty(stdout()) =>
        {
            Some(Live::new(stdin(), stdout(), signals::resized()?)?)
        }
        _ => None,
    };
    let mut session = session(options, live)?.cancelled_by(cancel);
    session = match virtual_time {
        Some(virtual_time) => session.virtual_time(virtual_time),
        None => session.real_time(),
    };
    let started = Instant::now();
    let recording = match session.proved(options.time.runs()) {
        Err(SessionError::Cancelled) => {
            signals::obey();
            return Err(SessionError::Cancelled.into());
        }
        recording => recording.map_err(|error| explained(&error))?,
    };
    let took = started.elapsed();
    match destination {
        None => {
            signals::release();
            for wait in recording.waits() {
                tell(&format!("strobe: waits: {wait}"));
            }
            crate::output::print(recording.to_string().as_bytes())?;
        }
        Some(destination) => {
            let written = destination.write_with(|file| write!(file, "{recording}"));
            written.map_err(|error| format!("cannot write {destination}: {error}"))?;
            tell(&summary(&recording, took, &destination));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What a session says, with the option that helps.
fn explained(error: &SessionError) -> String {
    match error {
        SessionError::NoVirtualTime(_) | SessionError::Unsupported { .. } => {
            format!("{error}; in real time it runs: `--clock real`")
        }
        SessionError::LiveInVirtualTime => format!("{error}: `--clock real`"),
        _ => error.to_string(),
    }
}

fn session(options: &RecordArgs, live: Option<Live>) -> Result<Session, Box<dyn Error>> {
    let (program, arguments) = options.command.split_first().ok_or("there is no command")?;
    let own_size = live.as_ref().and_then(Live::size);
    let (columns, rows) = options.size.or(own_size).unwrap_or(SIZE);
    let channel = match options.channel {
        On::Pty => Channel::Pty {
            columns,
            rows,
            term: options.term.clone(),
        },
        On::Pipe => Channel::Pipe,
    };
    let script = match &options.script {
        None => options
            .send
            .iter()
            .fold(Script::default(), |script, (at, bytes)| {
                script.send_at(*at, bytes.clone())
            }),
        Some(path) => {
            let text =
                fs::read_to_string(path).map_err(|error| format!("{}: {error}", shown(path)))?;
            text.parse::<Script>()
                .map_err(|error| format!("{}: {error}", shown(path)))?
        }
    };
    let limit = options.limit.unwrap_or(if live.is_some() {
        Duration::MAX
    } else {
        DEFAULT_LIMIT
    });
    let mut session = Session::new(program)
        .args(arguments)
        .channel(channel)
        .script(script)
        .timeout(limit);
    for (name, value) in &options.env {
        session = session.env(name, value);
    }
    for folder in &options.path {
        session = session.path(
            folder
                .canonicalize()
                .map_err(|error| format!("{}: {error}", shown(folder)))?,
        );
    }
    if let Some(cwd) = &options.cwd {
        session = session.current_dir(cwd);
    }
    // The transcript's folder; on standard output it is taken for the present one.
    let folder = options
        .output
        .as_deref()
        .and_then(|path| path.parent())
        .filter(|folder| !folder.as_os_str().is_empty());
    session = session.folder(folder.unwrap_or(std::path::Path::new(".")));
    Ok(match live {
        Some(live) => session.live(live),
        None => session,
    })
}

/// What was recorded. In virtual time it says both how long the program took and how long that took.
fn summary(recording: &Recording, took: Duration, destination: &Destination) -> String {
    let (at, end) = recording.end();
    let (events, at) = (recording.events().len(), at.as_secs_f64());
    let mut text = match recording.header().clock {
        Some(Clock::Virtual { .. }) => format!(
            "strobe: recorded {events} events, {at:.3} s in {:.3} s, to {destination}: {end}",
            took.as_secs_f64()
        ),
        _ => format!("strobe: recorded {events} events in {at:.3} s to {destination}: {end}"),
    };
    text += match end {
        End::Stopped(StopReason::Waits) => {
            " (every thread waited, with no input to come: `--script` types, and with `--clock real` you can)"
        }
        End::Stopped(_) => " (it had not ended by itself)",
        _ => "",
    };
    for wait in recording.waits() {
        let _ = write!(text, "\nstrobe: waits: {wait}");
    }
    for reason in &recording.header().varies {
        let _ = write!(text, "\nstrobe: another run may differ: {reason}");
    }
    text
}

fn shown(path: &std::path::Path) -> String {
    text::escape(path.as_os_str().as_encoded_bytes(), 4096)
}

fn size(text: &str) -> Result<(u16, u16), String> {
    let size = text
        .split_once('x')
        .and_then(|(columns, rows)| Some((columns.parse().ok()?, rows.parse().ok()?)));
    size.filter(|(columns, rows)| *columns > 0 && *rows > 0)
        .ok_or_else(|| "it must be COLUMNSxROWS, such as `80x24`".to_owned())
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("it must be NAME=VALUE".to_owned()),
    }
}

/// An instant, a colon, and text with a transcript's escapes.
fn send(text: &str) -> Result<(Duration, Vec<u8>), String> {
    let wanted = || "it must be INSTANT:TEXT, such as `1.25s:\\x03`".to_owned();
    let (at, text) = text.split_once(':').ok_or_else(wanted)?;
    let at = humantime::parse_duration(at).map_err(|_| wanted())?;
    let bytes = transcript::unescape(text).map_err(|reason| format!("in the text: {reason}"))?;
    Ok((at, bytes))
}

#[cfg(test)]
mod tests {
    use super::send;
    use std::time::Duration;

    #[test]
    fn what_is_sent_has_an_instant_and_escapes() {
        assert_eq!(
            send("1.25s:\\x03a:\"b\"\\r"),
            Ok((Duration::from_millis(1250), b"\x03a:\"b\"\r".to_vec()))
        );
        assert_eq!(send("0s:"), Ok((Duration::ZERO, vec![])));
        assert!(send("\\x03").is_err());
        assert_eq!(
            send("1s:\\q").unwrap_err(),
            "in the text: unknown escape: known are \\\\ \\\" \\n \\r \\t \\b \\e \\xnn \\u{…}"
        );
    }
}
