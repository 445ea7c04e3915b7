//! OS threads on a paused clock.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use crate::clock::PausedThread;

use super::guard::{at_grain, check_seated, ms, spawn_task, within_patience};

/// The spinner of the book, without its writes: the frames it shows, and the final instant.
fn supervise(me: &PausedThread) -> (u32, Duration) {
    let go = Arc::new(AtomicBool::new(true));
    let going = Arc::clone(&go);
    let spinner = me.spawn("spinner", move |me| {
        let mut frames = 0;
        while going.load(Ordering::SeqCst) {
            frames += 1;
            me.sleep(ms(100));
        }
        frames
    });
    me.sleep(ms(3000));
    go.store(false, Ordering::SeqCst);
    let frames = me.join(spinner.expect("a spinner")).expect("the frames");
    (frames, me.clock().now())
}

#[track_caller]
fn check_frames(grain: Duration, frames: u32, end: Duration) {
    let seen = within_patience(move || at_grain(grain).threads(supervise));
    assert_eq!(seen, (frames, end), "at a grain of {grain:?}");
}

#[test]
fn the_granularity_decides_how_many_frames_a_thread_shows() {
    for grain in [1, 2, 4, 10, 20, 25].map(ms) {
        check_frames(grain, 30, ms(3000));
    }
    check_frames(ms(15), 29, ms(3045));
    check_frames(
        Duration::from_micros(15_600),
        28,
        Duration::from_micros(3_057_600),
    );
    check_frames(
        Duration::from_micros(15_625),
        28,
        Duration::from_micros(3_062_500),
    );
    check_frames(ms(16), 27, ms(3024));
}

#[test]
fn a_child_can_have_children_and_join_them() {
    check_seated(&[10, 20, 30, 40, 50].map(ms).to_vec(), |me| {
        let parent = me.spawn("parent", |me| {
            let children: Vec<_> = (1..=5)
                .map(|number| {
                    me.spawn("child", move |me| {
                        me.sleep(ms(10 * number));
                        me.clock().now()
                    })
                })
                .collect();
            children
                .into_iter()
                .map(|child| me.join(child.expect("a child")).expect("an instant"))
                .collect()
        });
        me.join(parent.expect("a parent")).expect("instants")
    });
}

/// The only test of a paused clock that sleeps in real time: its subject is a slow thread.
#[test]
fn a_thread_that_is_slow_in_real_time_holds_the_clock() {
    check_seated(
        &(0..10).map(|step| ms(100 * step)).collect::<Vec<_>>(),
        |me| {
            let slow = me.spawn("slow", |me| {
                let step = |_| {
                    thread::sleep(ms(7));
                    let now = me.clock().now();
                    me.sleep(ms(100));
                    now
                };
                (0..10).map(step).collect()
            });
            me.sleep(ms(3000));
            me.join(slow.expect("a slow thread")).expect("instants")
        },
    );
}

#[test]
fn tasks_and_threads_share_one_clock() {
    check_seated(&(ms(250), ms(300)), |me| {
        let clock = me.clock().clone();
        let task = spawn_task(me, async move {
            clock.sleep(ms(250)).await;
            clock.now()
        });
        let thread = me.spawn("thread", |me| {
            me.sleep(ms(100));
            me.sleep(ms(200));
            me.clock().now()
        });
        (
            me.wait(task).expect("an instant"),
            me.join(thread.expect("a thread")).expect("an instant"),
        )
    });
}

#[test]
fn threads_and_tasks_begin_in_the_order_in_which_they_were_spawned() {
    check_seated(&(0..40).collect::<Vec<_>>(), |me| {
        let (log, logged) = mpsc::channel();
        for number in (0..40).step_by(2) {
            let (by_thread, by_task) = (log.clone(), log.clone());
            let thread = me.spawn("child", move |_| by_thread.send(number));
            drop(thread.expect("a child"));
            drop(spawn_task(me, async move { by_task.send(number + 1) }));
        }
        drop(log);
        me.sleep(ms(1));
        logged.into_iter().collect()
    });
}

#[test]
fn a_thread_keeps_its_turn_through_a_thousand_sleeps_of_zero() {
    check_seated(
        &vec![0; 1000]
            .into_iter()
            .chain(vec![1; 1000])
            .collect::<Vec<_>>(),
        |me| {
            let (log, logged) = mpsc::channel();
            let children = [0, 1].map(|number| {
                let log = log.clone();
                me.spawn("child", move |me| {
                    for _ in 0..1000 {
                        log.send(number).expect("a reader");
                        me.sleep(Duration::ZERO);
                    }
                })
            });
            for child in children {
                me.join(child.expect("a child")).expect("a log");
            }
            drop(log);
            logged.into_iter().collect()
        },
    );
}

#[test]
fn a_thread_name_with_a_nul_is_refused_and_starts_no_thread() {
    let message = "the thread name `a\\0b` holds a NUL".to_owned();
    check_seated(&(message, ms(3000)), |me| {
        let refused = me.spawn("a\0b", |_| ()).map(drop).expect_err("a NUL");
        assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput);
        me.sleep(ms(3000));
        (refused.to_string(), me.clock().now())
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_thread_has_its_name_truncated_by_the_system() {
    let names = [
        ("spinner", "spinner\n"),
        ("Thread-1 (spin) of the book", "Thread-1 (spin)\n"),
    ];
    for (name, borne) in names {
        check_seated(&borne.to_owned(), move |me| {
            let child = me.spawn(name, |_| std::fs::read_to_string("/proc/thread-self/comm"));
            me.join(child.expect("a child"))
                .expect("no panic")
                .expect("a name")
        });
    }
}
