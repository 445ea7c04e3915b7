//! What a session costs: 64 MiB through a terminal, beside `script`, which does the same and keeps no events.

use divan::{Bencher, counter::BytesCount};
use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
    sync::LazyLock,
};
use stroboscope::session::Session;

const SIZE: usize = 64 << 20;

fn main() {
    divan::main();
    let _ = fs::remove_dir_all(FOLDER.as_path());
}

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder =
        std::env::temp_dir().join(format!("stroboscope-bench-session-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
});

/// A file of 64 MiB in lines of 64 bytes.
static FILE: LazyLock<PathBuf> = LazyLock::new(|| {
    let path = FOLDER.join("lines");
    let lines = (0..SIZE / 64)
        .flat_map(|line| format!("{line:063}\n").into_bytes())
        .collect::<Vec<u8>>();
    fs::write(&path, lines).unwrap();
    path
});

#[divan::bench(sample_count = 10)]
fn script(bencher: Bencher) {
    let (file, out) = (FILE.display(), FOLDER.join("out"));
    let command = format!("cat {file}");
    bencher.counter(BytesCount::new(SIZE)).bench(|| {
        let mut script = Command::new("script");
        script
            .args(["-qec", &command])
            .arg(&out)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        assert!(script.status().unwrap().success());
    });
}

#[divan::bench(sample_count = 10)]
fn session(bencher: Bencher) {
    let session = Session::new("cat").arg(FILE.as_os_str()).real_time();
    bencher.counter(BytesCount::new(SIZE)).bench(|| {
        let recording = session.run().unwrap();
        // Each line end comes as two bytes.
        assert_eq!(
            recording
                .writes()
                .map(|(_, bytes)| bytes.len())
                .sum::<usize>(),
            SIZE + SIZE / 64
        );
    });
}

/// What one run of the least program costs.
#[divan::bench(sample_count = 100)]
fn smallest_run(bencher: Bencher) {
    let session = Session::new("true").real_time();
    bencher.bench(|| session.run().unwrap());
}
