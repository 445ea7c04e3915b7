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
        Answers, Channel, EventSink, Level, Mask, Network, Precision, Recorder, Recording,
        RecordingError, Taken, Wait,
    },
    script::{Script, When},
    text, transcript,
    virtual_time::VirtualTime,
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
pub use error::SessionError;
pub use failed_step::FailedStep;
pub use live::Live;
pub use secrets::SecretError;
use secrets::SecretValue;

mod availability;
mod builder;
mod capture;
mod dialogue;
mod environment;
mod error;
mod exec;
mod failed_step;
mod folders;
mod header;
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
