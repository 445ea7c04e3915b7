//! What a notebook keeps: laws, the measured vectors, and the page's text down to its digest.

mod measured;
mod reference;
mod whole;

use std::fmt::Write as _;

use crate::effort::cases;
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use stroboscope::view::notebook::{Notebook, Rule, fold, markdown_block};

const RULES: [Rule; 2] = [Rule::Rx, Rule::Lab];

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn text_without_backspace_and_return_stays(text in "[^\u{8}\r]*") {
        for rule in RULES {
            prop_assert_eq!(fold(rule, &text).unwrap(), text.as_str());
        }
    }

    #[test]
    fn a_text_is_refused_only_where_its_rule_takes_too_long(text in any_text("[a$&`'\u{8}\r\n\u{2028}]{0,60}")) {
        prop_assert!(fold(Rule::Lab, &text).is_ok());
        if let Some(whole) = whole::fold(&text) {
            prop_assert_eq!(fold(Rule::Rx, &text), Ok(whole));
        }
    }

    #[test]
    fn what_backspaces_leave_is_final(text in "[ab😀\u{8}\n$]*") {
        let folded = fold(Rule::Rx, &text).unwrap();
        prop_assert_eq!(fold(Rule::Rx, &folded).unwrap(), folded);
    }

    #[test]
    fn without_dollars_a_return_is_left_only_at_the_end(text in "[ab\u{8}\r\n\u{2028}]*") {
        let folded = fold(Rule::Rx, &text).unwrap();
        prop_assert!(folded.find('\r').is_none_or(|at| at == folded.len() - 1), "{:?}", folded);
    }

    #[test]
    fn a_later_message_is_folded_with_the_text_kept(messages in any_messages()) {
        let mut notebook = Notebook::new(Rule::Rx);
        for message in &messages {
            let Some(whole) = whole::fold(&(notebook.text() + message)) else {
                break;
            };
            prop_assert_eq!(notebook.push(message), Ok(()));
            prop_assert_eq!(notebook.text(), whole);
        }
    }

    #[test]
    fn a_cursor_does_not_see_where_a_text_is_cut(messages in messages("[ab😀$\u{8}\r\n]{0,8}")) {
        let kept = keep(Rule::Lab, &messages);
        prop_assert_eq!(kept.find(['\u{8}', '\r']), None);
        prop_assert_eq!(kept, fold(Rule::Lab, &messages.concat()).unwrap());
    }

    #[test]
    fn a_block_without_its_indent_is_the_text(folded in any::<String>()) {
        let block = markdown_block(&folded);
        let lines: Option<Vec<_>> = block.strip_suffix('\n').unwrap().split('\n').map(|line| line.strip_prefix("    ")).collect();
        prop_assert_eq!(lines.map(|lines| lines.join("\n")), Some(folded));
    }
}

#[test]
fn measured_texts_fold_as_measured() {
    for &(text, rx, lab) in measured::TEXTS {
        check(&[text], rx, lab);
    }
}

#[test]
fn measured_messages_fold_as_measured() {
    for &(messages, rx, lab) in measured::MESSAGES {
        check(messages, rx, lab);
    }
}

#[test]
fn the_sources_own_vectors_hold() {
    for &(messages, rx, lab) in reference::VECTORS {
        check(messages, rx, lab);
    }
}

#[test]
fn where_runs_of_backspaces_are_whole_the_cut_does_not_matter() {
    let frames = messages_of("F", 3, "thinking");
    let frames: Vec<_> = frames.iter().map(String::as_str).collect();
    for messages in [&frames[..], &[&frames.concat()]] {
        check(
            messages,
            "F\n| thinki/ thinki- thinki        Answer: 42\n",
            "F\nAnswer: 42\n",
        );
    }
}

#[test]
fn a_spinner_without_message_leaves_the_answer() {
    check(
        &[&messages_of("F", 2, "").concat()],
        "F\nAnswer: 42\n",
        "F\nAnswer: 42\n",
    );
}

#[test]
fn a_message_with_a_line_feed_leaves_stray_backspaces() {
    check(
        &[&messages_of("F", 2, "ok\n").concat()],
        "F\n| ok\n\x08/ ok\n\x08    Answer: 42\n",
        "F\n| ok\n/ ok\nAnswer: 42\n",
    );
}

#[test]
fn a_text_that_the_source_never_ends_is_refused() {
    // The pattern restores its own `\r`, or doubles the text in each round.
    for (text, lab) in [
        ("$&\r\u{2028}", "\u{2028}&"),
        ("abc$&\rX\nde\rY", "Xbc$&\nYe"),
    ] {
        let refused = fold(Rule::Rx, text).unwrap_err();
        assert_eq!(whole::fold(text), None);
        assert!(refused.to_string().contains("would hang"), "{refused}");
        assert_eq!(fold(Rule::Lab, text).unwrap(), lab);
    }
}

