//! The terminal answers what it is asked, at the instant of the question.

use super::{asks, events, tells};
use crate::{effort::times, requirement::has_virtual_time};
use stroboscope::recording::{Answers, End, EventKind};

/// What xterm's control sequences and kitty's protocol say of the answers; the colors are documented in `docs/terminal.md`.
const ANSWERS: &str = concat!(
    "0.000 \"\\e[3;5H\\e[6n\"\n",
    "@0.000 reply \"\\e[3;5R\"\n",
    "0.000 \"position: \\\\x1b[3;5R\\r\\n\"\n",
    "0.000 \"\\e[c\"\n",
    "@0.000 reply \"\\e[?62;22c\"\n",
    "0.000 \"attributes: \\\\x1b[?62;22c\\r\\n\"\n",
    "0.000 \"\\e]11;?\\e\\\\\"\n",
    "@0.000 reply \"\\e]11;rgb:BACKGROUND\\e\\\\\"\n",
    "0.000 \"background: \\\\x1b]11;rgb:BACKGROUND\\\\x1b\\\\\\\\\\r\\n\"\n",
    "0.000 \"\\e[>1u\\e[?u\\e[<u\"\n",
    "@0.000 reply \"\\e[?1u\"\n",
    "0.000 \"keyboard: \\\\x1b[?1u\\r\\n\"\n",
    "0.000 \"\\e[?2004$p\"\n",
    "@0.000 reply \"\\e[?2004;2$y\"\n",
    "0.000 \"bracketed paste: \\\\x1b[?2004;2$y\\r\\n\"\n",
    "@0.000 exit 0\n",
);

/// The events of the program that asks.
pub fn answers() -> String {
    ANSWERS.replace("BACKGROUND", "1515/1919/1e1e")
}

#[test]
fn the_terminal_answers_at_the_instant_of_the_question() {
    tells(&asks(&[], Answers::Terminal), &answers());
}

#[test]
fn in_real_time_it_answers_the_same() {
    let recording = asks(&[], Answers::Terminal).real_time().run().unwrap();
    let output = String::from_utf8(recording.output()).unwrap();
    assert!(!output.contains("no answer"), "{output}");
    assert_eq!(recording.end().1, End::Exit(0));
    let replies = |event: &stroboscope::recording::Event| matches!(event.kind, EventKind::Reply(_));
    assert_eq!(
        recording
            .events()
            .iter()
            .filter(|event| replies(event))
            .count(),
        5
    );
}

#[test]
fn a_silent_terminal_is_named_with_what_the_program_waited_for() {
    if !has_virtual_time() {
        return;
    }
    let recording = asks(&[], Answers::None).run().unwrap();
    let text = recording.to_string();
    assert_eq!(recording.header().answers, Answers::None);
    assert!(
        text.contains("\nanswers: none\n") && !text.contains("reply"),
        "{text}"
    );
    let unanswered: Vec<&str> = recording.unanswered().collect();
    assert_eq!(
        unanswered,
        ["CSI ? u", "DA1", "DECRQM ? 2004", "DSR 6", "OSC 11"]
    );
    assert_eq!(recording.end().0.as_secs(), 5);
    let output = String::from_utf8(recording.output()).unwrap();
    assert_eq!(output.matches("no answer").count(), 5);
}

/// Three thousand answers are more than a terminal's buffer holds.
#[test]
fn any_number_of_answers_arrives() {
    for count in ["1", "100", "3000"] {
        let Some(told) = events(&asks(&[count], Answers::Terminal)) else {
            return;
        };
        assert!(
            told.contains(&format!("\"{count} answers in 0 s\\r\\n\"")),
            "{count}"
        );
        assert_eq!(told.matches("reply").count().to_string(), count);
    }
}

#[test]
fn many_runs_with_answers_give_one_recording() {
    if !has_virtual_time() {
        return;
    }
    let session = asks(&["40"], Answers::Terminal);
    let first = session.run().unwrap().to_string();
    for _ in 1..times(10) {
        assert_eq!(session.run().unwrap().to_string(), first);
    }
}

/// In canonical mode the answer is echoed, and waits for the end of the line; so it does in a real terminal.
#[test]
fn an_answer_that_nobody_reads_is_echoed() {
    let session = super::sh(
        "printf 'a\\033[6n'; read -r line; echo \"$line\" | tail -c 3",
        "@1 send \"x\\r\"\n",
    );
    tells(
        &session,
        "0.000 \"a\\e[6n\"\n\
         @0.000 reply \"\\e[1;2R\"\n\
         0.000 \"^[[1;2R\"\n\
         @1.000 send \"x\\r\"\n\
         0.000 \"x\\r\\n\"\n\
         0.000 \"Rx\\r\\n\"\n\
         @1.000 exit 0\n",
    );
}
