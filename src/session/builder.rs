//! How a session is described: one method for each thing that can be said of a run.

use super::{Live, SecretValue, Session};
use crate::{
    comparison::Proposal,
    recording::{Answers, Channel, Level, Mask, Network},
    script::Script,
    virtual_time::VirtualTime,
};
use std::{
    ffi::OsString,
    os::fd::OwnedFd,
    path::PathBuf,
    sync::{Arc, mpsc::Sender},
    time::Duration,
};

impl Session {
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
    /// ([`Recording::not_done`](crate::Recording::not_done)); any other step that is not taken is an error.
    #[must_use]
    pub fn script(mut self, script: Script) -> Session {
        self.script = script;
        self.takes_every_step = false;
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
}
