//! What the terminal answers.

/// The most replies that wait to be taken; what is asked beyond is not answered.
const MAX_WAITING: usize = 4096;

/// The terminal's answer to a question of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// The question, in the terms of xterm's manual: `DSR 6`.
    pub question: String,
    /// What the terminal sends.
    pub bytes: Vec<u8>,
}

/// The replies that were not taken yet, the oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Replies {
    waiting: Vec<Reply>,
    wanted: bool,
}

impl Replies {
    /// Whether somebody takes replies at all.
    pub fn want(&mut self, wanted: bool) {
        self.wanted = wanted;
    }

    /// Adds a reply; returns whether there was space.
    pub fn push(&mut self, question: impl FnOnce() -> String, bytes: Vec<u8>) -> bool {
        if !self.wanted {
            return true;
        }
        let fits = self.waiting.len() < MAX_WAITING;
        if fits {
            let question = question();
            self.waiting.push(Reply { question, bytes });
        }
        fits
    }

    pub fn take(&mut self) -> Vec<Reply> {
        std::mem::take(&mut self.waiting)
    }
}