#[test]
fn many_messages_onto_a_long_line_are_folded_without_reading_it() {
    let line = "$ x ".repeat(500_000);
    let mut messages = vec![line.clone()];
    for count in 0..50_000 {
        messages.push(format!("\r{count:6} $.\u{2028}"));
        messages.push("\u{8}".to_owned());
    }
    messages.push("\n".to_owned());
    messages.extend((0..100_000).map(|_| "\r$ stays ".to_owned()));
    let waiting = "\r$ stays ".repeat(100_000);
    assert!(keep(Rule::Rx, &messages) == format!(" 49999 $.{}\n{waiting}", &line[9..]));
}

#[test]
fn an_hour_of_frames_folds_message_by_message() {
    let frames = messages_of("F", 36_000, "thinking!");
    for (rule, length) in [(Rule::Rx, 360_023), (Rule::Lab, 13)] {
        let kept = keep(rule, &frames);
        assert_eq!(kept, fold(rule, &frames.concat()).unwrap());
        assert_eq!(kept.len(), length);
    }
}

#[test]
fn the_page_of_28_frames_is_kept_by_the_byte() {
    check_canonical(
        "Thread-5 (spin)",
        28,
        (
            700,
            319,
            "fcd012f5d61aee87727a9816e50e73bea9da7603e8e366c733409b897e3d243b",
        ),
        (
            352,
            "e8b943e91edd9afa0c2d00cc6bb8597dff3dd26fa77593b1ff56840fcef5deb3",
        ),
    );
}

#[test]
fn thirty_frames_of_a_bare_thread_are_kept_by_the_byte() {
    check_canonical(
        "Thread-1",
        30,
        (
            737,
            341,
            "538ad3341f04a9f54de270724a13db15189e909764ded761729b7e2024198f67",
        ),
        (
            365,
            "395a2c29caa4e9967e3245ee31f90a57739da326eba89b84f953f2fc8cca19d2",
        ),
    );
}

#[test]
fn thirty_frames_of_a_named_thread_are_kept_by_the_byte() {
    check_canonical(
        "Thread-1 (spin)",
        30,
        (
            744,
            341,
            "6f281cc213d53ea46dfa8521016df8f07b2393417f2ad0e89932379d7ad671d7",
        ),
        (
            372,
            "5b168bbe7ea48af65efd6b27a6f70862f520f3b66dc6444e94f937f9d979953c",
        ),
    );
}

#[test]
fn a_block_ends_in_a_line_of_four_blanks() {
    assert_eq!(
        markdown_block("F\n\nAnswer: 42\n"),
        "    F\n    \n    Answer: 42\n    \n"
    );
}

#[track_caller]
fn check(messages: &[&str], rx: &str, lab: &str) {
    assert_eq!(keep(Rule::Rx, messages), rx, "{messages:?} by Rx");
    assert_eq!(keep(Rule::Lab, messages), lab, "{messages:?} by Lab");
}

#[track_caller]
fn check_canonical(
    thread: &str,
    frames: usize,
    stream: (usize, usize, &str),
    folded: (usize, &str),
) {
    let header = format!("spinner object: <Thread({thread}, initial)>");
    let text = messages_of(&header, frames, "thinking!").concat();
    assert_eq!(
        (text.len(), text.matches('\u{8}').count(), &*digest(&text)),
        stream
    );
    let kept = fold(Rule::Rx, &text).unwrap();
    assert_eq!((kept.len(), &*digest(&kept)), folded);
    assert_eq!(
        fold(Rule::Lab, &text).unwrap(),
        format!("{header}\nAnswer: 42\n")
    );
}

/// Returns a spinner's stream, cut where a pipe's writes are.
fn messages_of(header: &str, frames: usize, message: &str) -> Vec<String> {
    let length = "| ".len() + message.len();
    let (back, blank) = ("\u{8}".repeat(length), " ".repeat(length));
    let mut pending = format!("{header}\n");
    let mut messages = Vec::new();
    for glyph in ['|', '/', '-', '\\'].into_iter().cycle().take(frames) {
        messages.push(format!("{pending}{glyph} {message}"));
        pending.clone_from(&back);
    }
    messages.push(format!("{pending}{blank}{back}Answer: 42\n"));
    messages
}

fn any_text(pattern: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![pattern, any::<String>()]
}

fn messages(pattern: &'static str) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(pattern, 0..8)
}

/// Messages in which each part of the rule is often met.
fn any_messages() -> impl Strategy<Value = Vec<String>> {
    prop_oneof![
        messages("[ab$&`'\u{8}\r\n\u{2028}]{0,8}"),
        messages("[$\r\n\u{8}a]{0,12}"),
        messages("[$a\r]{0,12}"),
        messages("[\r\n\u{8}a\u{2028}\u{2029}]{0,12}"),
        messages("[$&`'\r\u{2028}\u{8}a]{0,6}"),
        messages("[a-h\u{8}\r]{0,16}"),
    ]
}

fn keep<T: AsRef<str>>(rule: Rule, messages: &[T]) -> String {
    let mut notebook = Notebook::new(rule);
    for message in messages {
        notebook.push(message.as_ref()).unwrap();
    }
    notebook.text()
}

fn digest(text: &str) -> String {
    Sha256::digest(text)
        .iter()
        .fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap();
            hex
        })
}
