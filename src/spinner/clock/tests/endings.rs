//! How threads on a paused clock end: by their own panic, or because main has returned.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::clock::PausedThread;

use super::guard::{PATIENCE, check_seated, ms, paused, within_patience};

/// Runs `main`, checks that the threads it left have unwound, so that every clone of the sender passed to `main` is
/// dropped, and returns the result of `main`.
#[track_caller]
fn check_destructors(
    main: impl FnOnce(&PausedThread, mpsc::Sender<()>) + Send + 'static,
) -> thread::Result<()> {
    within_patience(move || {
        let (alive, is_gone) = mpsc::channel();
        let ended = catch_unwind(AssertUnwindSafe(|| paused().threads(|me| main(me, alive))));
        assert_eq!(
            is_gone.recv_timeout(PATIENCE / 2),
            Err(mpsc::RecvTimeoutError::Disconnected),
            "a child was left behind"
        );
        ended
    })
}

/// Spawns `count` threads that sleep forever, each with a clone of `alive`.
fn leave_behind(me: &PausedThread, count: usize, alive: &mpsc::Sender<()>) {
    for number in 0..count {
        let alive = alive.clone();
        me.spawn(&format!("child {number}"), move |me| {
            let _alive = alive;
            loop {
                me.sleep(ms(100));
            }
        })
        .expect("a child");
    }
}

#[track_caller]
fn check_panic<T>(outcome: thread::Result<T>, expected: &str) {
    let Err(payload) = outcome else {
        panic!("no panic, where `{expected}` was to come");
    };
    assert_eq!(payload.downcast_ref(), Some(&expected));
}

#[test]
fn a_child_that_panics_late_hands_its_payload_to_join_and_disturbs_no_other_thread() {
    check_seated(&(ms(100), ms(200)), |me| {
        let bad = me.spawn("bad", |me| {
            me.sleep(ms(50));
            panic!("boom")
        });
        let good = me.spawn("good", |me| {
            me.sleep(ms(200));
            me.clock().now()
        });
        me.sleep(ms(100));
        check_panic::<()>(me.join(bad.expect("bad")), "boom");
        (
            me.clock().now(),
            me.join(good.expect("good")).expect("an instant"),
        )
    });
}

#[test]
fn join_returns_the_payload_of_an_immediate_panic() {
    check_seated(&ms(0), |me| {
        let bad = me.spawn("bad", |_| panic!("early"));
        check_panic::<()>(me.join(bad.expect("bad")), "early");
        me.clock().now()
    });
}

#[test]
fn a_child_that_panics_while_it_is_joined_wakes_the_joining_thread() {
    check_seated(&ms(70), |me| {
        let bad = me.spawn("bad", |me| {
            me.sleep(ms(70));
            panic!("late")
        });
        check_panic::<()>(me.join(bad.expect("bad")), "late");
        me.clock().now()
    });
}

#[test]
fn a_panic_in_an_awaited_future_unwinds_its_thread() {
    check_seated(&ms(30), |me| {
        let clock = me.clock().clone();
        let bad = me.spawn("bad", |me| {
            me.wait(async move {
                clock.sleep(ms(10)).await;
                panic!("within");
            });
        });
        let good = me.spawn("good", |me| {
            let bad = bad.expect("bad");
            check_panic::<()>(me.join(bad), "within");
            me.sleep(ms(20));
            me.clock().now()
        });
        me.join(good.expect("good")).expect("an instant")
    });
}

#[test]
fn a_thread_can_catch_a_panic_in_an_awaited_future_and_continue() {
    check_seated(&ms(20), |me| {
        let child = me.spawn("child", |me| {
            let caught = catch_unwind(AssertUnwindSafe(|| me.wait(async { panic!("within") })));
            check_panic::<()>(caught, "within");
            me.sleep(ms(20));
            me.clock().now()
        });
        me.join(child.expect("a child")).expect("an instant")
    });
}

#[test]
fn when_main_panics_its_children_unwind_with_their_destructors() {
    let ended = check_destructors(|me, alive| {
        leave_behind(me, 5, &alive);
        drop(alive);
        me.sleep(ms(350));
        panic!("main");
    });
    check_panic(ended, "main");
}

#[test]
fn when_main_returns_its_children_unwind_with_their_destructors() {
    let ended = check_destructors(|me, alive| {
        leave_behind(me, 5, &alive);
        me.sleep(ms(1000));
    });
    ended.expect("no panic");
}

#[test]
fn when_main_returns_at_once_its_children_unwind_with_their_destructors() {
    for _ in 0..500 {
        let ended = check_destructors(|me, alive| leave_behind(me, 1, &alive));
        ended.expect("no panic");
    }
}

#[test]
fn when_main_returns_a_child_that_joins_another_unwinds_too() {
    let ended = check_destructors(|me, alive| {
        let outer = me.spawn("outer", move |me| {
            let inner_alive = alive.clone();
            let inner = me.spawn("inner", move |me| {
                let _alive = inner_alive;
                me.sleep(Duration::MAX);
            });
            let _ = me.join(inner.expect("inner"));
            drop(alive);
        });
        drop(outer.expect("outer"));
        me.sleep(ms(10));
    });
    ended.expect("no panic");
}
