//! The timers of a multi-threaded runtime keep their period.

use std::time::Duration;
use tokio::{
    runtime::Builder,
    time::{Instant, interval_at},
};

pub fn main() {
    let runtime = Builder::new_multi_thread()
        .worker_threads(4)
        .enable_time()
        .build()
        .unwrap();
    let begun = Instant::now();
    let tasks = [100, 150, 200].map(|first| {
        runtime.spawn(async move {
            let first = Duration::from_millis(first);
            let mut beat = interval_at(begun + first, Duration::from_millis(150));
            for count in 1..=3 {
                beat.tick().await;
                println!("{} ms: {count}", first.as_millis());
            }
        })
    });
    runtime.block_on(async {
        for task in tasks {
            task.await.unwrap();
        }
    });
}
