//! Whatever is read as a script has steps that a recording can have, and whatever is refused, is refused with a place.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::time::Duration;
use stroboscope::{
    Script,
    recording::{Channel, End, Event, EventKind, Header, Recording},
};

fuzz_target!(|text: &str| match text.parse::<Script>() {
    Ok(script) => {
        let header = Header::new(Channel::Pty {
            columns: 80,
            rows: 24,
            term: "x".into(),
        });
        let steps = script.steps().iter().map(|step| step.kind.clone());
        let events = steps
            .chain([EventKind::End(End::Exit(0))])
            .map(|kind| Event::new(Duration::ZERO, kind));
        let Ok(recording) = Recording::new(header, events.collect()) else {
            return;
        };
        let read: Recording = recording.to_string().parse().expect("what is printed is read");
        assert_eq!(read, recording);
    }
    Err(error) => {
        let reason = error.to_string();
        assert!(!reason.contains(|character: char| character.is_control() && character != '\n'));
    }
});
