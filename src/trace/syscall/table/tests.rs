use super::{EVENTS, Family, ROWS, UNSEEN, Verdict, of, rows};
use crate::trace::{
    arch,
    syscall::{objects::Objects, time_out::TimeOut},
};
use std::collections::BTreeSet;
use syscalls::Sysno;

#[test]
fn every_system_call_has_exactly_one_row() {
    let rows = ROWS.iter().chain(arch::ROWS).map(|row| row.call);
    let lists = [EVENTS, arch::EVENTS, UNSEEN, arch::UNSEEN];
    let rows = rows.chain(lists.into_iter().flatten().copied());
    let mut classified = BTreeSet::new();
    for call in rows {
        assert!(classified.insert(call as usize), "{call} has two rows");
    }
    for call in Sysno::iter() {
        assert!(classified.contains(&(call as usize)), "{call} has no row");
        assert_eq!(of(call as i64).map(|row| row.call), Some(call));
    }
    assert!(of(-1).is_none() && of(i64::MAX).is_none());
}

#[test]
fn every_call_that_may_wait_or_wake_is_reported() {
    for row in rows() {
        let is_wanted = !row.waits.is_empty() || !row.wakes.is_empty();
        assert!(!is_wanted || row.is_reported(), "{}", row.call);
    }
}

#[test]
fn every_reported_row_has_a_family() {
    for row in rows() {
        let is_unseen = matches!(row.family, Family::Unseen | Family::Event);
        assert_eq!(row.is_reported(), !is_unseen, "{}", row.call);
        let is_refused = row.rules.iter().any(|rule| rule.verdict != Verdict::Report);
        assert!(
            !is_unseen || is_refused || row.rules.is_empty(),
            "{}",
            row.call
        );
        let is_plain = row.family == Family::Plain;
        let does_something = !row.waits.is_empty() || !row.wakes.is_empty();
        assert!(!is_plain || does_something, "{} does nothing", row.call);
    }
}

#[test]
fn every_wait_has_objects_and_every_time_out_belongs_to_a_wait() {
    for row in rows() {
        let waits = !row.waits.is_empty();
        // `io_submit` is complete when it returns, but may block until then.
        let has_objects = row.objects != Objects::None && row.call != Sysno::io_submit;
        assert_eq!(waits, has_objects, "{}", row.call);
        assert!(waits || row.time_out == TimeOut::None, "{}", row.call);
    }
}
