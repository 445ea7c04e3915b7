//! How much of each entry a report has, so that a browser opens it in no time.

/// The most bytes that all entries have to read, and to play.
const READ: usize = 1 << 20;
const PLAY: usize = 3 << 20;
/// What every entry may have, and what none exceeds.
const LEAST: usize = 4 << 10;
const MOST_READ: usize = 64 << 10;
/// The most frames and events of an entry.
const MOST: usize = 4096;

/// What is left for the entries to come.
pub struct Budget {
    entries: usize,
    read: usize,
    play: usize,
}

impl Budget {
    pub fn new(entries: usize) -> Budget {
        Budget {
            entries,
            read: READ,
            play: PLAY,
        }
    }

    /// The lines of a text that fit, and how many do not.
    pub fn read<'a>(&mut self, text: &'a str) -> (&'a str, usize) {
        let most = (self.read / self.entries.max(1)).clamp(LEAST / 4, MOST_READ);
        let kept = if text.len() <= most {
            text
        } else {
            let end = text.as_bytes()[..most]
                .iter()
                .rposition(|byte| *byte == b'\n');
            &text[..end.map_or(0, |end| end + 1)]
        };
        self.read = self.read.saturating_sub(kept.len());
        (kept, text[kept.len()..].lines().count())
    }

    /// What is made with as many as fit of the frames and events that there are.
    pub fn play(&mut self, there: usize, make: impl Fn(usize) -> String) -> String {
        let share = (self.play / self.entries.max(1)).max(LEAST);
        self.entries = self.entries.saturating_sub(1);
        let mut most = there.clamp(1, MOST);
        loop {
            let text = make(most);
            if text.len() <= share || most == 1 {
                self.play = self.play.saturating_sub(text.len());
                return text;
            }
            most = (most * share / text.len()).clamp(1, most / 2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Budget, PLAY};

    #[test]
    fn what_one_entry_leaves_is_for_the_others() {
        let mut budget = Budget::new(2);
        assert_eq!(budget.play(1, |_| "x".repeat(10)).len(), 10);
        let rest = |most: usize| "x".repeat(most * 1000);
        let made = budget.play(1 << 20, rest);
        assert!(
            (PLAY / 4..=PLAY - 10).contains(&made.len()),
            "{}",
            made.len()
        );
    }

    #[test]
    fn a_text_is_cut_at_a_line() {
        let mut budget = Budget::new(1);
        assert_eq!(budget.read("a\nb\n"), ("a\nb\n", 0));
        let long = "é\n".repeat(30_000);
        let (kept, left) = budget.read(&long);
        assert_eq!((kept.len() % 3, kept.len() / 3 + left), (0, 30_000));
    }
}
