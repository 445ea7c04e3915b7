//! What a program finds under virtual time is what it finds without, and the same in every run, in corners where the one or
//! the other once was not so. The subjects are lines of Python that call the C library themselves; without it they are
//! skipped.

use super::run;
use crate::{bounded::Run, effort::times, requirement::is_met};
use std::{process::Command, time::Duration};
use stroboscope::session::Session;

/// How often a subject is run.
const RUNS: usize = 2;

/// In front of every subject.
const PRELUDE: &str = "
import ctypes, errno, os, select, signal, socket, sys, time
c = ctypes.CDLL(None, use_errno=True)
began = time.monotonic()
def show(*what):
    print(*what, '%.1f' % (time.monotonic() - began), flush=True)
def name(result):
    return result if result >= 0 else errno.errorcode[ctypes.get_errno()]
def later(*signals):
    me = os.getpid()
    child = os.fork()
    if child == 0:
        for sent in signals:
            time.sleep(.1)
            os.kill(me, sent)
        os._exit(0)
def stop_later():
    me = os.getpid()
    if os.fork() == 0:
        time.sleep(.1)
        os.kill(me, signal.SIGSTOP)
        time.sleep(.2)
        os.kill(me, signal.SIGCONT)
        os._exit(0)
";

#[track_caller]
fn shows(subject: &str, expected: &str) {
    if !is_met("python3", has_python()) {
        return;
    }
    let session = Session::new("python3")
        .args(["-S", "-c", &format!("{PRELUDE}{subject}")])
        .timeout(Duration::from_secs(60));
    for _ in 0..times(RUNS) {
        let Some(recording) = run(&session) else {
            return;
        };
        let output = String::from_utf8(recording.output()).unwrap();
        assert_eq!(output.replace("\r\n", "\n"), expected);
    }
}

fn has_python() -> bool {
    let probe = Command::new("python3").args(["-S", "-c", ""]).try_run();
    probe.is_ok_and(|probe| probe.status.success())
}

#[test]
fn a_signal_that_is_ignored_ends_no_wait() {
    shows(
        "
waits = select.epoll()
later(signal.SIGWINCH, signal.SIGURG)
show(name(c.epoll_wait(waits.fileno(), ctypes.create_string_buffer(12), 1, 500)))
",
        "0 0.5\n",
    );
}

#[test]
fn a_wait_that_is_called_again_after_a_stop_has_its_full_time_out() {
    shows(
        "
waits = select.epoll()
stop_later()
for _ in range(2):
    show(name(c.epoll_wait(waits.fileno(), ctypes.create_string_buffer(12), 1, 500)))
",
        "EINTR 0.3\n0 0.8\n",
    );
}

#[test]
fn select_waits_for_the_rest_of_its_time_after_a_stop() {
    shows(
        "
stop_later()
show(name(c.select(0, None, None, None, (ctypes.c_long * 2)(0, 500000))))
",
        "0 0.7\n",
    );
}

#[test]
fn a_handled_signal_ends_a_timed_futex_wait_though_calls_are_to_be_restarted() {
    shows(
        "
FUTEX, WAIT = 202, 0
signal.signal(signal.SIGUSR1, lambda *_: None)
signal.siginterrupt(signal.SIGUSR1, False)
later(signal.SIGUSR1)
word, time_out = ctypes.c_int(0), (ctypes.c_long * 2)(0, 500000000)
show(name(c.syscall(FUTEX, ctypes.byref(word), WAIT, 0, time_out)))
",
        "EINTR 0.1\n",
    );
}

#[test]
fn processes_killed_together_end_in_creation_order() {
    shows(
        "
children = []
for _ in range(6):
    child = os.fork()
    os.setpgid(child, children[0] if children else child)
    if child == 0:
        signal.pause()
    children.append(child)
killer = os.fork()
if killer == 0:
    time.sleep(.1)
    os.killpg(children[0], signal.SIGKILL)
    os._exit(0)
ends = [os.wait()[0] for _ in range(7)]
show([children.index(end) for end in ends if end != killer])
",
        "[0, 1, 2, 3, 4, 5] 0.1\n",
    );
}

#[test]
fn a_terminal_takes_as_much_of_a_write_that_does_not_wait_in_every_run() {
    shows(
        "
os.set_blocking(1, False)
taken = set()
for _ in range(10):
    taken |= {os.write(1, b'q' * 20000), os.writev(1, [b'', b'q' * 20000]), os.writev(1, [b'q' * 20, b'q' * 20000])}
os.write(1, b'\\r\\x1b[2J\\n')
show(sorted(taken))
",
        &format!(
            "{}\r\u{1b}[2J\n[20, 4096] 0.0\n",
            "q".repeat(10 * (4096 + 4096 + 20))
        ),
    );
}

#[test]
fn a_socket_option_of_another_level_is_not_taken_for_a_time_out() {
    shows(
        "
ends = socket.socketpair()
SAME_NUMBER_AS_SO_RCVTIMEO = 20
try:
    ends[0].setsockopt(socket.IPPROTO_IPV6, SAME_NUMBER_AS_SO_RCVTIMEO, b'x' * 16)
except OSError as error:
    show(error.errno == errno.EOPNOTSUPP)
",
        "True 0.0\n",
    );
}

#[test]
fn a_program_that_hides_its_memory_has_virtual_time_all_the_same() {
    shows(
        "
PR_GET_DUMPABLE, PR_SET_DUMPABLE = 3, 4
show(c.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), c.prctl(PR_GET_DUMPABLE, 0, 0, 0, 0))
time.sleep(1)
show('slept')
",
        "0 1 0.0\nslept 1.0\n",
    );
}

#[test]
fn every_run_is_on_the_first_processor() {
    shows("show(c.sched_getcpu())", "0 0.0\n");
}

#[test]
fn select_touches_no_memory_but_its_sets() {
    // The sets of a process that has room for a few hundred descriptors end long before the number that it says.
    shows(
        "
memory = ctypes.create_string_buffer(b'q' * 4096, 4096)
ctypes.memset(memory, 0, 128)
time_out = (ctypes.c_long * 2)(0, 100_000)
show(c.select(4096, memory, None, None, time_out), memory.raw.count(b'q'))
",
        "0 3968 0.1\n",
    );
}

#[test]
fn a_sleep_that_an_ignored_signal_meets_tells_no_rest() {
    shows(
        "
signal.signal(signal.SIGWINCH, signal.SIG_IGN)
later(signal.SIGWINCH)
left = (ctypes.c_long * 2)(7, 7)
show(c.nanosleep((ctypes.c_long * 2)(0, 500_000_000), left), list(left))
",
        "0 [7, 7] 0.5\n",
    );
}
