//! Programs that know nothing of virtual time. The instant of each write follows from the program.

use super::{
    at,
    native::{Printed, natively},
    said, story, tells,
};
use Native::{AnyOrder, Never, Same, WhenIdle};
use std::{
    iter::once,
    path::{Path, PathBuf},
};
use stroboscope::session::Session;

/// How what a subject prints in virtual time is compared with what it prints natively.
enum Native {
    /// It prints the same, whatever the machine does besides.
    Same,
    /// It prints the same lines. Their order is up to the scheduler, or to deadlines that a busy machine may miss.
    AnyOrder,
    /// It prints the same on an idle machine, durations apart; elsewhere it may not, for this reason.
    WhenIdle(&'static str),
    /// It prints something else, for this reason.
    Never(&'static str),
}

const RACES: Native = WhenIdle("on a busy machine a wait may end later than another one");
const TYPED_EARLY: Native =
    WhenIdle("on a busy machine the script may act before the program is ready");
const PRINTS_DATES: Native = Never("it prints what a clock shows");

/// A test for each subject, and the list of all.
macro_rules! subjects {
    ($($name:ident: $session:expr => $story:expr, $native:expr;)+) => {
        $(#[test]
        fn $name() {
            tells(&$session, &$story);
        })+

        /// Every subject, by the name of its test.
        pub fn all() -> Vec<(&'static str, Session)> {
            vec![$((stringify!($name), $session)),+]
        }

        /// Every subject with its story, and how that is compared with a native run.
        fn expectations() -> Vec<(&'static str, Session, String, Native)> {
            vec![$((stringify!($name), $session, $story.to_string(), $native)),+]
        }
    };
}

#[test]
fn subjects_print_in_virtual_time_what_they_print_natively() {
    print_as_natively(|native| match native {
        Same => Ok(Printed::clone),
        AnyOrder => Ok(Printed::sorted),
        WhenIdle(why) | Never(why) => Err(why),
    });
}

#[test]
#[ignore = "needs an idle machine; `just native` runs it"]
fn subjects_print_in_virtual_time_what_they_print_natively_on_an_idle_machine() {
    print_as_natively(|native| match native {
        Same | WhenIdle(_) => Ok(Printed::without_durations),
        AnyOrder => Ok(Printed::sorted),
        Never(why) => Err(why),
    });
}

/// Compares the stories of subjects with native runs, by the part of both that `part` says; or it says why not.
#[track_caller]
fn print_as_natively(part: impl Fn(Native) -> Result<fn(&Printed) -> Printed, &'static str>) {
    let (mut sessions, mut expected) = (Vec::new(), Vec::new());
    for (name, session, lines, native) in expectations() {
        match part(native) {
            Ok(part) => {
                sessions.push(session);
                expected.push((name, lines, part));
            }
            Err(why) => eprintln!("{name} is not compared: {why}"),
        }
    }
    for (native, (name, lines, part)) in natively(&sessions).into_iter().zip(expected) {
        let expected = story(&native.header().channel, &lines);
        let [native, expected] = [&native, &expected].map(|run| part(&Printed::of(run)));
        assert_eq!(native, expected, "{name}");
    }
}

/// What holds the programs of `tests/subject`.
pub fn subject_program() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_spinner")).with_file_name("examples/subject")
}

/// A program of `tests/subject`, on pipes. Such a program writes whole lines.
pub fn subject(name: &str) -> Session {
    let built = Session::cargo_bin("examples/subject");
    built
        .expect("`cargo test` or `cargo build --examples` builds it")
        .arg(name)
        .pipe()
}

pub fn bash(script: &str) -> Session {
    Session::new("bash").args(["-c", script]).pipe()
}

fn scripted(session: Session, script: &str) -> Session {
    session.script(script.parse().unwrap())
}

subjects! {
    a_condition_wait_ends_at_its_deadline_or_when_notified: subject("condvar") => r#"
        @0.100 "timed out: true\n"
        @0.200 "timed out: true\n"
        @0.250 "timed out: false\n"
        @0.250 exit 0"#, RACES;
    threads_wake_in_the_order_of_their_deadlines: subject("sleeps") => r#"
        @0.100 "100\n"
        @0.200 "200\n"
        @0.300 "300\n"
        @0.300 "joined\n"
        @0.300 exit 0"#, AnyOrder;
    threads_with_one_deadline_run_in_the_order_in_which_they_began_to_wait: subject("ties") => r#"
        @1.000 "1\n"
        @1.000 "2\n"
        @1.000 "3\n"
        @1.000 "4\n"
        @1.000 exit 0"#, AnyOrder;
    threads_woken_together_run_in_creation_order: subject("woken_together") => r#"
        @0.100 "0 true\n"
        @0.100 "1 true\n"
        @0.100 "2 true\n"
        @0.100 "3 true\n"
        @0.100 "4 true\n"
        @0.100 exit 0"#, AnyOrder;
    a_timed_receive_ends_at_its_deadline_or_with_a_message: subject("channel") => r#"
        @0.100 "nothing\n"
        @0.150 "received 1\n"
        @0.250 "nothing\n"
        @0.300 "received 2\n"
        @0.350 "gone\n"
        @0.350 exit 0"#, RACES;
    timers_of_a_multi_threaded_runtime_keep_their_period: subject("tokio_intervals") => tokio_beats(), AnyOrder;
    a_progress_bar_ticks_beside_work_that_sleeps: subject("progress_bar").pty(20, 24) => progress(), RACES;
    a_process_tree_ends_from_its_leaves_up: subject("process_tree") => process_tree(), AnyOrder;
    a_fork_has_deadlines_of_its_own: subject("fork") => r#"
        @0.100 "child\n"
        @0.200 "parent\n"
        @0.300 "left with 7\n"
        @0.300 exit 0"#, AnyOrder;
    two_processes_see_each_other_over_pipes_with_time_outs: subject("two_processes") => r#"
        @0.100 "nothing\n"
        @0.120 "\"tick\"\n"
        @0.120 "\"heard me\"\n"
        @0.220 "nothing\n"
        @0.240 "\"tick\"\n"
        @0.240 "\"\"\n"
        @0.240 exit 0"#, RACES;
    a_child_killed_in_a_wait_ends_at_once: subject("killed_children") => r#"
        @0.100 "sleeping: Some(9)\n"
        @0.200 "parked: Some(9)\n"
        @0.200 exit 0"#, Same;
    every_timed_system_call_ends_at_its_deadline_or_by_its_event: subject("raw_waits") => raw_waits(), RACES;
    the_processors_counter_follows_the_clock: subject("timestamp_counter") => r#"
        @0.250 "250 ms\n"
        @0.500 "250 ms\n"
        @0.500 exit 0"#, Never("natively the counter does not count nanoseconds");
    every_clock_tells_the_same_time: subject("clocks") => clocks(), PRINTS_DATES;
    a_clock_read_costs_the_same_by_vdso_and_by_call: subject("clock_reads") => clock_read_costs(), PRINTS_DATES;
    the_time_out_of_a_wait_that_ended_early_ends_no_later_wait: subject("ready_poll") => r#"
        @2.000 "slept\n"
        @3.000 "read 1\n"
        @3.000 exit 0"#, Same;
    a_wait_with_a_time_out_of_zero_returns_at_once: subject("zero_timeouts") => r#"
        @0.000 "500\n"
        @0.100 "slept\n"
        @0.102 "waited\n"
        @0.102 exit 0"#, AnyOrder;
    a_signal_is_handled_by_the_thread_whose_wait_it_ends: subject("process_signal") => r#"
        @0.300 "1 after 300 ms\n"
        @0.600 "2 after 300 ms\n"
        @0.900 "3 after 300 ms\n"
        @0.900 exit 0"#, RACES;
    a_terminal_answers_at_the_instant_of_the_question: subject("terminal_questions").pty(80, 24) => crate::scripts::answers(), Same;
    a_hundred_answers_arrive_before_a_time_out: subject("terminal_questions").arg("100").pty(80, 24) => format!("{}{}{} exit 0",
        said(0, &"\x1b[6n".repeat(100)) + &"@0.000 reply \"\\e[1;1R\"\n".repeat(100), said(0, "100 answers in 0 s\r\n"), at(0)), Same;
    asking_for_a_pty_number_creates_no_terminal: subject("pty_number").pty(80, 24) => r#"
        @0.000 "true\r\n"
        @0.000 exit 0"#, Same;

    a_loop_in_a_shell_sleeps: bash("for i in 1 2 3; do echo $i; sleep 0.1; done") => r#"
        @0.000 "1\n"
        @0.100 "2\n"
        @0.200 "3\n"
        @0.300 exit 0"#, Same;
    a_shell_waits_for_its_background_job: bash("{ sleep 0.2; echo behind; } & echo before; wait; echo waited") => r#"
        @0.000 "before\n"
        @0.200 "behind\n"
        @0.200 "waited\n"
        @0.200 exit 0"#, AnyOrder;
    a_trap_is_run_in_the_middle_of_a_wait: bash("trap 'echo trapped' USR1; { sleep 0.1; kill -USR1 $$; sleep 0.2; } & wait; echo $?; wait; echo $?") => r#"
        @0.100 "trapped\n"
        @0.100 "138\n"
        @0.300 "0\n"
        @0.300 exit 0"#, RACES;
    a_trap_waits_for_the_foreground_program: bash("trap 'echo trapped' USR1; { sleep 0.1; kill -USR1 $$; } & sleep 0.3; echo slept") => r#"
        @0.300 "trapped\n"
        @0.300 "slept\n"
        @0.300 exit 0"#, RACES;
    ctrl_c_ends_a_sleep: scripted(Session::new("sleep").arg("1"), "@0.250 send \"\\x03\"") => r#"
        @0.250 send "\x03"
        @0.250 "^C"
        @0.250 killed INT"#, TYPED_EARLY;
    a_shell_traps_ctrl_c: scripted(bash("trap 'echo caught; exit 3' INT; sleep 1; echo never").pty(80, 24), "@0.250 send \"\\x03\"") => r#"
        @0.250 send "\x03"
        @0.250 "^C"
        @0.250 "caught\r\n"
        @0.250 exit 3"#, TYPED_EARLY;
    a_signal_in_a_script_arrives_at_its_instant: scripted(bash("trap 'echo asked; exit 4' TERM; sleep 10 & wait"), "@0.150 signal TERM") => r#"
        @0.150 signal TERM
        @0.150 "asked\n"
        @0.150 exit 4"#, TYPED_EARLY;
    a_signal_in_a_script_kills: scripted(Session::new("sleep").arg("10"), "@0.150 signal TERM") => r"
        @0.150 signal TERM
        @0.150 killed TERM", Same;
    a_sleep_stopped_and_continued_ends_at_its_deadline: bash("sleep 0.5 & sleep 0.1; kill -STOP $!; sleep 0.2; kill -CONT $!; wait $!; echo $?") => r#"
        @0.500 "0\n"
        @0.500 exit 0"#, RACES;
    a_sleep_stopped_past_its_deadline_ends_when_continued: bash("sleep 0.5 & sleep 0.1; kill -STOP $!; sleep 0.7; echo held; kill -CONT $!; wait $!; echo $?") => r#"
        @0.800 "held\n"
        @0.800 "0\n"
        @0.800 exit 0"#, RACES;
    the_date_is_fixed: bash("date +%s.%3N; date +%s.%N | cut -c -14") => r#"
        @0.000 "1735689600.000\n"
        @0.000 "1735689600.000\n"
        @0.000 exit 0"#, PRINTS_DATES;
    the_date_moves_with_the_clock: bash("date; sleep 1; date") => r#"
        @0.000 "Wed Jan  1 00:00:00 UTC 2025\n"
        @1.000 "Wed Jan  1 00:00:01 UTC 2025\n"
        @1.000 exit 0"#, PRINTS_DATES;
    stdout_and_stderr_are_in_the_order_of_their_writes: bash("echo a; echo b >&2; echo c; echo d >&2; printf e; printf f >&2; sleep 0.1; printf g") => r#"
        @0.000 "a\n"
        @0.000 stderr "b\n"
        @0.000 "c\n"
        @0.000 stderr "d\n"
        @0.000 "e"
        @0.000 stderr "f"
        @0.100 "g"
        @0.100 exit 0"#, Same;
    typed_input_arrives_at_its_instant: scripted(bash("read line; echo \"got $line\"").pty(80, 24), "@0.123 send \"hello\\r\"") => r#"
        @0.123 send "hello\r"
        @0.123 "hello\r\n"
        @0.123 "got hello\r\n"
        @0.123 exit 0"#, Same;
    long_typed_input_arrives_whole: scripted(sum_of_lengths(100, "0"), &typed_lines()) => format!(r#"
        @0.000 "ready\r\n"
        {}
        @0.100 "2900\r\n"
        @0.100 exit 0"#, typed_lines()), TYPED_EARLY;
    input_typed_ahead_waits_until_the_terminal_has_room: scripted(sum_of_lengths(200, "0.5"), &[typed_lines(), typed_lines()].join("\n")) => format!(r#"
        @0.000 "ready\r\n"
        {}
        {0}
        @0.500 "5800\r\n"
        @0.500 exit 0"#, typed_lines()), TYPED_EARLY;
    input_sent_to_a_pipe_arrives_at_its_instant: scripted(bash("while read -r line; do echo \"got $line\"; done; echo end"), "@0.123 send \"a\\nb\\n\"\n@0.200 eof") => r#"
        @0.123 send "a\nb\n"
        @0.123 "got a\n"
        @0.123 "got b\n"
        @0.200 eof
        @0.200 "end\n"
        @0.200 exit 0"#, Same;
    an_answer_is_sent_after_the_question_has_appeared: scripted(bash("sleep 0.3; printf 'name? '; read -r name; sleep 0.2; echo \"$name\""), "after \"name? \" send \"Ada\\n\"") => r#"
        @0.300 "name? "
        @0.300 after "name? " send "Ada\n"
        @0.500 "Ada\n"
        @0.500 exit 0"#, Same;
    a_resize_interrupts_a_wait: scripted(bash("trap 'stty size' WINCH; sleep 0.2 & wait; wait").pty(80, 24), "@0.100 resize 100x30") => r#"
        @0.100 resize 100x30
        @0.100 "30 100\r\n"
        @0.200 exit 0"#, TYPED_EARLY;
    nproc_prints_one: bash("nproc") => r#"
        @0.000 "1\n"
        @0.000 exit 0"#, Never("it prints how many processors there are");
    kill_0_tells_whether_a_process_exists: bash("sleep 0.2 & kill -0 $! && echo there; wait; kill -0 $! 2>/dev/null || echo gone") => r#"
        @0.000 "there\n"
        @0.200 "gone\n"
        @0.200 exit 0"#, RACES;
    a_pipeline_passes_data_on_at_once: bash("for i in 1 2; do sleep 0.1; echo $i; done | while read -r i; do echo \"< $i\"; done") => r#"
        @0.100 "< 1\n"
        @0.200 "< 2\n"
        @0.200 exit 0"#, Same;
}

/// tokio counts whole milliseconds. Reading the clock takes a moment, so its timers are due a moment after a millisecond, and
/// end at the next.
fn tokio_beats() -> String {
    let beats = (1..=3).flat_map(|count| {
        [100, 150, 200].map(|first| {
            let due = first + (count - 1) * 150;
            said(due + 1, &format!("{first} ms: {count}\n"))
        })
    });
    beats.chain(once(format!("{} exit 0", at(501)))).collect()
}

/// A frame every 100 ms, each with the next step of the wheel; a step of the work every 350 ms. A line is as wide as the
/// terminal, and is erased before each frame but the first.
fn progress() -> String {
    let line = |wipe, text: &str| format!("{wipe}{text:<20}");
    let wheel = ["a", "b", "c", "d"].into_iter().cycle().skip(1);
    let frames = (0..1050).step_by(100).zip(wheel).map(|(ms, wheel)| {
        let wipe = if ms == 0 { "" } else { "\r\x1b[2K" };
        said(ms, &line(wipe, &format!("{wheel} {}/3", ms / 350)))
    });
    let end = [
        said(1050, &line("\r\x1b[2K", "done 3/3")),
        format!("{} exit 0", at(1050)),
    ];
    frames.chain(end).collect()
}

/// Each process says when it wakes. Then those whose children have all ended leave, children before their parents.
fn process_tree() -> String {
    let left = |process: u64| -> u64 {
        let last = [process, 2 * process + 1, 4 * process + 3];
        10 * last
            .into_iter()
            .filter(|process| *process < 8)
            .max()
            .unwrap()
    };
    let told = |ms| {
        let slept = (1..8).filter(move |process| 10 * process == ms);
        let slept = slept.map(move |process| said(ms, &format!("{process} slept\n")));
        let leaves = (1..8).rev().filter(move |process| left(*process) == ms);
        slept.chain(leaves.map(move |process| said(ms, &format!("{process} leaves\n"))))
    };
    let lines = (10..=70).step_by(10).flat_map(told);
    lines.chain(once(format!("{} exit 0", at(70)))).collect()
}

/// Each wait in turn: it takes 100 ms, or the 30 ms until something happens.
fn raw_waits() -> String {
    let polls = ["poll", "ppoll"];
    let selects = ["select", "pselect"];
    let epolls = ["epoll_wait", "epoll_pwait", "epoll_pwait2"];
    let futexes = ["futex", "futex until", "futex until, wall"];
    let sleeps = ["nanosleep", "clock_nanosleep", "clock_nanosleep, wall"];
    let sleeps_until = ["clock_nanosleep until", "clock_nanosleep until, wall"];
    let each = |names: &[&'static str], result: &'static str| {
        let rows = names.iter().map(|name| (*name, result));
        rows.collect::<Vec<_>>()
    };
    let timed_out = [
        each(&polls, "0"),
        each(&selects, "0, set 0, 0 ms left"),
        each(&epolls, "0"),
        each(&["sigtimedwait", "semtimedop"], "EAGAIN"),
        each(&futexes, "ETIMEDOUT"),
        each(&sleeps, "0"),
        each(&sleeps_until, "0"),
    ];
    let interrupted = [
        each(&polls, "EINTR"),
        // The set is unchanged, and Linux writes the remaining time.
        each(&selects, "EINTR, set 1, 70 ms left"),
        each(&epolls, "EINTR"),
        each(&["sigtimedwait", "semtimedop"], "EINTR"),
        each(&futexes, "EINTR"),
        each(&sleeps, "EINTR, 70 ms left"),
        each(&sleeps_until, "EINTR"),
    ];
    let happened = [
        each(&polls, "1"),
        each(&selects, "1, set 1, 70 ms left"),
        each(&epolls, "1"),
        // SIGUSR2.
        each(&["sigtimedwait"], "12"),
        each(&["semtimedop"], "0"),
        each(&futexes, "0"),
    ];
    let parts = [
        ("time-outs", 100, timed_out.concat()),
        ("a signal", 30, interrupted.concat()),
        ("what they wait for", 30, happened.concat()),
    ];
    let (mut ms, mut lines) = (0, String::new());
    for (title, wait, rows) in parts {
        lines += &said(ms, &format!("{title}\n"));
        for (name, result) in rows {
            ms += wait;
            lines += &said(ms, &format!("{name}: {result} after {wait} ms\n"));
        }
    }
    lines + &format!("{} exit 0", at(ms))
}

/// Reads so many lines after a sleep, and prints the sum of their lengths.
fn sum_of_lengths(lines: u32, after: &str) -> Session {
    let read = "read -r line; sum=$((sum + ${#line}))";
    let script = format!(
        "stty -echo; echo ready; sleep {after}; for i in {{1..{lines}}}; do {read}; done; echo $sum"
    );
    bash(&script).pty(80, 24)
}

/// A hundred lines typed at once: more than a terminal takes in one piece.
fn typed_lines() -> String {
    let line = format!("{}\\r", "x".repeat(29));
    format!("@0.100 send \"{}\"", line.repeat(100))
}

/// Each read moves a clock by 20 ns, and the clock of processor time by a microsecond.
fn clock_read_costs() -> String {
    let steps = [0, 1, 2, 4, 5, 6, 7, 11].map(|clock| match clock {
        // CLOCK_PROCESS_CPUTIME_ID.
        2 => (clock, 1_000),
        _ => (clock, 20),
    });
    let steps = steps.map(|(clock, step)| said(0, &format!("{clock}: {:?}\n", [step; 6])));
    format!(
        "{}{}{}{}{}{}{}{} exit 0",
        steps.concat(),
        said(1, "slept\n"),
        said(1, "looked true\n"),
        said(2, "slept\n"),
        said(3, "looked true\n"),
        said(3, "slept while somebody looked\n"),
        said(3, "looked\n"),
        at(3)
    )
}

fn clocks() -> String {
    let clocks = [
        "monotonic",
        "monotonic, raw",
        "monotonic, coarse",
        "since boot",
        "wall",
        "wall, coarse",
        "atomic",
        "gettimeofday",
        "time",
        "times",
    ];
    let clocks = clocks.map(|clock| said(2000, &format!("{clock}: 2000 ms\n")));
    let date = said(0, "1735689600\n");
    format!("{date}{}{} exit 0", clocks.concat(), at(2000))
}
