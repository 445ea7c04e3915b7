//! Keeps what is recorded: in a file that grows, or printed at the end; and where neither can be, somewhere else.

use super::shown;
use super::so_far::SoFar;
use crate::{command_line::tell, output, signals};
use signal_hook::{consts::SIGPIPE, low_level::emulate_default_handler};
use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    num::NonZeroU32,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use stroboscope::{
    check::{self, Case},
    file::Destination,
    recording::{Clock, End, Header, Outline, Recording, StopReason},
    session::{Session, SessionError},
    unfinished::{self, Abandoned, Unfinished},
};

/// What needs not be told when a recording is done.
pub struct Known {
    /// Masks of the folder: they may match nothing.
    pub masks: Vec<String>,
    /// Secrets that the script sends.
    pub secrets: Vec<String>,
}

/// Records into a regular file. The transcript grows beside it, and stays there if the run is interrupted.
pub fn in_file(
    session: &Session,
    runs: NonZeroU32,
    (output, destination): (&Path, &Destination),
    known: &Known,
    explained: impl Fn(&SessionError) -> String,
) -> Result<(), Box<dyn Error>> {
    let recover = format!(
        "`strobe recover {}` makes a transcript of it",
        shown(output)
    );
    if unfinished::is_lost(destination) {
        tell(
            "strobe: an earlier recording was killed and is lost: where there are masks, it is on the disk at the end only",
        );
    }
    for left in unfinished::left(destination) {
        tell(&format!(
            "strobe: an earlier recording was interrupted, and is in {left}: {recover}"
        ));
    }
    let cannot_write = |error| format!("cannot write {destination}: {error}");
    let (unfinished, events) = Unfinished::begin(destination).map_err(cannot_write)?;
    let name = unfinished.name();
    let so_far = format!("the recording so far is in `{name}`: {recover}");
    let started = Instant::now();
    match session.proved_to(runs, events) {
        Ok(outline) => {
            let took = started.elapsed();
            let finished = unfinished.finish(&outline);
            finished.map_err(|error| {
                let error = cannot_write(error);
                // Nothing may have been written.
                if unfinished::left(destination).is_empty() {
                    error
                } else {
                    format!("{error}\n{so_far}")
                }
            })?;
            remove_pending(output);
            tell(&summary(&outline, took, destination, known));
            Ok(())
        }
        Err(SessionError::Step(failed)) => {
            let destination =
                beside(output).map_err(|error| format!("{failed}\n{error}\n{so_far}"))?;
            let finished = unfinished.finish_as(failed.outline(), &destination);
            finished.map_err(|error| {
                format!("{failed}\ncannot write {destination}: {error}\n{so_far}")
            })?;
            Err(format!("{failed}\nthe recording so far is in {destination}").into())
        }
        Err(error @ (SessionError::NoVirtualTime(_) | SessionError::Unsupported { .. })) => {
            unfinished.remove();
            Err(explained(&error).into())
        }
        Err(error) => {
            let Abandoned { is_kept, failed } = unfinished.abandon();
            if matches!(error, SessionError::Cancelled) {
                if is_kept {
                    tell(&format!("strobe: {so_far}"));
                }
                signals::obey();
            }
            let rest = if is_kept {
                format!("\n{so_far}")
            } else {
                String::new()
            };
            let what = failed.map_or_else(|| explained(&error), cannot_write);
            Err(format!("{what}{rest}").into())
        }
    }
}

