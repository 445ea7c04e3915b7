//! What is done to the program: the steps of a script, each recorded as it is performed.

use super::Capture;
use crate::{
    recording::{After, EventKind, Input, Secret},
    script::When,
    session::{dialogue::Dialogue, failed_step, spawn::Ends},
    terminal::mouse,
};
use rustix::{
    process::kill_process,
    termios::{LocalModes, SpecialCodeIndex, Winsize, tcgetattr, tcsetwinsize},
};
use std::{io, time::Duration};

impl Capture<'_> {
    /// Takes the next step, which is due. Returns whether the program can get it.
    pub(in crate::session) fn take_step(&mut self, now: Duration) -> io::Result<bool> {
        if let Some(report) = self.steps.take_report(now) {
            self.unsent.extend(report);
            return Ok(true);
        }
        let one_key = self.gets_keys()?;
        let Some(step) = self.steps.take(now, one_key) else {
            return Ok(true);
        };
        let after = match step.when {
            When::After(after) => Some(after),
            When::At(_) | When::Gap(_) => None,
        };
        self.act(after, step.kind, now)
    }

    /// Whether the program gets each key as it is pressed, and not a line of them: a person does not press two at once, and
    /// some programs know what one read returns only if it is one key.
    fn gets_keys(&self) -> io::Result<bool> {
        match &self.ends {
            Ends::Pty { master, .. } => {
                Ok(!tcgetattr(master)?.local_modes.contains(LocalModes::ICANON))
            }
            Ends::Pipe { .. } => Ok(false),
        }
    }

    /// Performs an action on the program, and records it. Returns whether the program can get it.
    pub(in crate::session) fn act(
        &mut self,
        after: Option<After>,
        mut kind: EventKind,
        now: Duration,
    ) -> io::Result<bool> {
        match &mut kind {
            EventKind::Send(bytes) => {
                // It may be the answer.
                self.dialogue.iter_mut().for_each(Dialogue::note_sent);
                self.unsent.extend(bytes.iter());
            }
            EventKind::SendSecret(name) => {
                // Those of the script are known.
                let secret = self.recorder.secret(name);
                let text = secret.map_or("", Secret::text);
                self.unsent.extend(text.as_bytes());
            }
            EventKind::Input { input, bytes } => {
                // A script that needs a terminal has one.
                let encoded = self
                    .dialogue
                    .as_ref()
                    .map(|dialogue| dialogue.encode(input));
                match encoded.unwrap_or_else(|| Ok(Vec::new())) {
                    Ok(encoded) => *bytes = encoded,
                    Err(error) => {
                        self.fail(format!("`{input}` cannot be sent: {error}"));
                        return Ok(false);
                    }
                }
                if let Input::Click(..) | Input::Wheel(..) | Input::Drag(..) = input.as_ref() {
                    let mut reports = mouse::reports(bytes).map(<[u8]>::to_vec);
                    self.unsent.extend(reports.next().unwrap_or_default());
                    self.steps.go_on(reports);
                } else {
                    self.unsent.extend(bytes.iter());
                }
            }
            EventKind::Expect { visible, is_met } => {
                let dialogue = self.dialogue.as_ref();
                *is_met = dialogue.is_some_and(|dialogue| dialogue.shows(visible));
                if !*is_met {
                    self.fail(failed_step::unmet(
                        &kind,
                        self.recorder.precision().floor(now),
                    ));
                }
            }
            EventKind::Eof => match &self.ends {
                Ends::Pty { master, .. } => {
                    let key = tcgetattr(master)?.special_codes[SpecialCodeIndex::VEOF];
                    self.unsent.push_back(key);
                }
                Ends::Pipe { .. } => self.closing = true,
            },
            EventKind::Resize { columns, rows } => {
                if let Ends::Pty { master, .. } = &self.ends {
                    let size = Winsize {
                        ws_col: *columns,
                        ws_row: *rows,
                        ws_xpixel: 0,
                        ws_ypixel: 0,
                    };
                    tcsetwinsize(master, size)?;
                }
                if let Some(dialogue) = &mut self.dialogue {
                    dialogue.resize(*columns, *rows);
                }
            }
            EventKind::Signal(signal) => {
                if let Some(signal) = rustix::process::Signal::from_named_raw(signal.number()) {
                    // If it has ended, the next wait says so.
                    let _ = kill_process(self.pid, signal);
                }
            }
            EventKind::Mark(_)
            | EventKind::Output(_)
            | EventKind::Stderr(_)
            | EventKind::Reply(_)
            | EventKind::End(_) => {}
        }
        self.recorder.record_after(now, after, kind);
        Ok(true)
    }
}
