//! What a paused run costs as a whole process: beside a program that prints a line, and for an hour of virtual time.

use divan::{Bencher, counter::ItemsCount};
use std::{
    path::PathBuf,
    process::{Command, Stdio},
    sync::LazyLock,
};

fn main() {
    divan::main();
}

/// The least that a Rust program can be: it prints a line.
static BARE: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("stroboscope-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (source, program) = (folder.join("bare.rs"), folder.join("bare"));
    std::fs::write(&source, r#"fn main() { println!("Answer: 42"); }"#).unwrap();
    let status = Command::new("rustc")
        .args(["-O", "-o"])
        .args([&program, &source])
        .status()
        .unwrap();
    assert!(status.success());
    program
});

fn run(program: &str, arguments: &[&str]) {
    let status = Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
}

/// Three seconds of either spinner, and the bare program they are measured against.
mod three_seconds {
    use super::{BARE, Bencher, run};

    #[divan::bench(sample_count = 200)]
    fn bare(bencher: Bencher) {
        let bare = BARE.to_str().unwrap();
        bencher.bench(|| run(bare, &[]));
    }

    #[divan::bench(sample_count = 200)]
    fn task(bencher: Bencher) {
        bencher.bench(|| run(env!("CARGO_BIN_EXE_spinner"), &["async", "--paused"]));
    }

    #[divan::bench(sample_count = 200)]
    fn thread(bencher: Bencher) {
        bencher.bench(|| run(env!("CARGO_BIN_EXE_spinner"), &["thread", "--paused"]));
    }
}

/// An hour of virtual time; an item is a virtual second.
mod one_hour {
    use super::{Bencher, ItemsCount, run};

    #[divan::bench(sample_count = 15)]
    fn task(bencher: Bencher) {
        let hour = ItemsCount::new(3_600_u32);
        bencher.counter(hour).bench(|| {
            run(
                env!("CARGO_BIN_EXE_spinner"),
                &["async", "--paused", "--work", "1h"],
            );
        });
    }

    #[divan::bench(sample_count = 15)]
    fn thread(bencher: Bencher) {
        let hour = ItemsCount::new(3_600_u32);
        bencher.counter(hour).bench(|| {
            run(
                env!("CARGO_BIN_EXE_spinner"),
                &["thread", "--paused", "--work", "1h"],
            );
        });
    }
}
