//! Runs a program on a terminal or on pipes, does to it what a script says, and returns the recording.
//!
//! ```
//! use stroboscope::{recording::End, session::Session};
//!
//! let recording = Session::new("printf").arg("10%%\\r20%%\\n").run()?;
//! assert_eq!(recording.output(), b"10%\r20%\r\n");
//! assert_eq!(recording.end().1, End::Exit(0));
//! # Ok::<(), stroboscope::session::SessionError>(())
//! ```

use crate::{
    comparison::Proposal,
    recording::{
        Answers, Channel, Clock, EventSink, Header, Level, Mask, Network, Precision, Recorder,
        Recording, RecordingError, Taken, Wait,
    },
    script::{Script, When},
    text, transcript,
    virtual_time::{COST_LAW, SettingError, UnavailableError, VirtualTime},
};
use std::{
    env,
    ffi::{OsStr, OsString},
    io,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, mpsc::Sender},
    time::Duration,
};

pub use availability::virtual_time_available;
pub(crate) use environment::cargo_folder;
pub use failed_step::FailedStep;
pub use live::Live;
pub use secrets::SecretError;
use secrets::SecretValue;

mod availability;
mod capture;
mod dialogue;
mod environment;
mod exec;
mod failed_step;
mod folders;
mod live;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod namespaces;
mod packet_pipe;
mod person;
mod poll;
mod questions;
mod real_time;
mod repeat;
mod screen;
mod secrets;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod shown;
mod spawn;
mod steps;
mod trigger;
mod unechoed;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod virtual_time;
mod wrapped;

#[cfg(target_os = "linux")]
#[path = "session/linux.rs"]
mod system;
#[cfg(not(target_os = "linux"))]
#[path = "session/other.rs"]
mod system;

/// How long a run may take by default.
pub const DEFAULT_LIMIT: Duration = Duration::from_secs(30);
/// How many bytes a program may write by default: 64 MiB.
pub const DEFAULT_OUTPUT_LIMIT: usize = 64 << 20;

/// A run of a program: what to run, on which channel, and what to do to it.
///
/// It runs in a **clean environment**: the variables are `PATH`, `LANG=C.UTF-8`, `TERM`, `TZ=UTC`, and `HOME` and
/// `TMPDIR`, two empty folders created for the run; any others that are set are in the recording's header. The program
/// leads a session of its own, and when it ends, or is stopped, every process of that session is killed.
///
/// The folders have the same names in each run of the same session, `/tmp/strobe-KEY/0/home` and `…/tmp`, where the key
/// is a hash of what is run. If a concurrent run has the folder, the name may differ; a recording that contains the
/// other name is marked with `varies`.
///
/// ```
/// use stroboscope::{Script, Session, recording::End};
///
/// let script: Script = r#"after "Name? " send "Ada\r""#.parse()?;
/// let ask = r#"printf "Name? "; read -r name; echo "Hello, $name.""#;
/// let recording = Session::new("sh").args(["-c", ask]).pty(40, 10).script(script).run()?;
/// assert!(recording.output().ends_with(b"Hello, Ada.\r\n"));
/// assert_eq!(recording.end().1, End::Exit(0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Session {
    program: OsString,
    /// The program's name in the recording.
    name: OsString,
    arguments: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    passed: Vec<OsString>,
    path: Vec<PathBuf>,
    cwd: Option<PathBuf>,
    folder: Option<PathBuf>,
    channel: Channel,
    answers: Answers,
    network: Network,
    script: Script,
    /// A step that is left undone when the program ends is a failure, as in a repetition.
    takes_every_step: bool,
    limit: Duration,
    output_limit: usize,
    virtual_time: Option<VirtualTime>,
    allow: Vec<String>,
    mask: Vec<Mask>,
    level: Option<Level>,
    secrets: Vec<(String, SecretValue)>,
    proposals: Option<Sender<Proposal>>,
    live: Option<Live>,
    cancel: Option<Arc<OwnedFd>>,
}

