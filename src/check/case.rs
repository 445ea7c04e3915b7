//! A recorded program, to be run again and compared.

use super::{CheckError, CheckOptions, Difference, show};
use crate::{
    comparison::{self, default_level},
    recording::{
        Clock, End, Event, EventKind, Header, Level, Recording, StopReason, is_note_of_run,
        mask_events,
    },
    script::Script,
    session::{self, FailedStep, Session, SessionError},
    text, transcript,
};
use std::{
    ffi::OsString,
    fmt,
    io::{self, Read as _},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// A file with a transcript whose command can be run again.
#[derive(Clone, Debug)]
pub struct Case {
    pub(super) path: PathBuf,
    /// Everything before the transcript, which is kept.
    pub(super) front_matter: String,
    pub(super) recording: Recording,
    /// The `strobe.toml` that completed its header, and the limit that it sets.
    settings: Option<PathBuf>,
    limit: Option<Duration>,
}

impl Case {
    /// Reads a file that must be a case.
    ///
    /// With the feature `libtest` or `cli` its header is completed by the masks and the level that the `strobe.toml` of its
    /// folder sets, where it does not say them itself. What was recorded before there was a mask for it is masked.
    ///
    /// # Errors
    /// A [`CheckError`] that names the file, and where in it something is wrong.
    pub fn read(path: &Path) -> Result<Case, CheckError> {
        Case::read_within(path, None)
    }

    /// Does the same with a transcript whose payload decodes to at most `limit` bytes, or to [what is
    /// usual](transcript::limit_of).
    ///
    /// # Errors
    /// As there.
    pub fn read_within(path: &Path, limit: Option<usize>) -> Result<Case, CheckError> {
        let mut bytes = Vec::new();
        crate::file::open(path)
            .and_then(|mut file| file.read_to_end(&mut bytes))
            .map_err(|error| CheckError::File {
                path: path.to_owned(),
                error,
            })?;
        let text = String::from_utf8(bytes).map_err(|_| CheckError::NotText(path.to_owned()))?;
        let limit = limit.unwrap_or_else(|| transcript::limit_of(&text));
        let recording =
            transcript::parse(&text, limit).map_err(|error| CheckError::Transcript {
                path: path.to_owned(),
                error,
            })?;
        if recording.header().command.is_empty() {
            return Err(CheckError::NoCommand(path.to_owned()));
        }
        let (front_matter, _) = transcript::split_front_matter(&text);
        let case = Case {
            path: path.to_owned(),
            front_matter: front_matter.to_owned(),
            recording,
            settings: None,
            limit: None,
        };
        #[cfg(any(feature = "cli", feature = "libtest"))]
        let case = case.completed()?;
        Ok(case.masked())
    }

    /// Masks what was recorded before there was a mask for it, so that no report shows it.
    fn masked(mut self) -> Case {
        let Recording { header, events } = &mut self.recording;
        mask_events(&header.mask, &[], events);
        self
    }

    #[cfg(any(feature = "cli", feature = "libtest"))]
    fn completed(mut self) -> Result<Case, CheckError> {
        let settings = crate::settings::Settings::of(self.folder());
        let settings = settings.map_err(|error| CheckError::Settings(error.to_string()))?;
        if let Some(settings) = settings {
            self.limit = settings.limit;
            self.recording = settings.completed(self.recording);
            self.settings = Some(settings.path);
        }
        Ok(self)
    }

    /// The `strobe.toml` that completed its header, if there is one.
    #[must_use]
    pub fn settings(&self) -> Option<&Path> {
        self.settings.as_deref()
    }

    fn folder(&self) -> &Path {
        let folder = self.path.parent();
        let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
        folder.unwrap_or(Path::new("."))
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its recording.
    #[must_use]
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// Whether its recording was interrupted, and recovered: no run ends so, and none can be the same.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.recording.end().1 == End::Stopped(StopReason::Interrupted)
    }

    /// The command as the transcript has it: printable text.
    #[must_use]
    pub fn command(&self) -> String {
        transcript::command(self.recording.header())
    }

    /// The variables of the environment that it sets or passes on, each as a word of the transcript: printable text.
    #[must_use]
    pub fn environment(&self) -> Vec<String> {
        let word = |(name, value): &(OsString, OsString)| {
            text::word(&[name.as_bytes(), b"=", value.as_bytes()].concat())
        };
        let header = self.recording.header();
        let passed = header.passed.iter().map(|name| text::word(name.as_bytes()));
        header.env.iter().map(word).chain(passed).collect()
    }

    /// What it does to the program, each as in the transcript but without its instant: printable text.
    #[must_use]
    pub fn input(&self) -> Vec<String> {
        let done = self.recording.events().iter();
        let done = done.filter(|event| event.kind.is_done_to_program());
        done.map(|event| {
            let after = event.after.as_ref().map(|after| format!("{after} "));
            let what = transcript::excerpt(&event.kind, usize::MAX);
            after.unwrap_or_default() + &what
        })
        .collect()
    }

    /// How closely its run must agree.
    #[must_use]
    pub fn level(&self, options: &CheckOptions) -> Level {
        options
            .level
            .unwrap_or_else(|| default_level(&self.recording))
    }

    /// Runs its command again, once, in its folder, with its inputs. The new recording has the old header except for
    /// the clock, and its own reasons why it may vary.
    ///
    /// # Errors
    /// Those of the session; [`SessionError::Step`] is none of [`outcome`](Case::outcome).
    pub fn run(&self, options: &CheckOptions) -> Result<Recording, SessionError> {
        // A case has a command.
        let session =
            Session::again(&self.recording, self.folder()).unwrap_or_else(|| Session::new(""));
        let mut session = session.timeout(self.limit(options));
        if self.keeps_its_own_time() {
            session = session.script(Script::default());
        }
        for folder in &options.path {
            session = session.path(folder);
        }
        if let Some(cancel) = &options.cancel {
            session = session.cancelled_by(Arc::clone(cancel));
        }
        let run = session.run()?;
        self.with_old_header(run.events().to_vec(), run.header())
    }

    /// How much real time the run may take: a run that was ended at its limit is ended there again. In virtual time the
    /// instant of the end does not say that; a virtual limit is in the header, or is the default.
    fn limit(&self, options: &CheckOptions) -> Duration {
        let limit = options.limit.or(self.limit);
        let limit = limit.unwrap_or(session::DEFAULT_LIMIT);
        match (self.recording.end(), self.recording.header().clock) {
            ((_, End::Stopped(StopReason::Limit)), Some(Clock::Virtual { .. })) => limit,
            ((at, End::Stopped(StopReason::Limit)), _) => limit.min(at),
            _ => limit,
        }
    }

    /// Whether the program kept its own time: its input was its own doing, too, at instants that only the program
    /// knows. It repeats that by itself, and no session sees it.
    fn keeps_its_own_time(&self) -> bool {
        matches!(self.recording.header().clock, Some(Clock::Paused { .. }))
    }

    /// These events with the old header, and the new run's clock, reasons why it may differ, waits, unanswered questions and
    /// steps that were left undone.
    pub(super) fn with_old_header(
        &self,
        events: Vec<Event>,
        new: &Header,
    ) -> Result<Recording, SessionError> {
        let mut header = self.recording.header().clone();
        header.clock = new.clock;
        for reason in &new.varies {
            header.vary(reason);
        }
        header.note.retain(|note| !is_note_of_run(note));
        let of_run = new.note.iter().filter(|note| is_note_of_run(note));
        header.note.extend(of_run.cloned());
        Recording::new(header, events).map_err(|flaw| SessionError::System(io::Error::other(flaw)))
    }

    /// Compares a run with the case; `None` if they agree.
    ///
    /// # Errors
    /// Never, as long as the run is one of this case.
    pub fn compare(
        &self,
        run: &Recording,
        level: Level,
    ) -> Result<Option<Difference>, SessionError> {
        self.difference(run, level, None)
    }

    /// Compares a run whose script may have failed.
    pub(super) fn difference(
        &self,
        run: &Recording,
        level: Level,
        failed: Option<Box<FailedStep>>,
    ) -> Result<Option<Difference>, SessionError> {
        let (old, new) = (self.seen(&self.recording)?, self.seen(run)?);
        let mut comparison = comparison::compare(&old, &new, level);
        if let Some(failed) = &failed {
            comparison = comparison.after_failure(failed.reason());
        }
        Ok((!comparison.is_same()).then(|| Difference {
            diff: comparison::line_diff(&old, &new, level),
            comparison,
            failed,
        }))
    }

    /// Whether two runs agree with each other.
    pub(super) fn agree(
        &self,
        one: &Recording,
        other: &Recording,
        level: Level,
    ) -> Result<bool, SessionError> {
        let (one, other) = (self.seen(one)?, self.seen(other)?);
        Ok(comparison::compare(&one, &other, level).is_same())
    }

    /// What is compared of a recording: headers are not, except for the law of a virtual clock.
    fn seen(&self, recording: &Recording) -> Result<Recording, SessionError> {
        let mut events = recording.events().to_vec();
        // A pending recording of an earlier check may be older than a mask.
        mask_events(&self.recording.header().mask, &[], &mut events);
        if self.keeps_its_own_time() {
            events.retain(|event| {
                matches!(
                    event.kind,
                    EventKind::Output(_) | EventKind::Stderr(_) | EventKind::End(_)
                )
            });
        }
        let mut header = self.recording.header().clone();
        header.clock = recording.header().clock;
        self.with_old_header(events, &header)
    }

    /// Replaces the case by a new recording: the file is replaced atomically, and what precedes the transcript is kept.
    ///
    /// # Errors
    /// A [`CheckError`] that names the file, which is then unchanged.
    pub fn accept(&self, recording: &Recording) -> Result<(), CheckError> {
        let text = format!("{}{recording}", self.front_matter);
        let destination = crate::file::Destination::new(&self.path);
        destination
            .and_then(|destination| destination.write(text.as_bytes()))
            .map_err(|error| CheckError::File {
                path: self.path.clone(),
                error,
            })
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&show(&self.path))
    }
}

