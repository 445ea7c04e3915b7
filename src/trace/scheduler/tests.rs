//! The scheduler without ptrace: a script of what threads do, and whose turn follows.

use super::{Scheduler, Turn};

/// A scheduler whose thread has the turn.
fn running(thread: i32) -> Scheduler {
    let mut scheduler = Scheduler::default();
    scheduler.start_turn(thread);
    scheduler
}

/// The turns until no thread is ready, if each thread blocks at once.
fn turns(scheduler: &mut Scheduler) -> Vec<i32> {
    scheduler.queue_woken();
    std::iter::from_fn(|| match scheduler.next() {
        Turn::Thread(thread) | Turn::Lone(thread) => Some(thread),
        Turn::Nobody => None,
    })
    .collect()
}

#[test]
fn threads_woken_together_run_in_creation_order() {
    let mut scheduler = running(1);
    for (creation, thread) in [(4, 14), (2, 12), (3, 13)] {
        scheduler.wake(thread, creation);
    }
    assert!(scheduler.end_turn(1));
    assert_eq!(turns(&mut scheduler), [12, 13, 14]);
}

#[test]
fn threads_woken_earlier_run_first() {
    let mut scheduler = running(1);
    scheduler.wake(14, 4);
    scheduler.queue_woken();
    scheduler.wake(12, 2);
    scheduler.end_turn(1);
    assert_eq!(turns(&mut scheduler), [14, 12]);
}

#[test]
fn a_thread_that_yields_runs_after_the_ready_threads() {
    let mut scheduler = running(1);
    scheduler.wake(3, 3);
    scheduler.queue_woken();
    scheduler.wake(2, 2);
    scheduler.yield_turn(1);
    assert_eq!(scheduler.current(), None);
    assert_eq!(turns(&mut scheduler), [3, 2, 1]);
}

#[test]
fn a_thread_that_waits_for_its_woken_threads_resumes_first() {
    let mut scheduler = running(1);
    scheduler.wake(2, 2);
    scheduler.yield_turn(1);
    scheduler.resume_first(1);
    scheduler.queue_woken();
    assert_eq!(scheduler.next_resumes_first(), Some(1));
    assert_eq!(scheduler.next_resumes_first(), None);
    assert_eq!(turns(&mut scheduler), [2]);
}

#[test]
fn only_the_thread_that_yielded_can_resume_first() {
    let mut scheduler = running(1);
    scheduler.yield_turn(1);
    scheduler.resume_first(2);
    assert_eq!(scheduler.next_resumes_first(), None);
    scheduler.resume_first(1);
    scheduler.remove(1);
    assert_eq!(scheduler.next_resumes_first(), None);
}

#[test]
fn due_work_comes_before_a_busy_poller_but_after_ready_threads() {
    let mut scheduler = running(1);
    scheduler.wake(2, 2);
    scheduler.queue_woken();
    scheduler.end_turn(1);
    assert!(!scheduler.due_comes_first());
    assert_eq!(scheduler.next(), Turn::Thread(2));
    assert!(scheduler.due_comes_first());

    // Thread 2 polls, and a sleeper's time is up: the sleeper runs first, and the poller after it.
    scheduler.start_turn(2);
    scheduler.yield_turn(2);
    assert!(scheduler.due_comes_first());
    scheduler.wake(3, 3);
    scheduler.queue_yielded();
    assert_eq!(turns(&mut scheduler), [3, 2]);
}

#[test]
fn a_poller_is_known_to_be_alone_or_to_have_ready_threads_after_it() {
    let mut scheduler = running(1);
    scheduler.yield_turn(1);
    assert_eq!(scheduler.next(), Turn::Lone(1));
    scheduler.queue(1);
    assert_eq!(scheduler.next(), Turn::Thread(1));
    assert_eq!(scheduler.next(), Turn::Nobody);
}

#[test]
fn an_interrupted_computation_runs_after_the_ready_threads() {
    let mut scheduler = running(1);
    scheduler.wake(2, 2);
    scheduler.queue_woken();
    scheduler.end_turn(1);
    // The interrupt stop.
    scheduler.wake(1, 1);
    scheduler.yield_if_woken(1);
    assert_eq!(turns(&mut scheduler), [2, 1]);
    // It ended instead.
    scheduler.yield_if_woken(1);
    assert!(turns(&mut scheduler).is_empty());
}

#[test]
fn a_thread_that_has_ended_gets_no_turn() {
    let mut scheduler = running(1);
    scheduler.wake(2, 2);
    scheduler.wake(3, 3);
    scheduler.queue_woken();
    scheduler.wake(4, 4);
    for ended in [1, 2, 4] {
        scheduler.remove(ended);
    }
    assert!(!scheduler.has_turn(1));
    assert_eq!(turns(&mut scheduler), [3]);
}
