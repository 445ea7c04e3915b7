//! What a program and its terminal say to each other: the screen, the answers to what the program asks, and what a person
//! types.

use super::{
    Session,
    person::{Came, Person},
    questions::Questions,
    screen::{Screen, Snapshot},
    unechoed::Editing,
};
use crate::{
    recording::{Answers, Channel, EventKind, Input, Visible},
    terminal::input::InputError,
};
use std::{mem, time::Duration};

/// A program's terminal, from the program's side.
pub(super) struct Dialogue {
    screen: Screen,
    who: Who,
    questions: Questions,
    /// In real time a program that is silent after a question waits for the answer.
    silence_is_wait: bool,
    /// The terminal has answered since somebody last asked.
    has_answered: bool,
}

/// Who answers the program.
enum Who {
    /// The screen itself.
    Terminal,
    /// The terminal of a person, who also types.
    Person(Person),
    Nobody,
}

impl Dialogue {
    /// The terminal of a session; none on pipes.
    pub(super) fn new(session: &Session) -> Option<Dialogue> {
        let Channel::Pty { columns, rows, .. } = session.channel else {
            return None;
        };
        Some(Dialogue {
            screen: Screen::new(columns, rows),
            who: match session.answers {
                _ if session.live.is_some() => Who::Person(Person::default()),
                Answers::Terminal => Who::Terminal,
                Answers::None => Who::Nobody,
            },
            questions: Questions::default(),
            silence_is_wait: session.virtual_time.is_none(),
            has_answered: false,
        })
    }

    /// Shows what the program wrote. Returns what the terminal answers, each answer apart.
    pub(super) fn show(&mut self, bytes: &[u8], now: Duration) -> Vec<Vec<u8>> {
        let mut answers = Vec::new();
        for reply in self.screen.feed(bytes) {
            match &mut self.who {
                Who::Terminal => answers.push(reply.bytes),
                Who::Person(person) => person.expect(&reply.bytes),
                Who::Nobody => self.questions.ask(&reply.question, now),
            }
        }
        if !matches!(self.who, Who::Person(_)) {
            self.questions.count(self.screen.unanswered(), now);
        }
        self.has_answered |= !answers.is_empty();
        answers
    }

    /// Whether the terminal has answered since the last call.
    pub(super) fn has_answered(&mut self) -> bool {
        mem::take(&mut self.has_answered)
    }

    /// The bytes that an input becomes by the modes that the program has set.
    pub(super) fn encode(&self, input: &Input) -> Result<Vec<u8>, InputError> {
        self.screen.input_modes().encode(input)
    }

    /// What came from a person's terminal: the keys, by their names, and what the terminal answered.
    /// With `editing` the terminal shows nothing of what is typed.
    pub(super) fn came(&mut self, bytes: &[u8], editing: Option<&Editing>) -> Vec<Came> {
        match &mut self.who {
            Who::Person(person) => person.came(bytes, &self.screen, editing),
            Who::Terminal | Who::Nobody => vec![Came::Kind(EventKind::Send(bytes.to_vec()))],
        }
    }

    pub(super) fn resize(&mut self, columns: u16, rows: u16) {
        self.screen.resize(columns, rows);
    }

    /// What undoes the modes that the program has set.
    pub(super) fn restoring(&self) -> Vec<u8> {
        self.screen.restoring()
    }

    pub(super) fn shows(&self, visible: &Visible) -> bool {
        self.screen.shows(visible)
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        self.screen.snapshot()
    }

    /// Whether the program has asked something that nobody answered.
    pub(super) fn has_open_questions(&self) -> bool {
        self.questions.are_open()
    }

    /// The program waits for its terminal.
    pub(super) fn note_wait(&mut self) {
        self.questions.note_wait();
    }

    /// Something happens after a time in which nothing did.
    pub(super) fn note_silence(&mut self, now: Duration) {
        if self.silence_is_wait {
            self.questions.note_silence(now);
        }
    }

    /// A script has sent bytes, which may be the answer.
    pub(super) fn note_sent(&mut self) {
        self.questions.forget();
    }

    /// The questions whose answers the program waited for and never got, a line each.
    pub(super) fn unanswered(&self) -> Vec<String> {
        self.questions.lines()
    }
}