#[cfg(test)]
mod tests {
    use super::Case;
    use crate::{check::CheckOptions, recording::Header};
    use std::{path::PathBuf, time::Duration};

    /// A case with this clock, and what follows it in the transcript.
    fn case(clock_and_rest: &str) -> Case {
        let text = format!("transcript: 1\nchannel: pipe\nclock: {clock_and_rest}\n");
        Case {
            path: PathBuf::new(),
            front_matter: String::new(),
            recording: text.parse().unwrap(),
            settings: None,
            limit: None,
        }
    }

    #[test]
    fn the_end_of_a_run_is_its_limit_in_real_time_only() {
        for (clock_and_rest, limit) in [
            ("real\n\n@0.200 stopped limit", Duration::from_millis(200)),
            ("real\n\n@0.200 exit 0", Duration::from_secs(30)),
            ("virtual\n\n@0.200 stopped limit", Duration::from_secs(30)),
            (
                "virtual\nlimit: 200ms\n\n@0.200 stopped virtual-limit",
                Duration::from_secs(30),
            ),
        ] {
            assert_eq!(case(clock_and_rest).limit(&CheckOptions::default()), limit);
        }
    }

    #[test]
    fn a_run_adds_its_reasons_to_the_known_ones() {
        let case = case("virtual\nvaries: a\nvaries: b\nnote: kept\n\n@0.000 exit 0");
        let mut new = Header::new(case.recording.header().channel.clone());
        new.varies = vec!["b".to_owned(), "c".to_owned()];
        let events = case.recording.events().to_vec();
        let run = case.with_old_header(events, &new).unwrap();
        assert_eq!(run.header().varies, ["a", "b", "c"]);
        assert_eq!(run.header().note, ["kept"]);
        assert_eq!(run.header().clock, None);
    }
}
