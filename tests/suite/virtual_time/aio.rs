//! Linux AIO: the disk takes no virtual time, and completes in the order in which requests were submitted.

use super::{native::outputs, programs::c_session, run_by, wake_order::writes};
use crate::effort::times;
use std::{fs, path::PathBuf, sync::OnceLock};
use stroboscope::virtual_time::VirtualTime;

const RUNS: usize = 2;

/// A file of 16 MiB on a disk.
fn file() -> PathBuf {
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    let write = || {
        let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("aio.data");
        if fs::metadata(&file).is_ok_and(|data| data.len() == 16 << 20) {
            return file;
        }
        let unfinished = file.with_extension(std::process::id().to_string());
        fs::write(&unfinished, vec![0; 16 << 20]).unwrap();
        fs::rename(&unfinished, &file).unwrap();
        file
    };
    FILE.get_or_init(write).clone()
}

/// The program writes what it writes natively, the same in every run.
#[track_caller]
fn writes_as_natively<const WAYS: usize>(ways: [&str; WAYS]) {
    let sessions = ways.map(|way| c_session("aio").arg(way).arg(file()).pipe());
    for (session, native) in sessions.iter().zip(outputs(&sessions)) {
        writes(session, times(RUNS), &native);
    }
}

#[test]
fn a_read_that_the_disk_completes_does_not_stop_the_run() {
    writes_as_natively(["one"]);
}

#[test]
fn an_eventfd_is_signalled_when_the_disk_has_completed() {
    writes_as_natively(["event", "poll"]);
}

#[test]
fn a_thread_that_waits_for_completions_has_them_before_the_submitter_sleeps() {
    // Natively it has them first unless the disk is slow.
    let session = c_session("aio").arg("reaper").arg(file()).pipe();
    writes(&session, times(RUNS), "0: 4194304 bytes, 100\nslept\n");
}

#[test]
fn completions_have_a_time_out() {
    writes_as_natively(["late"]);
}

#[test]
fn a_polled_descriptor_completes_in_virtual_time() {
    writes_as_natively(["pipe"]);
}

#[test]
fn completions_come_in_the_order_of_submission() {
    // Natively in the disk's.
    let expected: Vec<String> = (0..16)
        .map(|index| {
            let bytes = (1 << 20) / (index + 1) / 4096 * 4096;
            format!("{index}: {bytes} bytes, {}\n", 100 + index)
        })
        .collect();
    let session = c_session("aio").arg("many").arg(file()).pipe();
    writes(&session, times(RUNS), &expected.concat());
}

#[test]
fn what_is_written_by_aio_has_its_own_instant() {
    let session = c_session("aio").arg("write").pipe();
    let story = r#"
        @0.000 "one\n"
        @1.000 "two\n"
        @2.000 exit 0"#;
    super::tells(&session, story);
}

#[test]
fn a_wait_for_completions_that_nobody_submitted_is_stopped() {
    let session = c_session("aio").arg("never").pipe();
    if let Some(recording) = run_by(VirtualTime::default(), &session) {
        let waits: Vec<&str> = recording.waits().collect();
        assert_eq!(
            waits,
            ["`aio` in `io_getevents` for completions of Linux AIO"]
        );
        super::is_story(&recording, "@0.000 stopped waits");
    }
}
