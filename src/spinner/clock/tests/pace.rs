//! What a clock mode promises: a grid of at least a millisecond when paused, and real time without a grid when real.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::clock::{ClockDriver, ClockMode, LEAST_GRAIN, PausedThread, pin_to_one_cpu};

use super::guard::{PATIENCE, ms, spawn_task, within_patience};

/// Long enough to be measured, short enough to wait for.
const A_MOMENT: Duration = ms(20);

/// Runs `body` in real time, and checks that it took at least `least`, by the clock and in fact.
#[track_caller]
fn check_real(least: Duration, body: impl FnOnce(ClockDriver) + Send + 'static) {
    let (told, took) = within_patience(move || {
        let time = ClockDriver::new(ClockMode::Real).expect("a real clock");
        let (clock, start) = (time.clock(), Instant::now());
        assert_eq!(clock.pace(), ClockMode::Real);
        body(time);
        (clock.now(), start.elapsed())
    });
    assert!(told >= least, "the clock told {told:?}");
    assert!(took >= least, "it took {took:?}");
}

/// Spawns a task that sleeps for [`A_MOMENT`] and then sends.
fn spawn_sleeper(me: &PausedThread) -> mpsc::Receiver<()> {
    let (done, is_done) = mpsc::channel();
    let clock = me.clock().clone();
    drop(spawn_task(me, async move {
        clock.sleep(A_MOMENT).await;
        done.send(()).expect("a reader");
    }));
    is_done
}

#[track_caller]
fn check_refused(grain: Duration, message: &str) {
    let error = ClockDriver::new(ClockMode::Paused { grain }).expect_err("a grain too fine");
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    assert_eq!(error.to_string(), message);
}

#[test]
fn a_granularity_below_the_least_is_refused() {
    check_refused(
        Duration::from_micros(500),
        "the grain `500us` is too fine for a paused clock: give `1ms` or more",
    );
    check_refused(
        Duration::ZERO,
        "the grain `0s` is too fine for a paused clock: give `1ms` or more",
    );
}

#[test]
fn the_least_granularity_is_accepted_and_reported() {
    let pace = ClockMode::Paused { grain: LEAST_GRAIN };
    assert_eq!(
        ClockDriver::new(pace)
            .expect("a paused clock")
            .clock()
            .pace(),
        pace
    );
}

#[test]
fn in_real_time_tasks_sleep() {
    check_real(A_MOMENT, |time| time.run(time.clock().sleep(A_MOMENT)));
}

#[test]
fn in_real_time_threads_sleep_and_are_joined() {
    check_real(A_MOMENT * 2, |time| {
        time.threads(|me| {
            let child = me.spawn("child", |me: &PausedThread| {
                me.sleep(A_MOMENT);
                42
            });
            assert_eq!(me.join(child.expect("a child")).expect("an answer"), 42);
            me.sleep(A_MOMENT);
        });
    });
}

#[test]
fn in_real_time_a_join_returns_the_childs_panic() {
    check_real(Duration::ZERO, |time| {
        time.threads(|me| {
            let child = me.spawn("child", |_: &PausedThread| panic!("boom"));
            let payload = me.join::<()>(child.expect("a child")).expect_err("a panic");
            assert_eq!(payload.downcast_ref(), Some(&"boom"));
        });
    });
}

#[test]
fn in_real_time_tasks_continue_while_main_sleeps() {
    check_real(A_MOMENT, |time| {
        time.threads(|me| {
            let is_done = spawn_sleeper(me);
            while is_done.try_recv().is_err() {
                me.sleep(A_MOMENT / 4);
            }
        });
    });
}

#[test]
fn in_real_time_tasks_continue_while_main_joins() {
    check_real(A_MOMENT, |time| {
        time.threads(|me| {
            let is_done = spawn_sleeper(me);
            let child = me.spawn("child", move |_: &PausedThread| {
                is_done.recv_timeout(PATIENCE / 2)
            });
            let told = me.join(child.expect("a child")).expect("no panic");
            assert_eq!(told, Ok(()), "the task stood still");
        });
    });
}

#[test]
fn in_real_time_a_child_can_wait_for_a_timer_while_main_blocks() {
    check_real(A_MOMENT, |time| {
        time.threads(|me| {
            let (done, is_done) = mpsc::channel();
            let child = me.spawn("child", move |me: &PausedThread| {
                me.wait(me.clock().sleep(A_MOMENT));
                done.send(()).expect("a reader");
            });
            assert_eq!(
                is_done.recv_timeout(PATIENCE / 2),
                Ok(()),
                "nobody drove the timer"
            );
            me.join(child.expect("a child")).expect("no panic");
        });
    });
}

#[test]
fn in_real_time_a_child_outlives_main() {
    check_real(A_MOMENT, |time| {
        let (done, is_done) = mpsc::channel();
        time.threads(|me| {
            let child = me.spawn("child", move |me: &PausedThread| {
                me.wait(me.clock().sleep(A_MOMENT));
                done.send(me.clock().now()).expect("a reader");
            });
            drop(child.expect("a child"));
        });
        assert!(
            is_done
                .recv_timeout(PATIENCE / 2)
                .expect("the child's last word")
                >= A_MOMENT
        );
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_pinned_thread_and_the_threads_it_starts_have_one_cpu() {
    use rustix::thread::sched_getaffinity;

    // On its own thread, or every later test would be pinned with this one.
    let cpus = within_patience(|| {
        pin_to_one_cpu().expect("to pin");
        let own = sched_getaffinity(None).expect("a mask").count();
        let started = std::thread::spawn(|| sched_getaffinity(None).expect("a mask").count());
        (own, started.join().expect("a count"))
    });
    assert_eq!(cpus, (1, 1));
}

#[cfg(not(target_os = "linux"))]
#[test]
fn pinning_does_nothing_on_other_systems() {
    pin_to_one_cpu().expect("nothing to fail");
}
