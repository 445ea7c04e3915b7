//! Reaps a program and kills its session, so that no process is left.

use crate::recording::{End, Signal};
use crate::session::{spawn::reap, system};
use rustix::{
    io::Errno,
    process::{Pid, WaitId, WaitIdOptions, WaitIdStatus, kill_process, waitid},
};
use std::{
    thread,
    time::{Duration, Instant},
};

/// How long killed processes of a session may take to exit.
const DEATH: Duration = Duration::from_secs(5);

/// Kills a started program on drop, unless it is disarmed.
pub(super) struct Guard(pub(super) Option<Pid>);

impl Guard {
    pub(super) fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(pid) = self.0 {
            kill_session(pid);
            reap(pid);
        }
    }
}

/// Kills all living processes of the session whose leader, not yet reaped, is `leader`.
///
/// Repeats until none is found: a process may fork while the list is read, but its child is on the next list.
pub(super) fn kill_session(leader: Pid) {
    let started = Instant::now();
    loop {
        let living = system::living(leader);
        if living.is_empty() || started.elapsed() > DEATH {
            return;
        }
        for pid in living {
            // It may have exited by itself.
            let _ = kill_process(pid, rustix::process::Signal::KILL);
        }
        thread::yield_now();
    }
}

/// Reaps the program and returns how it ended.
pub(super) fn status(pid: Pid) -> End {
    loop {
        match waitid(WaitId::Pid(pid), WaitIdOptions::EXITED) {
            Ok(status) => return end(status.as_ref()),
            Err(Errno::INTR) => {}
            Err(_) => return end(None),
        }
    }
}

fn end(status: Option<&WaitIdStatus>) -> End {
    let signal = status
        .and_then(WaitIdStatus::terminating_signal)
        .and_then(|signal| Signal::try_from(signal).ok());
    let code = status
        .and_then(WaitIdStatus::exit_status)
        .and_then(|code| u8::try_from(code).ok());
    signal.map_or(End::Exit(code.unwrap_or(u8::MAX)), End::Killed)
}
