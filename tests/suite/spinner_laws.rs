//! Laws of the two spinners on the paused clock.

use crate::{
    capture::{Run, on_packets, on_pipe, on_pty},
    effort::{cases, times},
    oracle::{self, TASK, THREAD, frames, onlcr, sha256, stream},
    snapshots::words,
};
use proptest::prelude::*;
use std::{
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
    time::Duration,
};
use stroboscope::{
    recording::{End, Recording, Signal},
    view::notebook::{Rule, fold},
};

const STYLES: [(&str, &str); 2] = [
    ("thread --paused", THREAD),
    ("async --paused --source spinner.py:6", TASK),
];

#[track_caller]
fn same_bytes(left: &[u8], right: &[u8]) {
    assert_eq!(
        left.escape_ascii().to_string(),
        right.escape_ascii().to_string()
    );
}

fn writes(recording: &Recording) -> Vec<Vec<u8>> {
    recording
        .writes()
        .map(|(_, bytes)| bytes.to_vec())
        .collect()
}

/// Stream and fold of a run, by the digests that were taken of CPython's.
#[track_caller]
fn digests(arguments: &str, stream: &str, page: &str) {
    let captured = on_pipe(&words(arguments)).captured;
    assert_eq!(sha256(&captured), stream);
    assert_eq!(
        sha256(
            fold(Rule::Rx, str::from_utf8(&captured).unwrap())
                .unwrap()
                .as_bytes()
        ),
        page
    );
}

#[test]
fn streams_and_folds_have_the_digests_of_cpythons() {
    digests(
        "thread --paused --grain 15.625ms --thread-name 'Thread-5 (spin)'",
        "fcd012f5d61aee87727a9816e50e73bea9da7603e8e366c733409b897e3d243b",
        "e8b943e91edd9afa0c2d00cc6bb8597dff3dd26fa77593b1ff56840fcef5deb3",
    );
    digests(
        "thread --paused --thread-name Thread-1",
        "538ad3341f04a9f54de270724a13db15189e909764ded761729b7e2024198f67",
        "395a2c29caa4e9967e3245ee31f90a57739da326eba89b84f953f2fc8cca19d2",
    );
    digests(
        "thread --paused",
        "6f281cc213d53ea46dfa8521016df8f07b2393417f2ad0e89932379d7ad671d7",
        "5b168bbe7ea48af65efd6b27a6f70862f520f3b66dc6444e94f937f9d979953c",
    );
}

/// The boundaries are those that `strace` showed of CPython: N + 2 on a terminal, N + 1 on a pipe.
#[test]
fn writes_are_cut_where_cpython_cuts_them() {
    let (frame, erase) = (
        |glyph: &str| format!("{}{glyph} thinking!", "\x08".repeat(11)),
        "\x08".repeat(11),
    );
    let end = format!("{erase}{}{erase}Answer: 42\n", " ".repeat(11));
    for (arguments, header) in STYLES {
        let mut expected = vec![format!("{header}\n| thinking!")];
        expected.extend(
            ["/", "-", "\\", "|"]
                .iter()
                .cycle()
                .take(29)
                .map(|glyph| frame(glyph)),
        );
        expected.push(end.clone());
        assert_eq!(expected.len(), 31);
        let (packets, recording) = on_packets(&words(arguments));
        let texts: Vec<String> = packets
            .iter()
            .map(|packet| String::from_utf8(packet.clone()).unwrap())
            .collect();
        assert_eq!(texts, expected);
        assert_eq!(packets, writes(&recording));

        let header_alone = expected.remove(0);
        let (header, first) = header_alone.split_once('\n').unwrap();
        expected.splice(0..0, [format!("{header}\n"), first.to_owned()]);
        let on_a_terminal: Vec<Vec<u8>> =
            expected.iter().map(|text| onlcr(text.as_bytes())).collect();
        assert_eq!(on_a_terminal.len(), 32);
        assert_eq!(
            writes(&on_pty(&words(arguments), (80, 24)).recording),
            on_a_terminal
        );
    }
}

#[test]
fn a_terminal_receives_what_a_pipe_does_with_other_line_ends() {
    for (arguments, header) in STYLES {
        let pipe = on_pipe(&words(arguments)).captured;
        same_bytes(&pipe, &stream(header, "thinking!", 30));
        same_bytes(&on_pty(&words(arguments), (80, 24)).captured, &onlcr(&pipe));
    }
}