/// Records, and prints the transcript when the run is over: on standard output, or to a device.
pub fn at_the_end(
    session: &Session,
    runs: NonZeroU32,
    device: Option<&Destination>,
    known: &Known,
    explained: impl Fn(&SessionError) -> String,
) -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let so_far = SoFar::default();
    let recording = match session.proved_to(runs, Box::new(so_far.clone())) {
        Err(SessionError::Cancelled) => {
            tell_interrupted(&so_far, device);
            signals::obey();
            return Err(SessionError::Cancelled.into());
        }
        Err(SessionError::Step(failed)) => {
            let put = put_out(&so_far.whole(failed.outline())?, device);
            put.map_err(|unwritten| format!("{failed}\n{}", unwritten.what))?;
            return Err(failed.to_string().into());
        }
        outline => so_far.whole(&outline.map_err(|error| explained(&error))?)?,
    };
    let took = started.elapsed();
    let Some(device) = device else {
        signals::release();
        let (_, end) = recording.end();
        if matches!(end, End::Stopped(_)) {
            tell(&format!(
                "strobe: {end}{}",
                why_stopped(end, recording.header())
            ));
        }
        for wait in recording.waits() {
            tell(&format!("strobe: waits: {wait}"));
        }
        for step in recording.not_done() {
            tell(&format!("strobe: not all of the script was done: {step}"));
        }
        for mask in idle_masks(&recording.outline(), known) {
            tell(&format!("strobe: the mask `{mask}` matches nothing"));
        }
        for secret in typed_secrets(&recording.outline(), known) {
            tell(&hidden(secret));
        }
        return put_out(&recording, None).map_err(|unwritten| {
            if unwritten.reader_has_gone {
                // Strobe dies as others do, but says where the recording is.
                tell(&format!("strobe: {}", unwritten.what));
                let _ = emulate_default_handler(SIGPIPE);
            }
            unwritten.what.into()
        });
    };
    put_out(&recording, Some(device)).map_err(|unwritten| unwritten.what)?;
    tell(&summary(&recording.outline(), took, device, known));
    Ok(())
}

/// Puts out what there is of a run that a signal has ended.
fn tell_interrupted(so_far: &SoFar, device: Option<&Destination>) {
    let Some(recording) = so_far.interrupted() else {
        return;
    };
    tell(&format!(
        "strobe: {} ended the recording: this is what there is of it",
        signals::latest()
    ));
    // Nobody may read it.
    signals::end_at_the_next();
    if let Err(unwritten) = put_out(&recording, device) {
        tell(&format!("strobe: {}", unwritten.what));
    }
}

/// Why a recording could not be put out.
struct Unwritten {
    /// What is wrong, and where the recording is.
    what: String,
    /// Whoever read standard output wants no more of it.
    reader_has_gone: bool,
}

/// Puts out a recording that was kept in memory, on a device or on standard output.
fn put_out(recording: &Recording, device: Option<&Destination>) -> Result<(), Unwritten> {
    let (put, to) = if let Some(device) = device {
        let put = device.write_with(|file| write!(file, "{recording}"));
        (put, format!("cannot write {device}"))
    } else {
        let put = output::write(recording.to_string().as_bytes());
        (put, "cannot write to standard output".to_owned())
    };
    put.map_err(|error| {
        let is_pipe = error.kind() == io::ErrorKind::BrokenPipe;
        let reader_has_gone = device.is_none() && is_pipe;
        let what = if reader_has_gone {
            "the reader of standard output has gone".to_owned()
        } else {
            format!("{to}: {error}")
        };
        Unwritten {
            what: rescued(recording, &what),
            reader_has_gone,
        }
    })
}

/// Removes what an earlier check has left of the transcript that is replaced. A file of that name that is something else stays.
fn remove_pending(transcript: &Path) {
    let pending = check::pending_path(transcript);
    let is_transcript = transcript.extension().is_some_and(|end| end == "strobe");
    if is_transcript && Case::read(&pending).is_ok() {
        // If it stays, a review says that it is older.
        let _ = fs::remove_file(pending);
    }
}

/// Keeps a recording that could not be written, in the folder for temporary files or in this one. Returns what is wrong,
/// and where the recording is.
fn rescued(recording: &Recording, what: &str) -> String {
    let text = recording.to_string();
    let folders = [env::temp_dir(), PathBuf::from(".")];
    let kept = folders.iter().find_map(|folder| keep(&text, folder).ok());
    match kept {
        Some(path) => format!("{what}; the recording is in `{}`", shown(&path)),
        None => format!("{what}; the recording could not be kept elsewhere either"),
    }
}

