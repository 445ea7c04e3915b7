//! Programs in real time, without a tracer: what the system itself makes them print.

use std::thread;
use stroboscope::{
    recording::{End, EventKind, Recording},
    session::Session,
};

/// What a run printed and how it ended, without its instants. On pipes the streams are apart, as in real time the order
/// between them is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    pub output: String,
    pub errors: String,
    pub end: End,
}

impl Printed {
    pub fn of(recording: &Recording) -> Printed {
        let stream = |is_errors: bool| {
            let events = recording.events().iter();
            let bytes = events.filter_map(|event| match &event.kind {
                EventKind::Output(bytes) if !is_errors => Some(bytes.as_slice()),
                EventKind::Stderr(bytes) if is_errors => Some(bytes.as_slice()),
                _ => None,
            });
            String::from_utf8(bytes.collect::<Vec<_>>().concat()).unwrap()
        };
        Printed {
            output: stream(false),
            errors: stream(true),
            end: recording.end().1,
        }
    }

    /// The same with the lines sorted.
    pub fn sorted(&self) -> Printed {
        let sorted = |text: &str| {
            let mut lines: Vec<_> = text.split_inclusive('\n').collect();
            lines.sort_unstable();
            lines.concat()
        };
        Printed {
            output: sorted(&self.output),
            errors: sorted(&self.errors),
            end: self.end,
        }
    }

    /// The same without the numbers of milliseconds.
    pub fn without_durations(&self) -> Printed {
        let words = self.output.split_inclusive([' ', '\n']);
        let words: Vec<_> = words.collect();
        let followers = words.iter().skip(1).map(Some).chain([None]);
        let is_ms = |word: Option<&&str>| {
            word.is_some_and(|word| word.trim_end_matches(['\n', ' ', ',']) == "ms")
        };
        let output = words
            .iter()
            .zip(followers)
            .map(|(word, next)| if is_ms(next) { "_ " } else { word });
        Printed {
            output: output.collect(),
            ..self.clone()
        }
    }
}

/// Runs sessions in real time, side by side; their recordings are in the same order.
#[track_caller]
pub fn natively(sessions: &[Session]) -> Vec<Recording> {
    thread::scope(|scope| {
        let runs: Vec<_> = sessions
            .iter()
            .map(|session| scope.spawn(|| session.clone().real_time().run()))
            .collect();
        let runs = runs.into_iter().map(|run| run.join().unwrap());
        runs.map(|run| run.unwrap_or_else(|error| panic!("{error}")))
            .collect()
    })
}

/// What sessions print in real time, without what they print to stderr; all exit with 0.
#[track_caller]
pub fn outputs(sessions: &[Session]) -> Vec<String> {
    let printed = natively(sessions).into_iter().map(|recording| {
        let Printed { output, end, .. } = Printed::of(&recording);
        assert_eq!(end, End::Exit(0), "{recording}");
        output
    });
    printed.collect()
}
