//! Masks of a recording, stream by stream.

use super::{Mask, Masked, Secret, Written, by_name, mask, stream::Text};
use crate::recording::{Event, EventKind, Recording};
use std::{borrow::Cow, collections::BTreeSet};

impl Recording {
    /// The recording without what these masks match in its output and in its stderr. Boundaries and instants stay, and the
    /// header, too: what is in a header's `mask` is not applied by itself.
    ///
    /// ```
    /// # use stroboscope::{Recording, recording::Mask};
    /// let text = "transcript: 1\nchannel: pipe\n\n0.000 \"pid 47\"\n0.100 \"11 ready\"\n@0.100 exit 0\n";
    /// let recording: Recording = text.parse()?;
    /// let masked = recording.mask(&[Mask::new("pid", r"\d+")?]).to_string();
    /// assert!(masked.ends_with("0.000 \"pid \" <pid 2>\n0.100 <...pid 2> \" ready\"\n@0.100 exit 0\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn mask(&self, masks: &[Mask]) -> Recording {
        let mut recording = self.clone();
        mask_events(masks, &[], &mut recording.events);
        recording
    }

    /// The recording in which everything that is masked is as wide as its name, and in the write in which it began, so that
    /// only names are compared; what these masks want compared by width is as wide as it was.
    pub(crate) fn by_name<'a>(&self, masks: impl Iterator<Item = &'a Mask>) -> Cow<'_, Recording> {
        if self.events.iter().all(|event| event.masked.is_empty()) {
            return Cow::Borrowed(self);
        }
        let by_width = masks
            .filter(|mask| mask.is_by_width())
            .flat_map(Mask::names);
        let by_width: BTreeSet<String> = by_width.collect();
        let mut recording = self.clone();
        for is_stderr in [false, true] {
            by_name(writes(&mut recording.events, is_stderr), &by_width);
        }
        Cow::Owned(recording)
    }
}

/// The names of what is masked in events.
pub(crate) fn masked_names(events: &[Event]) -> BTreeSet<String> {
    let masked = events.iter().flat_map(|event| &event.masked);
    masked.map(|part| part.name.clone()).collect()
}

/// Masks what is matched in the writes among events, and secrets.
pub(crate) fn mask_events(masks: &[Mask], secrets: &[Secret], events: &mut [Event]) {
    if masks.is_empty() && secrets.is_empty() {
        return;
    }
    for is_stderr in [false, true] {
        let mut streams = writes(events, is_stderr);
        let mut written: Vec<_> = streams
            .iter_mut()
            .map(|(bytes, masked)| Written {
                bytes: std::mem::take(*bytes),
                masked: std::mem::take(*masked),
            })
            .collect();
        mask(masks, secrets, &mut written);
        for ((bytes, masked), written) in streams.into_iter().zip(written) {
            (*bytes, *masked) = (written.bytes, written.masked);
        }
    }
}

/// The text that masks are matched against, of one stream.
pub(crate) fn mask_text(events: &[Event], is_stderr: bool) -> String {
    let (mut bytes, mut masked) = (Vec::new(), Vec::new());
    for event in events {
        let written = match &event.kind {
            EventKind::Output(written) if !is_stderr => written,
            EventKind::Stderr(written) if is_stderr => written,
            _ => continue,
        };
        let start = bytes.len();
        let parts = event.masked.iter();
        masked.extend(parts.map(|part| start + part.at..start + part.end()));
        bytes.extend_from_slice(written);
    }
    Text::new(&bytes, masked.into_iter()).text
}

/// The writes to one stream.
fn writes(events: &mut [Event], is_stderr: bool) -> Vec<(&mut Vec<u8>, &mut Vec<Masked>)> {
    let writes = events.iter_mut().filter_map(|event| match &mut event.kind {
        EventKind::Output(bytes) if !is_stderr => Some((bytes, &mut event.masked)),
        EventKind::Stderr(bytes) if is_stderr => Some((bytes, &mut event.masked)),
        _ => None,
    });
    writes.collect()
}
