//! Named pipes: inside as long as nobody outside has them open.

use super::{
    file_times::has,
    native::{Printed, natively},
    run,
    runs::Runs,
    subjects::bash,
};
use crate::effort::times;
use std::{fs::OpenOptions, io::Write, thread, time::Duration};
use stroboscope::session::Session;

/// Three wait for a writer each; a read without a writer times out; one that comes late is read.
const SCRIPT: &str = r#"
mkfifo p1 p2 p3 q
for i in 1 2 3; do (sleep 0.$i; echo waits; read -r x <p$i; echo "got $x") & done
sleep 1
for i in 1 2 3; do echo $i >p$i; sleep 0.2; done
(sleep 1; echo late >q) &
read -r -t 0.5 x <>q || echo "time is up"
read -r x <q
echo "$x"
wait
"#;

/// What it prints, and when.
const PRINTED: [(u128, &str); 8] = [
    (100, "waits\n"),
    (200, "waits\n"),
    (300, "waits\n"),
    (1000, "got 1\n"),
    (1200, "got 2\n"),
    (1400, "got 3\n"),
    (2100, "time is up\n"),
    (2600, "late\n"),
];

pub fn named_pipes() -> Session {
    bash(&format!("cd \"$TMPDIR\"{SCRIPT}")).pipe()
}

#[test]
fn a_named_pipe_within_the_program_is_waited_for_in_virtual_time() {
    let Some(runs) = Runs::of(&named_pipes(), times(3)) else {
        return;
    };
    let texts = runs.texts();
    assert_eq!((runs.recordings.len(), runs.marked()), (1, 0), "{texts}");
    let Some(recording) = run(&named_pipes()) else {
        return;
    };
    let writes = recording.writes();
    let writes = writes.map(|(at, bytes)| (at.as_millis(), str::from_utf8(bytes).unwrap()));
    assert_eq!(writes.collect::<Vec<_>>(), PRINTED);
    let printed = Printed::of(&recording);
    for native in natively(&[named_pipes()]) {
        assert_eq!(Printed::of(&native), printed);
    }
}

#[test]
fn a_writer_from_outside_marks_the_recording() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    let session = bash(&format!("read -r x <'{}'; echo \"$x\"", pipe.display())).pipe();
    let opened = pipe.clone();
    let writer = thread::spawn(move || {
        thread::sleep(Duration::from_millis(200));
        // It returns once the program has opened the other end.
        let pipe = OpenOptions::new().write(true).open(opened);
        pipe.unwrap().write_all(b"from outside\n").unwrap();
    });
    if let Some(recording) = run(&session) {
        assert_eq!(recording.output(), b"from outside\n", "{recording}");
        let why = format!("it waited for `{}`, where real time passes", pipe.display());
        assert_eq!(recording.header().varies, [why]);
        writer.join().unwrap();
    }
}

/// What an outsider has put into a named pipe is printed by a program, which gets the pipe's path for PIPE.
#[track_caller]
fn is_marked(program: &str) {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let (kind, mode) = (
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
    );
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, kind, mode, 0).unwrap();
    // With both ends, opening it waits for nobody.
    let both = OpenOptions::new().read(true).write(true).open(&pipe);
    let mut both = both.unwrap();
    both.write_all(b"from outside\n").unwrap();
    let session = bash(&program.replace("PIPE", &pipe.display().to_string())).pipe();
    if let Some(recording) = run(&session) {
        assert_eq!(recording.output(), b"from outside\n", "{recording}");
        let why = format!("it waited for `{}`, where real time passes", pipe.display());
        assert_eq!(recording.header().varies, [why]);
    }
}

#[test]
fn what_an_outsider_has_written_already_marks_the_recording() {
    is_marked("read -r x <'PIPE'; echo \"$x\"");
}

#[test]
fn a_copy_of_what_an_outsider_has_written_is_no_write_to_it() {
    if has("perl") {
        is_marked(
            r#"perl -e 'open A, "<", "PIPE"; pipe R, W; syscall(276, fileno A, fileno W, 100, 0); sysread A, $x, 100; print $x'"#,
        );
    }
}
