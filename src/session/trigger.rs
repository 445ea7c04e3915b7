//! Finds what a script waits for in what a program writes.

use memchr::memmem;

/// How many bytes without a match are kept for the error message.
const SHOWN: usize = 400;

/// What a program has written since the previous match.
#[derive(Clone, Debug, Default)]
pub(super) struct Matcher {
    behind: Vec<u8>,
    /// How far the trigger was searched for; it stays the same until it is found.
    searched: usize,
}

impl Matcher {
    /// Appends what was written.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.behind.extend_from_slice(bytes);
    }

    /// Searches for bytes after the previous match; once found, forgets everything up to their end.
    pub(super) fn find(&mut self, trigger: &[u8]) -> bool {
        // The trigger may begin in what was searched already.
        let from = self
            .searched
            .saturating_sub(trigger.len().saturating_sub(1));
        let Some(at) = memmem::find(&self.behind[from..], trigger) else {
            self.searched = self.behind.len();
            return false;
        };
        self.behind.drain(..from + at + trigger.len());
        self.searched = 0;
        true
    }

    /// Forgets what no trigger will be searched in, except for the end that an error shows.
    pub(super) fn forget(&mut self) {
        let surplus = self.behind.len().saturating_sub(SHOWN);
        self.behind.drain(..surplus);
        self.searched = 0;
    }

    /// The end of what was written since the previous match.
    pub(super) fn came(&self) -> &[u8] {
        &self.behind[self.behind.len().saturating_sub(SHOWN)..]
    }
}

#[cfg(test)]
mod tests {
    use super::Matcher;

    #[test]
    fn a_trigger_is_found_wherever_it_is_split() {
        let text = b"--- Name? --- Age? ";
        for cut in 0..=text.len() {
            let mut matcher = Matcher::default();
            matcher.push(&text[..cut]);
            let early = matcher.find(b"Name? ");
            assert_eq!(early, cut >= 10);
            matcher.push(&text[cut..]);
            assert!(early || matcher.find(b"Name? "));
            assert_eq!(matcher.came(), b"--- Age? ");
            assert!(
                !matcher.clone().find(b"Name? "),
                "it lies before the previous match"
            );
            assert!(matcher.find(b"Age?"));
        }
    }
}
