//! A payload without most of what it repeats, so that a count need not be written out.

use std::ops::Range;

/// How many copies are kept of what comes more often: enough for whatever has a count in a transcript.
const KEPT: usize = 256;

/// A part of a payload of which copies were cut.
#[derive(Clone, Debug)]
pub(crate) struct Cut {
    /// Where the copies that were kept begin.
    at: usize,
    /// The length of one.
    unit: usize,
    /// How many bytes were cut.
    pub(crate) missing: usize,
}

impl Cut {
    /// How many copies of a unit to keep of `count`, and the cut that this is, if it is one.
    pub(crate) fn new(at: usize, unit: usize, count: usize) -> (usize, Option<Cut>) {
        let cut = count.checked_sub(KEPT).filter(|missing| *missing > 0);
        let cut = cut.map(|missing| Cut {
            at,
            unit,
            missing: unit * missing,
        });
        (count.min(KEPT), cut)
    }

    /// Whether all copies, but for some at the ends, are in a part of the payload with this period. Then they have it as
    /// well, and the part would only be longer with those that are missing.
    pub(crate) fn is_in(&self, part: &Range<usize>, period: usize) -> bool {
        let (len, ends) = (KEPT * self.unit, period + self.unit);
        self.missing.is_multiple_of(period)
            && len >= 3 * ends
            && part.start <= self.at + ends
            && self.at + len <= part.end + ends
    }

    /// How many bytes are missing before a place in a payload.
    pub(crate) fn missing_before(cuts: &[Cut], place: usize) -> usize {
        let before = cuts.iter().filter(|cut| cut.at < place);
        before.map(|cut| cut.missing).sum()
    }

    /// The payload with everything that is missing.
    pub(crate) fn mended(cuts: &[Cut], bytes: &[u8]) -> Vec<u8> {
        let missing: usize = cuts.iter().map(|cut| cut.missing).sum();
        let mut whole = Vec::with_capacity(bytes.len() + missing);
        let mut at = 0;
        for cut in cuts {
            whole.extend_from_slice(&bytes[at..cut.at]);
            at = cut.at;
            let unit = &bytes[at..at + cut.unit];
            (0..cut.missing / cut.unit).for_each(|_| whole.extend_from_slice(unit));
        }
        whole.extend_from_slice(&bytes[at..]);
        whole
    }
}
