//! The book's spinner on a thread.

use crate::{
    cli::Spinner, clock::PausedThread, interrupt::Interrupt, status::Status, stdout::Stdout,
};
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};
use stroboscope::recording;

struct SpinSignal {
    go: AtomicBool,
}

fn spin(me: &PausedThread, spinner: &Spinner, stdout: &Stdout, signal: &SpinSignal) {
    for glyph in ['|', '/', '-', '\\'].into_iter().cycle() {
        let status = Status::new(glyph, &spinner.message, stdout.columns());
        stdout.write(status.text());
        stdout.flush();
        stdout.write(&status.backspaces());
        me.sleep(spinner.interval);
        if !signal.go.load(Relaxed) {
            stdout.write(&status.erase());
            break;
        }
    }
}

fn slow_function(
    me: &PausedThread,
    work: Duration,
    interrupt: Interrupt,
) -> Result<u32, recording::Signal> {
    me.wait(interrupt.or(me.asleep(work)))?;
    Ok(42)
}

pub fn supervisor(
    me: &PausedThread,
    name: &str,
    spinner: &Spinner,
    stdout: &Stdout,
    interrupt: Interrupt,
) -> io::Result<Result<u32, recording::Signal>> {
    let signal = Arc::new(SpinSignal {
        go: AtomicBool::new(true),
    });
    stdout.print("spinner object:", &format!("<Thread({name}, initial)>"));
    let thread = me.spawn(name, {
        let (spinner, stdout, signal) = (spinner.clone(), stdout.clone(), Arc::clone(&signal));
        move |me| spin(me, &spinner, &stdout, &signal)
    })?;
    let result = slow_function(me, spinner.work, interrupt);
    signal.go.store(false, Relaxed);
    me.join(thread)
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    Ok(result)
}
