//! A child that another thread of ours forks has copies of all our descriptors until its exec, and so of those by which the
//! tracer looks at a program's files. What the program closes is closed all the same.

use super::programs::{c_program, c_session};
use crate::{bounded::Run, effort::times, requirement::has_virtual_time};
use std::{
    env,
    process::Command,
    ptr,
    sync::atomic::{AtomicBool, Ordering::SeqCst},
    thread,
    time::Duration,
};

/// How long a forked child takes until it does anything else.
static SLOW: libc::timespec = libc::timespec {
    tv_sec: 0,
    tv_nsec: 30_000_000,
};
const RUNS: usize = 6;
/// Set in a process of its own, in which no other test's descriptors are copied.
const ALONE: &str = "STROBE_TEST_FORKS";

/// By the C library, which calls who wants to know of it, or by the kernel alone, as `posix_spawn` does.
fn fork(by_library: bool) {
    // SAFETY: the child only makes system calls.
    let child = unsafe {
        if by_library {
            libc::fork().into()
        } else {
            libc::syscall(libc::SYS_fork)
        }
    };
    let options = libc::WNOHANG | libc::__WNOTHREAD;
    // SAFETY: the calls keep nothing of their arguments; the child ends here, without any destructor.
    unsafe {
        if child == 0 {
            libc::nanosleep(&raw const SLOW, ptr::null_mut());
            libc::_exit(0);
        }
        while libc::waitpid(-1, ptr::null_mut(), options) > 0 {}
    }
}

/// A program that ends once its terminal has hung up is run again and again, while another thread forks.
fn runs_are_the_same(by_library: bool) {
    let session = c_session("own_terminal").arg("typed").pipe();
    let expected = session.run().unwrap().to_string();
    let has_ended = AtomicBool::new(false);
    let runs = thread::scope(|scope| {
        scope.spawn(|| {
            while !has_ended.load(SeqCst) {
                fork(by_library);
                thread::sleep(Duration::from_millis(1));
            }
        });
        let runs: Vec<_> = (0..times(RUNS)).map(|_| session.run()).collect();
        has_ended.store(true, SeqCst);
        runs
    });
    let runs = runs.into_iter().map(Result::unwrap);
    // What was not seen to arrive in time, on a busy machine, is marked.
    let unmarked: Vec<_> = runs.filter(|run| run.header().varies.is_empty()).collect();
    assert!(!unmarked.is_empty());
    for run in unmarked {
        assert_eq!(run.to_string(), expected, "{by_library}");
    }
}

#[test]
fn a_terminal_hangs_up_whatever_forked_children_of_ours_have_copied() {
    if !has_virtual_time() {
        return;
    }
    if env::var_os(ALONE).is_some() {
        runs_are_the_same(true);
        runs_are_the_same(false);
        return;
    }
    // It is compiled once.
    c_program("own_terminal");
    let name =
        "virtual_time::copies::a_terminal_hangs_up_whatever_forked_children_of_ours_have_copied";
    let mut alone = Command::new(env::current_exe().unwrap());
    alone.args(["--exact", name, "--nocapture"]).env(ALONE, "1");
    // The tracer has its copies for longer.
    let output = alone.env("STROBE_CHAOS", "3").run_tool();
    let told = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&told)
    );
}