/// Why a session produced no recording.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The program could not be started.
    #[error("cannot run `{program}`: {error}")]
    Run {
        /// The program, escaped.
        program: String,
        /// The system's error.
        error: io::Error,
    },
    /// The program could not be given a network of its own; it runs in [the system's](Session::network).
    #[error("the program cannot have a network of its own: {0}")]
    Network(io::Error),
    /// The working directory could not be entered.
    #[error("cannot run in the folder `{folder}`: {error}")]
    Folder {
        /// The folder, escaped.
        folder: String,
        /// The system's error.
        error: io::Error,
    },
    /// A step of the script could not be taken, or its check did not hold.
    #[error("{0}")]
    Step(Box<FailedStep>),
    /// The script needs a terminal.
    #[error("the script has `{0}`, which a pipe cannot have: use the channel `pty`")]
    StepOnPipe(String),
    /// A secret that the script sends is not known, or cannot be sent.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// In real time nobody knows when every thread of a program waits.
    #[error(
        "in real time quiet is that nothing is written for a while: say how long, as in `after quiet 0.2 press Enter`"
    )]
    QuietInRealTime,
    /// A program of this package that cargo has not built.
    #[error("cargo has built no program `{0}` for this test")]
    NotBuilt(String),
    /// The caller cancelled the run.
    #[error("the run was cancelled")]
    Cancelled,
    /// Virtual time is not available on this system; [real time](Session::real_time) is.
    #[error("virtual time is not available: {0}")]
    NoVirtualTime(UnavailableError),
    /// A setting of virtual time is out of range.
    #[error("invalid virtual time setting: {0}")]
    Setting(SettingError),
    /// The program is not supported in virtual time; it runs in [real time](Session::real_time).
    #[error("`{program}` cannot be run in virtual time: {why}")]
    Unsupported {
        /// The program, escaped.
        program: String,
        /// What it is, or what it did.
        why: String,
    },
    /// A person can type to a program only in real time.
    #[error("typing to a program needs real time")]
    LiveInVirtualTime,
    /// Another error of the system.
    #[error("cannot record: {0}")]
    System(io::Error),
}

// Written by hand: `#[from]` would make the error a source, and a chain of errors would print it twice.
impl From<UnavailableError> for SessionError {
    fn from(error: UnavailableError) -> SessionError {
        SessionError::NoVirtualTime(error)
    }
}

impl From<SettingError> for SessionError {
    fn from(error: SettingError) -> SessionError {
        SessionError::Setting(error)
    }
}

impl From<io::Error> for SessionError {
    fn from(error: io::Error) -> SessionError {
        SessionError::System(error)
    }
}

impl Session {
    /// A run of a program, searched in `PATH` unless its name contains a slash, on a pty of 80 by 24; in virtual time
    /// on Linux on `x86_64`, in real time elsewhere.
    pub fn new(program: impl Into<OsString>) -> Session {
        let program = program.into();
        Session {
            name: program.clone(),
            program,
            arguments: Vec::new(),
            env: Vec::new(),
            passed: Vec::new(),
            path: Vec::new(),
            cwd: None,
            folder: None,
            channel: Channel::Pty {
                columns: 80,
                rows: 24,
                term: "xterm-256color".to_owned(),
            },
            answers: Answers::Terminal,
            network: Network::Host,
            script: Script::default(),
            takes_every_step: false,
            limit: DEFAULT_LIMIT,
            output_limit: DEFAULT_OUTPUT_LIMIT,
            virtual_time: VirtualTime::of_this_platform(),
            allow: Vec::new(),
            mask: Vec::new(),
            level: None,
            secrets: Vec::new(),
            proposals: None,
            live: None,
            cancel: None,
        }
    }

    /// A run of a program of the package under test, built by cargo; in the recording it has its plain name.
    ///
    /// ```no_run
    /// # use stroboscope::{Session, session::SessionError};
    /// let recording = Session::cargo_bin("my-cli")?.arg("build").run()?;
    /// # Ok::<(), SessionError>(())
    /// ```
    ///
    /// # Errors
    /// [`SessionError::NotBuilt`] if it is not where cargo puts it for this test.
    pub fn cargo_bin(name: &str) -> Result<Session, SessionError> {
        let built = cargo_folder()
            .map(|folder| folder.join(name))
            .filter(|path| path.is_file());
        let program =
            env::var_os(format!("CARGO_BIN_EXE_{name}")).or(built.map(PathBuf::into_os_string));
        let mut session =
            Session::new(program.ok_or_else(|| SessionError::NotBuilt(name.to_owned()))?);
        session.name = name.into();
        Ok(session)
    }

