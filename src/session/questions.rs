//! The questions of a program to its terminal that nobody answered.

use std::{collections::BTreeMap, time::Duration};

/// From how much silence on a program in real time counts as having waited: it may only be slow.
const WAIT: Duration = Duration::from_millis(100);

/// The questions that nobody answered, and for which of them the program waited.
#[derive(Debug, Default)]
pub(super) struct Questions {
    open: Vec<String>,
    /// When the last one was asked.
    asked: Duration,
    /// Those for which the program waited, and how often.
    waited: BTreeMap<String, u64>,
    /// How often the terminal had no answer to each.
    counted: BTreeMap<String, u64>,
}

impl Questions {
    /// Whether the program has asked something that it may be waiting for.
    pub(super) fn are_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// The program has asked this, and nobody answers.
    pub(super) fn ask(&mut self, question: &str, now: Duration) {
        self.open.push(question.to_owned());
        self.asked = now;
    }

    /// The questions that a terminal does not answer, with their counts so far.
    pub(super) fn count<'a>(
        &mut self,
        unanswered: impl Iterator<Item = (&'a str, u64)>,
        now: Duration,
    ) {
        for (question, count) in unanswered {
            let counted = self.counted.get(question).copied().unwrap_or_default();
            if count > counted {
                self.ask(question, now);
                self.counted.insert(question.to_owned(), count);
            }
        }
    }

    /// A script has sent something, which may be the answer.
    pub(super) fn forget(&mut self) {
        self.open.clear();
    }

    /// The program waits for its terminal.
    pub(super) fn note_wait(&mut self) {
        for question in self.open.drain(..) {
            *self.waited.entry(question).or_default() += 1;
        }
    }

    /// In real time something happens after what may have been a wait.
    pub(super) fn note_silence(&mut self, now: Duration) {
        if now.saturating_sub(self.asked) >= WAIT {
            self.note_wait();
        }
    }

    /// Those for which the program waited, a line each.
    pub(super) fn lines(&self) -> Vec<String> {
        let line = |(question, count): (&String, &u64)| match count {
            1 => question.clone(),
            count => format!("{question}, {count} times"),
        };
        self.waited.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Questions};

    #[test]
    fn only_what_the_program_waited_for_is_named() {
        let mut questions = Questions::default();
        let at = Duration::from_millis;
        questions.ask("DSR 6", at(0));
        questions.note_wait();
        questions.count([("CSI 21 t", 1)].into_iter(), at(5));
        questions.note_silence(at(50));
        assert_eq!(questions.lines(), ["DSR 6"]);
        questions.count([("CSI 21 t", 1)].into_iter(), at(100));
        questions.ask("DSR 6", at(100));
        assert!(questions.are_open());
        questions.note_silence(at(200));
        assert_eq!(questions.lines(), ["CSI 21 t", "DSR 6, 2 times"]);
    }
}
