//! Proves: a progress bar ticks beside work that sleeps, drawn by a thread of its own.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{thread, time::Duration};

fn main() {
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
