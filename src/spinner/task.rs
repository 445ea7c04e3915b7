//! The book's spinner as a coroutine.

use crate::{
    cli::Spinner, clock::SpinnerClock, interrupt::Interrupt, status::Status, stdout::Stdout,
};
use std::{panic::resume_unwind, time::Duration};
use stroboscope::recording;
use tokio::{select, sync::oneshot, task};

/// Where `spin` is.
pub const SOURCE: (&str, u32) = (file!(), line!() + 2);

async fn spin(
    clock: SpinnerClock,
    spinner: Spinner,
    stdout: Stdout,
    mut cancelled: oneshot::Receiver<()>,
) {
    for glyph in ['|', '/', '-', '\\'].into_iter().cycle() {
        let status = Status::new(glyph, &spinner.message, stdout.columns());
        stdout.write(status.text());
        stdout.flush();
        stdout.write(&status.backspaces());
        select! {
            biased;
            _ = &mut cancelled => {
                stdout.write(&status.erase());
                break;
            }
            () = clock.sleep(spinner.interval) => {}
        }
    }
}

async fn slow_function(
    clock: &SpinnerClock,
    work: Duration,
    interrupt: Interrupt,
) -> Result<u32, recording::Signal> {
    interrupt.or(clock.sleep(work)).await?;
    Ok(42)
}

pub async fn supervisor(
    clock: SpinnerClock,
    source: &str,
    spinner: &Spinner,
    stdout: &Stdout,
    interrupt: Interrupt,
) -> Result<u32, recording::Signal> {
    let (cancel, cancelled) = oneshot::channel();
    let task = task::spawn(spin(
        clock.clone(),
        spinner.clone(),
        stdout.clone(),
        cancelled,
    ));
    stdout.print(
        "spinner object:",
        &format!("<Task pending name='Task-2' coro=<spin() running at {source}>>"),
    );
    let result = slow_function(&clock, spinner.work, interrupt).await;
    if cancel.send(()).is_err() {
        // Only a panic ends it earlier.
        task.await
            .unwrap_or_else(|error| resume_unwind(error.into_panic()));
    }
    result
}