fn keep(text: &str, folder: &Path) -> io::Result<PathBuf> {
    let mut file = tempfile::Builder::new()
        .prefix("strobe-recording-")
        .suffix(".strobe")
        .tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file.keep()?.1)
}

/// Where the recording of a run goes whose script failed. A transcript that is there already, and may be the script itself,
/// stays.
fn beside(output: &Path) -> Result<Destination, String> {
    let mut name = output.to_owned().into_os_string();
    name.push(".failed");
    let path = PathBuf::from(name);
    Destination::new(&path).map_err(|error| format!("cannot write `{}`: {error}", shown(&path)))
}

/// What was recorded. In virtual time it says both how long the program took and how long that took.
fn summary(outline: &Outline, took: Duration, destination: &Destination, known: &Known) -> String {
    let (at, end) = outline.end();
    let at = at.as_secs_f64();
    let events = match outline.events() {
        1 => "1 event".to_owned(),
        events => format!("{events} events"),
    };
    let mut text = match outline.header().clock {
        Some(Clock::Virtual { .. }) => format!(
            "strobe: recorded {events}, {at:.3} s in {:.3} s, to {destination}: {end}",
            took.as_secs_f64()
        ),
        _ => format!("strobe: recorded {events} in {at:.3} s to {destination}: {end}"),
    };
    text += why_stopped(end, outline.header());
    for wait in outline.waits() {
        let _ = write!(text, "\nstrobe: waits: {wait}");
    }
    for step in outline.not_done() {
        let _ = write!(text, "\nstrobe: not all of the script was done: {step}");
    }
    for question in outline.unanswered() {
        let _ = write!(
            text,
            "\nstrobe: the program waited for an answer of its terminal: {question}"
        );
    }
    for mask in idle_masks(outline, known) {
        let _ = write!(text, "\nstrobe: the mask `{mask}` matches nothing");
    }
    for secret in typed_secrets(outline, known) {
        let _ = write!(text, "\n{}", hidden(secret));
    }
    for reason in &outline.header().varies {
        let _ = write!(text, "\nstrobe: another run may differ: {reason}");
    }
    text
}

/// Why a run did not end by itself, and what helps; empty if it did.
fn why_stopped(end: End, header: &Header) -> &'static str {
    let is_virtual = matches!(header.clock, Some(Clock::Virtual { .. }));
    match end {
        End::Stopped(StopReason::Limit) if is_virtual => {
            " (it had not ended by itself: `--virtual-limit 10s` ends it at the same instant in every run)"
        }
        End::Stopped(StopReason::Waits) => {
            " (every thread waited, with no input to come: `--script` types, and with `--clock real` you can)"
        }
        End::Stopped(StopReason::OutputLimit) => {
            " (it wrote more than is kept; `--output-limit` allows more)"
        }
        End::Stopped(_) => " (it had not ended by itself)",
        _ => "",
    }
}

/// The masks that match nothing, and were asked for.
fn idle_masks(outline: &Outline, known: &Known) -> Vec<String> {
    let idle = outline.idle_masks().map(|mask| mask.name().to_owned());
    idle.filter(|name| !known.masks.contains(name)).collect()
}

/// The secrets that a person has typed.
fn typed_secrets<'a>(outline: &'a Outline, known: &'a Known) -> impl Iterator<Item = &'a str> {
    let secrets = outline.secrets();
    secrets.filter(|name| known.secrets.iter().all(|known| known != name))
}

/// What became of a secret that a person has typed.
fn hidden(name: &str) -> String {
    format!(
        "strobe: what was typed without an echo is not in the transcript, which sends the secret `{name}`: a run takes it from \
         the environment variable `{name}`"
    )
}