    /// Repeats the run that a recording's header and inputs describe. Its transcript is in `folder`. If the program ends
    /// before all of it could be done again, that is a [failed step](SessionError::Step).
    #[must_use]
    pub fn again(recording: &Recording, folder: &Path) -> Option<Session> {
        let header = recording.header();
        let (program, arguments) = header.command.split_first()?;
        let mut session = Session::new(program)
            .args(arguments)
            .channel(header.channel.clone());
        session.env.clone_from(&header.env);
        session.passed.clone_from(&header.passed);
        session.answers = header.answers;
        session.network = header.network;
        session.cwd = Some(
            header
                .cwd
                .as_ref()
                .map_or(folder.to_owned(), |cwd| folder.join(cwd)),
        );
        session.folder = Some(folder.to_owned());
        session.script = Script::from(recording);
        session.takes_every_step = true;
        session.allow.clone_from(&header.allow);
        session.mask.clone_from(&header.mask);
        session.level = header.level;
        session.output_limit = header.output_limit.unwrap_or(DEFAULT_OUTPUT_LIMIT);
        let default = VirtualTime::default();
        session.virtual_time = match header.clock {
            Some(Clock::Virtual { precision, .. }) => Some(VirtualTime {
                precision,
                date: header.date.unwrap_or(default.date),
                seed: header.seed.unwrap_or(default.seed),
                limit: header.limit.unwrap_or(default.limit),
                machine: header.machine.unwrap_or(default.machine),
            }),
            _ => None,
        };
        Some(session)
    }

