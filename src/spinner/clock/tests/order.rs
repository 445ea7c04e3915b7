//! The order of everything: random programs of sleeps, compared with a model without threads and tasks.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::clock::{ClockDriver, SpinnerClock};
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, Strategy, prop_oneof};
use proptest::{prop_assert_eq, proptest};
use tokio::task;

use super::guard::{at_grain, within_patience};

/// The lengths of a sleeper's sleeps, in milliseconds.
type Program = Vec<u64>;

/// An instant in milliseconds, the sleeper that woke, and from which of its sleeps. Main is number 0.
type Wake = (u64, usize, usize);

/// The wake-ups that `programs` must cause: the earliest first; at one instant main, then the others in the order in
/// which they began to wait.
fn model(programs: &[Program], grain: u64) -> Vec<Wake> {
    let mut waiting = BinaryHeap::new();
    let mut wakes = Vec::new();
    let mut since = 0_u64;
    let mut advance = |now: u64,
                       sleeper: usize,
                       mut step: usize,
                       wakes: &mut Vec<Wake>,
                       waiting: &mut BinaryHeap<_>| {
        while let Some(&duration) = programs[sleeper].get(step) {
            if duration > 0 {
                since += 1;
                waiting.push(Reverse((
                    (now + duration).next_multiple_of(grain),
                    sleeper != 0,
                    since,
                    sleeper,
                    step,
                )));
                return;
            }
            wakes.push((now, sleeper, step));
            step += 1;
        }
    };
    // Main keeps its turn until it first waits: the others begin then.
    for sleeper in 0..programs.len() {
        advance(0, sleeper, 0, &mut wakes, &mut waiting);
    }
    while let Some(Reverse((now, _, _, sleeper, step))) = waiting.pop() {
        wakes.push((now, sleeper, step));
        advance(now, sleeper, step + 1, &mut wakes, &mut waiting);
    }
    wakes
}

/// The shared log of wake-ups, in order.
#[derive(Clone)]
struct Log(Arc<Mutex<Vec<Wake>>>);

impl Log {
    fn note(&self, clock: &SpinnerClock, sleeper: usize, step: usize) {
        let now = u64::try_from(clock.now().as_millis()).expect("a short program");
        self.0.lock().expect("the log").push((now, sleeper, step));
    }
}

fn by_threads(time: ClockDriver, programs: Vec<Program>, log: &Log) {
    time.threads(|me| {
        let mut programs = programs.into_iter().enumerate();
        let (_, mains) = programs.next().expect("a program for main");
        let children: Vec<_> = programs
            .map(|(sleeper, program)| {
                let log = log.clone();
                me.spawn("child", move |me| {
                    for (step, duration) in program.into_iter().enumerate() {
                        me.sleep(Duration::from_millis(duration));
                        log.note(me.clock(), sleeper, step);
                    }
                })
            })
            .collect();
        for (step, duration) in mains.into_iter().enumerate() {
            me.sleep(Duration::from_millis(duration));
            log.note(me.clock(), 0, step);
        }
        for child in children {
            me.join(child.expect("a child")).expect("no panic");
        }
    });
}

fn by_tasks(time: &ClockDriver, programs: Vec<Program>, log: &Log) {
    async fn follow(clock: SpinnerClock, sleeper: usize, program: Program, log: Log) {
        for (step, duration) in program.into_iter().enumerate() {
            clock.sleep(Duration::from_millis(duration)).await;
            log.note(&clock, sleeper, step);
        }
    }
    time.run(async {
        let mut programs = programs.into_iter().enumerate();
        let (_, mains) = programs.next().expect("a program for main");
        let children: Vec<_> = programs
            .map(|(sleeper, program)| {
                task::spawn(follow(time.clock(), sleeper, program, log.clone()))
            })
            .collect();
        follow(time.clock(), 0, mains, log.clone()).await;
        for child in children {
            child.await.expect("no panic");
        }
    });
}

#[track_caller]
fn logged(grain: u64, run: impl FnOnce(ClockDriver, &Log) + Send + 'static) -> Vec<Wake> {
    within_patience(move || {
        let log = Log(Arc::default());
        run(at_grain(Duration::from_millis(grain)), &log);
        let wakes = log.0.lock().expect("the log");
        wakes.clone()
    })
}

fn programs(most: usize, steps: usize) -> impl Strategy<Value = Vec<Program>> {
    // A few different durations cause many ties.
    vec(
        vec(prop_oneof![0..3_u64, 1..50_u64, 1..5000_u64], 0..steps),
        1..most,
    )
}

proptest! {
    // A deadlock takes the guard's patience each time that proptest tries a smaller program.
    #![proptest_config(ProptestConfig { max_shrink_time: 5_000, ..ProptestConfig::default() })]

    #[test]
    fn threads_wake_in_the_order_of_the_model(programs in programs(9, 25), grain in 1..20_u64) {
        let expected = model(&programs, grain);
        prop_assert_eq!(logged(grain, move |time, log| by_threads(time, programs, log)), expected);
    }

    #[test]
    fn tasks_wake_in_the_order_of_the_model(programs in programs(9, 25), grain in 1..20_u64) {
        let expected = model(&programs, grain);
        prop_assert_eq!(logged(grain, move |time, log| by_tasks(&time, programs, log)), expected);
    }

    #[test]
    fn many_tasks_wake_in_the_order_of_the_model(programs in programs(200, 8), grain in 1..20_u64) {
        let expected = model(&programs, grain);
        prop_assert_eq!(logged(grain, move |time, log| by_tasks(&time, programs, log)), expected);
    }
}

/// More than the 61 that tokio polls between two checks of its timers.
#[test]
fn many_threads_wake_in_the_order_of_the_model() {
    let programs: Vec<Program> = (0..150)
        .map(|sleeper| vec![100, sleeper % 7, 100, 3, 100])
        .collect();
    let expected = model(&programs, 5);
    assert_eq!(
        logged(5, move |time, log| by_threads(time, programs, log)),
        expected
    );
}
