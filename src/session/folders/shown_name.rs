//! Whether a program shows the name of its folders, which differs from run to run.

use crate::recording::{Event, EventKind};
use memchr::memmem;

/// Looks for a name in what a program writes, stream by stream.
pub(in crate::session) struct ShownName {
    name: Vec<u8>,
    reason: String,
    /// The ends of the streams, in which the name may have begun.
    ends: [Vec<u8>; 2],
    is_shown: bool,
}

impl ShownName {
    pub(super) fn new(name: &[u8], reason: String) -> ShownName {
        ShownName {
            name: name.to_owned(),
            reason,
            ends: [Vec::new(), Vec::new()],
            is_shown: false,
        }
    }

    /// More was written to a stream.
    pub(in crate::session) fn push(&mut self, stream: usize, bytes: &[u8]) {
        if self.is_shown {
            return;
        }
        let end = &mut self.ends[stream];
        end.extend_from_slice(bytes);
        self.is_shown = memmem::find(end, &self.name).is_some();
        let most = self.name.len().saturating_sub(1);
        end.drain(..end.len().saturating_sub(most));
    }

    /// These events are all that was written.
    pub(in crate::session) fn find_in(&mut self, events: &[Event]) {
        self.ends = [Vec::new(), Vec::new()];
        self.is_shown = false;
        for event in events {
            match &event.kind {
                EventKind::Output(bytes) => self.push(0, bytes),
                EventKind::Stderr(bytes) => self.push(1, bytes),
                _ => {}
            }
        }
    }

    /// Why another run may differ: the name was shown.
    pub(in crate::session) fn why_varies(self) -> Option<String> {
        self.is_shown.then_some(self.reason)
    }
}

#[cfg(test)]
mod tests {
    use super::ShownName;

    #[test]
    fn a_name_is_found_wherever_it_is_split_but_not_across_streams() {
        let text = b"in /tmp/strobe-1/1/home";
        let name = b"/tmp/strobe-1/1";
        for cut in 0..=text.len() {
            let watch = |streams: [usize; 2]| {
                let mut watched = ShownName::new(name, "shown".to_owned());
                watched.push(streams[0], &text[..cut]);
                watched.push(streams[1], &text[cut..]);
                watched.why_varies()
            };
            assert_eq!(watch([0, 0]).as_deref(), Some("shown"), "{cut}");
            let is_split = (4..18).contains(&cut);
            assert_eq!(watch([0, 1]).is_none(), is_split, "{cut}");
        }
    }
}
