//! Timers of every kind, held against the manual pages (setitimer(2), `timer_create(2)`, `timerfd_create(2)`, socket(7)) and
//! against native runs.

use super::{
    native::{Printed, natively},
    programs::c_session,
    run,
};
use stroboscope::{
    recording::{End, Recording},
    session::Session,
};

/// What `tests/programs/timers.c` prints in virtual time, unmarked: the hundredths of a second at which timers expire are
/// exact.
#[track_caller]
fn prints(what: &str, expected: &str) {
    is_printed(c_session("timers").args([what]), expected);
}

/// A program prints this in virtual time, unmarked. Natively it prints the same but for numbers, as the machine is late.
#[track_caller]
fn is_printed(session: Session, expected: &str) {
    let Some(recording) = run(&session) else {
        return;
    };
    let printed = String::from_utf8(recording.output()).unwrap();
    assert_eq!(printed.replace("\r\n", "\n"), expected, "{recording}");
    assert_eq!(recording.end().1, End::Exit(0));
    assert!(recording.header().varies.is_empty(), "{recording}");
    let words = |recording: &Recording| {
        let printed = Printed::of(recording);
        let words = printed.output.split(|c: char| c.is_ascii_digit());
        words.collect::<String>()
    };
    for native in natively(&[session]) {
        assert_eq!(words(&native), words(&recording));
        assert_eq!(native.end().1, End::Exit(0));
    }
}

#[test]
fn an_alarm_interrupts_a_sleep_and_an_interval_timer_does_not_drift() {
    prints(
        "alarms",
        "alarm 3 1 0
woken at 200, 2 left, caught 1 code 128 pid 0
tick at 2 code 128
tick at 7 code 128
tick at 12 code 128
left 5 of 5
was 5
virtual 5
bad -1 22
which -1 22
fault -1 14
",
    );
}

#[test]
fn a_posix_timer_sends_its_value_counts_overruns_and_is_taken_by_sigtimedwait() {
    prints(
        "posix",
        "tick at 3 code -2 value 42 overrun 0
tick at 5 code -2 value 42 overrun 0
tick at 7 code -2 value 42 overrun 0
at 16 overrun 3 3
interval 2 left some
deleted -1 22
took 2 at 100 code -2 value 7
took 2 at 1
took -1 at 10
none 5
none 0
",
    );
}

#[test]
fn a_posix_timer_calls_its_function_in_a_thread() {
    prints(
        "threads",
        "thread at 10 value 9
thread at 20 value 9
thread at 30 value 9
rested until 35
",
    );
}

#[test]
fn a_timer_descriptor_counts_expirations_and_wakes_epoll_and_a_child() {
    prints(
        "files",
        "read 1 at 5
read 1 at 15
read 3 at 47
interval 10 left 8
nothing -1 11
epoll 1 at 8 count 1
epoll 1 at 16 count 1
epoll 2 at 20 count 1
child 1 at 5
parent 0 at 15
no timer -1 22
flags -1 22
",
    );
}

#[test]
fn a_signal_descriptor_tells_of_timers_as_the_kernel_does() {
    prints(
        "signals",
        "signal 3 code -2 overrun 3 value 5 at 6
signal 14 code 128 pid 0 at 7
",
    );
}

#[test]
fn an_alarm_lives_through_exec_and_no_timer_is_inherited_by_fork() {
    prints("exec", "child 0\nother 14\n");
}

#[test]
fn the_time_out_of_a_socket_ends_reads_and_writes_and_a_signal_does_too() {
    prints(
        "sockets",
        "receive 150000 of 16
read -1 11 at 15
recvmsg -1 11 at 15
waitall -1 11 at 15
read 1 y at 8
interrupted -1 4 at 5
ignored -1 11 at 15
full 11 at 10
send -1 11 at 10
connect 0 0 at 0
connect 0 0 at 0
connect -1 11 at 10
bad -1 33
without 1 z at 30
",
    );
}

#[test]
fn a_timer_descriptor_wakes_nobody_again_before_it_is_read_or_its_time_is_asked_for() {
    prints(
        "edges",
        "woken 1 at 5
woken 0 at 27
woken 1 at 30
read 8, 6
woken 1 at 35
woken 0 at 45
",
    );
}

#[test]
fn the_time_out_of_recvmmsg_is_looked_at_after_each_message() {
    is_printed(
        c_session("messages"),
        "until the time is up: 3 \"abc\" -, left 0
as many as wanted: 2 \"ab\" -, left 5
one, if no more are there: 1 \"a\" -, left 7
a time-out of zero: 1 \"a\" -, left 0
none without waiting: -1 \"\" Resource temporarily unavailable, left 5
a signal after two: 2 \"ab\" -, left 46
a signal before any: -1 \"\" Interrupted system call, left 50
no time: -1 \"\" Invalid argument, left -10
nothing wanted: 0 \"\" -, left 5
",
    );
}
