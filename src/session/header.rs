//! The header that describes a session, and the session that a header describes.

use super::{DEFAULT_OUTPUT_LIMIT, Session, SessionError, environment};
use crate::{
    recording::{Clock, Header, Recording},
    script::Script,
    virtual_time::{COST_LAW, VirtualTime},
};
use std::path::Path;

impl Session {
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

    /// What it runs, and how.
    pub(super) fn header(&self, cwd: &Path) -> Result<Header, SessionError> {
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

#[cfg(test)]
mod tests {
    use crate::session::Session;
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
