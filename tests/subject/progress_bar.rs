//! A progress bar ticks beside work that sleeps, drawn by a thread of its own. With `many`, it makes a million steps, at each
//! of which it reads the clock, and they take no time.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{env, thread, time::Duration};

pub fn main() {
    if env::args().nth(2).is_some_and(|what| what == "many") {
        return many();
    }
    let bar = ProgressBar::with_draw_target(Some(3), ProgressDrawTarget::stdout());
    let style = ProgressStyle::with_template("{spinner} {pos}/{len}").unwrap();
    bar.set_style(style.tick_strings(&["a", "b", "c", "d", "done"]));
    bar.enable_steady_tick(Duration::from_millis(100));
    for _ in 0..3 {
        thread::sleep(Duration::from_millis(350));
        bar.inc(1);
    }
    bar.finish();
}

fn many() {
    const STEPS: u64 = 1_000_000;
    let bar = ProgressBar::with_draw_target(Some(STEPS), ProgressDrawTarget::stdout());
    for _ in 0..STEPS {
        bar.inc(1);
    }
    bar.finish();
}
