//! What happens in one recording or two, side by side.

use serde_json::{Value, json};
use std::time::Duration;
use stroboscope::{
    comparison::{EventPair, event_pairs},
    recording::{Event, Recording},
    transcript,
};

/// The most characters of an event's payload.
const EXCERPT: usize = 200;

/// The events of one recording, or of two, side by side: how they differ, and for each its instant and what happened.
pub fn events(old: &Recording, new: Option<&Recording>) -> Vec<Value> {
    let Some(new) = new else {
        let alone = old.events().iter();
        return alone
            .map(|event| json!(["", milliseconds(event.at), happened(event)]))
            .collect();
    };
    let (left, right) = (old.events(), new.events());
    let gap = |events: &[Event], number: usize| {
        let before = number
            .checked_sub(1)
            .map_or(Duration::ZERO, |before| events[before].at);
        events[number].at.saturating_sub(before)
    };
    let event = |pair: &EventPair| match (pair.left, pair.right) {
        (Some(old), Some(new)) => {
            let (from, to) = (&left[old], &right[new]);
            let mark = if from.kind != to.kind || from.after != to.after {
                "changed"
            } else if from.at == to.at || gap(left, old) == gap(right, new) {
                ""
            } else {
                "moved"
            };
            let now = if from.kind == to.kind {
                Value::Null
            } else {
                json!(happened(to))
            };
            json!([
                mark,
                milliseconds(from.at),
                happened(from),
                milliseconds(to.at),
                now
            ])
        }
        (Some(old), None) => json!(["gone", milliseconds(left[old].at), happened(&left[old])]),
        (None, Some(new)) => json!(["new", milliseconds(right[new].at), happened(&right[new])]),
        (None, None) => Value::Null,
    };
    event_pairs(old, new).iter().map(event).collect()
}

fn happened(event: &Event) -> String {
    transcript::excerpt_of(event, EXCERPT)
}

/// An instant in milliseconds, exact down to the nanosecond for 104 days.
pub fn milliseconds(at: Duration) -> Value {
    let (whole, rest) = (at.as_millis(), at.subsec_nanos() % 1_000_000);
    if rest == 0 {
        json!(u64::try_from(whole).unwrap_or(u64::MAX))
    } else {
        let decimals = format!("{whole}.{rest:06}");
        serde_json::from_str(&decimals).unwrap_or(Value::Null)
    }
}
