//! Tasks alone on a clock.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::clock::SpinnerClock;
use tokio::sync::oneshot;
use tokio::task;

use super::guard::{at_grain, ms, paused, within_patience};

const FRAME: Duration = ms(100);
const WORK: Duration = ms(3000);

/// Counts frames until it is cancelled; at the same instant the cancel comes first.
async fn spin(clock: SpinnerClock, mut cancel: oneshot::Receiver<()>) -> u32 {
    let mut frames = 0;
    loop {
        frames += 1;
        tokio::select! {
            biased;
            _ = &mut cancel => return frames,
            () = clock.sleep(FRAME) => {}
        }
    }
}

/// Works for [`WORK`] while a task spins, and returns its frames and the final instant.
async fn supervise(clock: SpinnerClock) -> (u32, Duration) {
    let (cancel, cancelled) = oneshot::channel();
    let spinner = task::spawn(spin(clock.clone(), cancelled));
    clock.sleep(WORK).await;
    cancel.send(()).expect("a spinner to cancel");
    (spinner.await.expect("the frames"), clock.now())
}

#[track_caller]
fn check_frames(grain: Duration, frames: u32, end: Duration) {
    let seen = within_patience(move || {
        let time = at_grain(grain);
        time.run(supervise(time.clock()))
    });
    assert_eq!(seen, (frames, end), "at a grain of {grain:?}");
}

/// Has main wake `sleepers` tasks as its last action, and checks that all of them make their write.
#[track_caller]
fn check_last_words(sleepers: usize) {
    let (written, end) = within_patience(move || {
        let time = paused();
        let written = Arc::new(Mutex::new(Vec::new()));
        time.run(async {
            let wakes: Vec<_> = (0..sleepers)
                .map(|number| {
                    let (wake, woken) = oneshot::channel::<()>();
                    let written = Arc::clone(&written);
                    task::spawn(async move {
                        let _ = woken.await;
                        written.lock().expect("the page").push(number);
                    });
                    wake
                })
                .collect();
            time.clock().sleep(WORK).await;
            drop(wakes);
        });
        let written = written.lock().expect("the page").clone();
        (written, time.clock().now())
    });
    assert_eq!(written, (0..sleepers).collect::<Vec<_>>());
    assert_eq!(end, WORK, "the last turn takes no time");
}

#[track_caller]
fn check_sleep(duration: Duration) {
    let end = within_patience(move || {
        let time = paused();
        let clock = time.clock();
        time.run(async move {
            clock.sleep(duration).await;
            clock.now()
        })
    });
    assert_eq!(end, duration);
}

#[test]
fn at_a_tie_the_cancel_always_comes_before_the_frame() {
    for _ in 0..200 {
        check_frames(ms(1), 30, WORK);
    }
}

#[test]
fn the_granularity_decides_how_many_frames_a_task_shows() {
    for grain in [1, 2, 4, 10, 20, 25].map(ms) {
        check_frames(grain, 30, WORK);
    }
    check_frames(ms(15), 29, WORK);
    check_frames(
        Duration::from_micros(15_600),
        28,
        Duration::from_micros(3_010_800),
    );
    check_frames(Duration::from_micros(15_625), 28, WORK);
    check_frames(ms(16), 27, ms(3008));
}

#[test]
fn a_task_that_main_woke_last_still_writes_before_run_returns() {
    check_last_words(1);
}

#[test]
fn hundreds_of_tasks_that_main_woke_last_still_write_before_run_returns() {
    check_last_words(300);
}

#[test]
fn an_aborted_task_runs_its_destructors_before_run_returns() {
    within_patience(|| {
        let (gone, mut is_gone) = oneshot::channel::<()>();
        let time = paused();
        let clock = time.clock();
        time.run(async {
            let task = task::spawn(async move {
                let _gone = gone;
                clock.sleep(WORK).await;
            });
            time.clock().sleep(FRAME).await;
            task.abort();
        });
        assert_eq!(
            is_gone.try_recv(),
            Err(oneshot::error::TryRecvError::Closed)
        );
    });
}

#[test]
fn outside_its_runtime_the_clock_still_returns_virtual_time() {
    within_patience(|| {
        let time = paused();
        let hour = ms(3_600_000);
        time.run(time.clock().sleep(hour));
        let clock = time.clock();
        let elsewhere = thread::spawn(move || clock.now());
        assert_eq!(time.clock().now(), hour);
        assert_eq!(elsewhere.join().expect("the time"), hour);
    });
}

#[test]
fn a_clock_continues_from_one_run_to_the_next() {
    within_patience(|| {
        let time = paused();
        let moments = Rc::new(RefCell::new(Vec::new()));
        for _ in 0..3 {
            time.run(async {
                time.clock().sleep(FRAME).await;
                moments.borrow_mut().push(time.clock().now());
            });
        }
        assert_eq!(*moments.borrow(), [100, 200, 300].map(ms));
    });
}

#[test]
fn a_sleep_of_zero_takes_no_time() {
    check_sleep(Duration::ZERO);
}

#[test]
fn a_sleep_of_a_year_ends_at_once() {
    check_sleep(ms(365 * 24 * 3_600_000));
}

#[test]
fn a_sleep_of_a_century_ends_at_once() {
    check_sleep(ms(100 * 365 * 24 * 3_600_000));
}

#[test]
fn a_sleep_of_more_than_a_century_never_ends_and_does_not_panic() {
    for duration in [ms(100 * 365 * 24 * 3_600_000 + 1), Duration::MAX] {
        let (frames, end) = within_patience(move || {
            let time = paused();
            let clock = time.clock();
            time.run(async move {
                clock.sleep(FRAME).await;
                tokio::select! {
                    () = clock.sleep(duration) => panic!("the end of time"),
                    told = supervise(clock.clone()) => told,
                }
            })
        });
        assert_eq!((frames, end), (30, FRAME + WORK));
    }
}