/// Real CPython showed 13 frames of the thread by then and 12 of the coroutine: its 1.25 s began when the process did,
/// and importing asyncio had taken its part of them. On the paused clock nothing but sleeps takes time, so that the
/// frames at 0.0, 0.1, … 1.2 s have been drawn in either style.
#[test]
fn at_an_interrupt_after_1250_ms_thirteen_frames_have_been_drawn() {
    for (arguments, header) in STYLES {
        let arguments = format!("{arguments} --interrupt-at 1250ms");
        let run = on_pipe(&words(&arguments));
        same_bytes(&run.captured, &oracle::unanswered(header, "thinking!", 13));
        assert_eq!(run.end, End::Killed(Signal::INT));
    }
}

/// A run, and its writes with their instants, without the header line.
fn events(arguments: &str) -> (Run, Vec<(Duration, Vec<u8>)>) {
    let run = on_pipe(&words(arguments));
    let mut writes: Vec<_> = run
        .recording
        .writes()
        .map(|(at, bytes)| (at, bytes.to_vec()))
        .collect();
    let header = writes[0].1.iter().position(|byte| *byte == b'\n').unwrap();
    writes[0].1.drain(..=header);
    (run, writes)
}

proptest! {
    #![proptest_config(cases(16))]

    /// The first frame is drawn at once and each other one an interval later; at a tie the work ends first.
    #[test]
    fn frames_are_the_work_divided_by_the_interval_rounded_up(work in 1_u64..5_000, interval in 1_u64..700) {
        for style in ["thread", "async"] {
            let (run, writes) = events(&format!("{style} --paused --work {work}ms --interval {interval}ms"));
            let expected = usize::try_from(work.div_ceil(interval)).unwrap();
            prop_assert_eq!(frames(&run.captured, "thinking!"), expected);
            let instants: Vec<Duration> = writes.iter().map(|(at, _)| *at).take(expected).collect();
            let grid = (0..work.div_ceil(interval)).map(|frame| Duration::from_millis(frame * interval));
            prop_assert_eq!(instants, grid.collect::<Vec<_>>());
        }
    }

    /// The coroutine is cancelled when the work ends; the thread sees it at its next wake.
    #[test]
    fn thread_and_coroutine_differ_in_header_and_end_alone(
        work in 1_u64..2_000, interval in 1_u64..300, interrupt in proptest::option::of(1_u64..2_000),
        message in "[a-z]{0,9}|思考中",
    ) {
        let interrupt_at = interrupt.map(|at| format!("--interrupt-at {at}ms")).unwrap_or_default();
        let options = format!("--paused --message '{message}' --work {work}ms --interval {interval}ms {interrupt_at}");
        let (thread, mut on_thread) = events(&format!("thread {options}"));
        let (task, mut as_task) = events(&format!("async {options}"));
        prop_assert_eq!(thread.end, task.end);
        let interrupted = interrupt.is_some_and(|at| at <= work);
        prop_assert_eq!(thread.end, if interrupted { End::Killed(Signal::INT) } else { End::Exit(0) });
        let end = if interrupted { interrupt.unwrap() } else { work };
        let ((thread_end, thread_last), (task_end, task_last)) = (on_thread.pop().unwrap(), as_task.pop().unwrap());
        prop_assert_eq!(task_end, Duration::from_millis(end));
        prop_assert_eq!(thread_end, Duration::from_millis(end.div_ceil(interval) * interval));
        prop_assert_eq!(thread_last, task_last);
        prop_assert_eq!(on_thread, as_task);
    }
}

fn transcripts(arguments: &str, runs: usize) {
    let first = on_pipe(&words(arguments)).recording.to_string();
    for run in 1..runs {
        assert_eq!(
            on_pipe(&words(arguments)).recording.to_string(),
            first,
            "run {run}"
        );
    }
}

#[test]
fn every_run_gives_the_same_transcript() {
    for (arguments, _) in STYLES {
        transcripts(arguments, times(5));
    }
}

#[test]
fn every_run_gives_the_same_transcript_with_every_core_busy() {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while !done.load(Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let runs = std::panic::catch_unwind(every_run_gives_the_same_transcript);
        done.store(true, Relaxed);
        runs.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
}