    /// Appends an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<OsString>) -> Session {
        self.arguments.push(argument.into());
        self
    }

    /// Appends arguments.
    #[must_use]
    pub fn args(mut self, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Session {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Sets an environment variable, which will be in the header.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Session {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Passes a variable of this process's environment on, if it is set. Its name will be in the header, and its value not.
    #[must_use]
    pub fn pass_env(mut self, name: impl Into<OsString>) -> Session {
        self.passed.push(name.into());
        self
    }

    /// Prepends a folder to `PATH`, after folders that were prepended before.
    #[must_use]
    pub fn path(mut self, folder: impl Into<PathBuf>) -> Session {
        self.path.push(folder.into());
        self
    }

    /// Runs in this folder; by default in the current one.
    #[must_use]
    pub fn current_dir(mut self, folder: impl Into<PathBuf>) -> Session {
        self.cwd = Some(folder.into());
        self
    }

    /// The folder of the transcript: the header's `cwd` is relative to it. By default it is the working directory, and
    /// the header needs no `cwd`.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Session {
        self.folder = Some(folder.into());
        self
    }

    /// Sets the channel.
    #[must_use]
    pub fn channel(mut self, channel: Channel) -> Session {
        self.channel = channel;
        self
    }

    /// Runs on a terminal of this size.
    #[must_use]
    pub fn pty(self, columns: u16, rows: u16) -> Session {
        self.channel(Channel::Pty {
            columns,
            rows,
            term: "xterm-256color".to_owned(),
        })
    }

    /// Runs on pipes. Stdin is empty unless the script sends something.
    #[must_use]
    pub fn pipe(self) -> Session {
        self.channel(Channel::Pipe)
    }

    /// Says who answers what the program asks its terminal: the terminal, unless said otherwise.
    #[must_use]
    pub fn answers(mut self, answers: Answers) -> Session {
        self.answers = answers;
        self
    }

    /// Says whom the program can reach by the Internet's protocols: the system's network, unless said otherwise. A network
    /// of its own takes `CAP_SYS_ADMIN` on Linux.
    #[must_use]
    pub fn network(mut self, network: Network) -> Session {
        self.network = network;
        self
    }

    /// Runs this script. If the program ends before a step that waits for nothing, a note in the header says so
    /// ([`Recording::not_done`]); any other step that is not taken is an error.
    #[must_use]
    pub fn script(mut self, script: Script) -> Session {
        self.script = script;
        self
    }

    /// Ends the run after this much real time.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Session {
        self.limit = timeout;
        self
    }

    /// Runs in virtual time with these settings: no wait takes real time, and every run gives the same recording.
    ///
    /// The program is traced by a thread of its own. To limit that thread's waits, this process handles one signal from
    /// the first such run on: the highest real-time signal that it then neither handles nor blocks.
    #[must_use]
    pub fn virtual_time(mut self, virtual_time: VirtualTime) -> Session {
        self.virtual_time = Some(virtual_time);
        self
    }

    /// Does not mark the recording because of this, which is meant to be in it: a file that differs from run to run, as a
    /// line `varies` names it, `process ids`, `ports` or `terminal` ([`is_difference`](crate::virtual_time::is_difference)).
    #[must_use]
    pub fn allow(mut self, name: impl Into<String>) -> Session {
        self.allow.push(name.into());
        self
    }

    /// Does not keep what this mask matches in the output: in its place the recording has the mask's name. What several match
    /// is masked by the first.
    ///
    /// ```
    /// use stroboscope::{Session, recording::MaskKind};
    ///
    /// let path = MaskKind::named("path").unwrap().mask();
    /// let recording = Session::new("sh").args(["-c", "echo \"Wrote $(mktemp)\""]).mask(path).run()?;
    /// assert!(recording.to_string().contains(r#""Wrote " <path"#));
    /// # Ok::<(), stroboscope::session::SessionError>(())
    /// ```
    #[must_use]
    pub fn mask(mut self, mask: Mask) -> Session {
        self.mask.push(mask);
        self
    }

    /// Says what the secret is that the script sends by this name; otherwise this process's environment variable of this name
    /// says it. Neither the recording nor a message has it, and what the program writes of it is masked by the name.
    ///
    /// ```
    /// use stroboscope::{Script, Session};
    ///
    /// let script: Script = "after screen \"Token?\" send secret TOKEN\npress Enter".parse()?;
    /// let ask = r#"printf "Token? "; read -r token; echo "Got $token""#;
    /// let session = Session::new("sh").args(["-c", ask]).script(script);
    /// let recording = session.secret("TOKEN", "hunter2").run()?;
    /// assert!(recording.to_string().contains(r#""Got " <TOKEN> "\r\n""#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn secret(mut self, name: impl Into<String>, value: impl Into<OsString>) -> Session {
        self.secrets.push((name.into(), SecretValue(value.into())));
        self
    }

    /// Says how closely another run must agree, which will be in the header.
    #[must_use]
    pub fn level(mut self, level: Level) -> Session {
        self.level = Some(level);
        self
    }

    /// Sends masks with which the runs would have been the same, when [`proved`](Session::proved) finds that they differ.
    #[must_use]
    pub fn propose_to(mut self, sender: Sender<Proposal>) -> Session {
        self.proposals = Some(sender);
        self
    }

    /// Runs in real time: every wait takes its time, and no two runs have the same instants.
    #[must_use]
    pub fn real_time(mut self) -> Session {
        self.virtual_time = None;
        self
    }

    /// Stops the run once it has written more than this many bytes, and keeps no more.
    #[must_use]
    pub fn output_limit(mut self, bytes: usize) -> Session {
        self.output_limit = bytes;
        self
    }

    /// Shows the program to a person, who can type to it, on their terminal; needs [real time](Session::real_time).
    #[must_use]
    pub fn live(mut self, live: Live) -> Session {
        self.live = Some(live);
        self
    }

    /// Cancels the run, and kills all its processes, when this becomes readable.
    #[must_use]
    pub fn cancelled_by(mut self, readable: Arc<OwnedFd>) -> Session {
        self.cancel = Some(readable);
        self
    }

    /// Runs the program until it ends.
    ///
    /// # Errors
    /// A [`SessionError`]; in any case, no process of the session is left.
    pub fn run(&self) -> Result<Recording, SessionError> {
        let recording = self.run_once(None)?.into_recording();
        // Without a sink they are kept.
        let recording = recording.and_then(|kept| kept.ok_or(RecordingError::CutShort));
        Ok(recording.map_err(io::Error::other)?)
    }

    /// Runs the program, and passes its events to a sink, if there is one. Then they are not kept in real time.
    fn run_once(&self, sink: Option<Box<dyn EventSink>>) -> Result<Taken, SessionError> {
        self.check_script()?;
        let secrets = secrets::of(&self.script, &self.secrets)?;
        if let Some(settings) = &self.virtual_time {
            settings.check()?;
        }
        let cwd = self.absolute_cwd()?;
        let header = self.header(&cwd)?;
        #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
        let started = std::time::SystemTime::now();
        let environment = environment::Environment::new(self, &header)?;
        let recorder = |precision| {
            let mut recorder = Recorder::new(header, precision).masked(self.mask.clone());
            for secret in secrets {
                recorder.hide(secret);
            }
            match sink {
                None => Ok(recorder),
                Some(sink) => recorder.stream_to(sink, self.virtual_time.is_some()),
            }
        };
        match &self.virtual_time {
            None => real_time::run(self, &cwd, &environment, recorder(Precision::Milliseconds)?),
            Some(_) if self.live.is_some() => Err(SessionError::LiveInVirtualTime),
            #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
            Some(settings) => {
                let recorder = recorder(settings.precision)?;
                virtual_time::run(self, settings, &cwd, &environment, started, recorder)
            }
            #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
            Some(_) => Err(UnavailableError::System.into()),
        }
    }

    /// Checks that the script can be run on the channel, and by the clock.
    fn check_script(&self) -> Result<(), SessionError> {
        for step in self.script.steps() {
            let wait = match &step.when {
                When::After(after) => Some(after),
                When::At(_) | When::Gap(_) => None,
            };
            let on_pipe = self.channel == Channel::Pipe;
            if on_pipe && step.kind.needs_terminal() {
                return Err(SessionError::StepOnPipe(transcript::excerpt(
                    &step.kind, 40,
                )));
            }
            match wait {
                Some(after) if on_pipe && matches!(after.wait, Wait::Visible(_)) => {
                    return Err(SessionError::StepOnPipe(after.to_string()));
                }
                Some(after)
                    if after.wait == Wait::Quiet
                        && after.delay.is_zero()
                        && self.virtual_time.is_none() =>
                {
                    return Err(SessionError::QuietInRealTime);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The folder to run in, which exists.
    fn absolute_cwd(&self) -> Result<PathBuf, SessionError> {
        let folder = self.cwd.as_deref().unwrap_or(Path::new("."));
        let error = |error| SessionError::Folder {
            folder: text::escape(folder.as_os_str().as_encoded_bytes(), 200),
            error,
        };
        let cwd = folder.canonicalize().map_err(error)?;
        // Its whole name may be longer than a name can be.
        if cwd.metadata().map_err(error)?.is_dir() {
            Ok(cwd)
        } else {
            Err(error(io::ErrorKind::NotADirectory.into()))
        }
    }

    fn header(&self, cwd: &Path) -> Result<Header, SessionError> {
        let mut header = Header::new(self.channel.clone());
        header.command = [&self.name]
            .into_iter()
            .chain(&self.arguments)
            .cloned()
            .collect();
        if let Some(folder) = &self.folder {
            header.cwd = environment::relative(cwd, &folder.canonicalize()?);
        }
        header.env.clone_from(&self.env);
        header.passed.clone_from(&self.passed);
        header.answers = self.answers;
        header.network = self.network;
        header.mask.clone_from(&self.mask);
        header.level = self.level;
        header.output_limit =
            Some(self.output_limit).filter(|bytes| *bytes != DEFAULT_OUTPUT_LIMIT);
        header.clock = Some(Clock::Real);
        if let Some(settings) = &self.virtual_time {
            let default = VirtualTime::default();
            header.clock = Some(Clock::Virtual {
                law: COST_LAW,
                precision: settings.precision,
            });
            header.date = Some(settings.date).filter(|date| *date != default.date);
            header.seed = Some(settings.seed).filter(|seed| *seed != default.seed);
            header.machine = Some(settings.machine).filter(|machine| *machine != default.machine);
            header.allow.clone_from(&self.allow);
            header.limit = Some(settings.limit).filter(|limit| *limit != default.limit);
        }
        Ok(header)
    }
}

impl From<Command> for Session {
    /// Takes the program, the arguments, the variables that are set, and the working directory; everything else is the
    /// session's own.
    fn from(command: Command) -> Session {
        let mut session = Session::new(command.get_program()).args(command.get_args());
        let set =
            |(name, value): (&OsStr, Option<&OsStr>)| Some((name.to_owned(), value?.to_owned()));
        session.env.extend(command.get_envs().filter_map(set));
        session.cwd = command.get_current_dir().map(Path::to_owned);
        session
    }
}

#[cfg(test)]
mod tests {
    use super::Session;
    use crate::{
        recording::{Machine, Precision, Recording, Seed},
        virtual_time::VirtualTime,
    };
    use std::{
        path::Path,
        time::{Duration, UNIX_EPOCH},
    };

    fn again(header: &str) -> Session {
        let text =
            format!("transcript: 1\ncommand: true\nchannel: pipe\n{header}\n@0.000 exit 0\n");
        let recording: Recording = text.parse().unwrap();
        Session::again(&recording, Path::new(".")).unwrap()
    }

    /// The table in the documentation of the format says so, too.
    #[test]
    fn what_a_header_leaves_out_has_the_meaning_of_format_1() {
        let format_1 = VirtualTime {
            precision: Precision::Milliseconds,
            // 2025-01-01T00:00:00Z: 55 years after 1970, 14 of which had a leap day.
            date: UNIX_EPOCH + Duration::from_secs((55 * 365 + 14) * 24 * 60 * 60),
            seed: Seed::Number(0),
            limit: Duration::from_secs(60 * 60),
            machine: Machine::Virtual,
        };
        assert_eq!(again("clock: virtual\n").virtual_time, Some(format_1));
        assert_eq!(again("clock: real\n").virtual_time, None);
        assert_eq!(again("").virtual_time, None);
    }

    #[test]
    fn a_session_runs_by_the_clock_that_strobe_record_runs_by() {
        let can_trace = cfg!(all(target_os = "linux", target_arch = "x86_64"));
        assert_eq!(Session::new("true").virtual_time.is_some(), can_trace);
        assert_eq!(Session::new("true").real_time().virtual_time, None);
    }
}
