//! How fast recordings are written and read, in bytes of payload.

use divan::{Bencher, black_box, counter::BytesCount};
use std::time::Duration;
use stroboscope::recording::{Channel, End, Event, EventKind, Header, Recording};

fn main() {
    divan::main();
}

/// A recording of these writes, a millisecond apart.
fn recording(writes: impl Iterator<Item = Vec<u8>>) -> Recording {
    let mut events: Vec<Event> = writes
        .zip(1..)
        .map(|(bytes, ms)| Event::new(Duration::from_millis(ms), EventKind::Output(bytes)))
        .collect();
    let at = events.last().map_or(Duration::ZERO, |event| event.at);
    events.push(Event::new(at, EventKind::End(End::Exit(0))));
    Recording::new(Header::new(Channel::Pipe), events).unwrap()
}

/// What a build prints to a terminal: coloured words, paths, and a line that is drawn again and again.
fn coloured_build() -> Recording {
    recording((0..40_000).map(|index: u32| match index % 4 {
        0 => format!("\x1b[1m\x1b[92m   Compiling\x1b[0m some-crate-{index} v1.{}.0 (/home/user/project/crates/some)\r\n", index % 30),
        1 => format!("\x1b[K\x1b[1m\x1b[93mwarning\x1b[0m\x1b[1m: unused variable: `value{index}`\x1b[0m\r\n \x1b[94m-->\x1b[0m src/main.rs:{index}:9\r\n"),
        2 => format!("\x1b[1m\x1b[94m{index} |\x1b[0m     let value = compute(index, &table)?;\r\n  \x1b[94m|\x1b[0m         \x1b[93m^^^^^\x1b[0m help: prefix it\r\n"),
        _ => format!("\r\x1b[1m\x1b[96m    Building\x1b[0m [====================>         ] {index}/40000: some, other, third\x1b[K"),
    }
    .into_bytes()))
}

fn random_bytes() -> Recording {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut byte = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[4]
    };
    recording((0..1_000).map(|_| (0..4_096).map(|_| byte()).collect()))
}

/// Bytes of payload per second of writing a transcript.
mod print {
    use super::{Bencher, BytesCount, Recording, black_box, coloured_build, random_bytes};

    fn bench(bencher: Bencher, recording: &Recording) {
        bencher
            .counter(BytesCount::new(recording.output().len()))
            .bench(|| black_box(recording).to_string());
    }

    #[divan::bench(sample_count = 20)]
    fn coloured_build_output(bencher: Bencher) {
        bench(bencher, &coloured_build());
    }

    #[divan::bench(sample_count = 20)]
    fn bytes_at_random(bencher: Bencher) {
        bench(bencher, &random_bytes());
    }
}

/// Bytes of payload per second of reading one.
mod parse {
    use super::{Bencher, BytesCount, Recording, black_box, coloured_build, random_bytes};

    fn bench(bencher: Bencher, recording: &Recording) {
        let text = recording.to_string();
        let counter = BytesCount::new(recording.output().len());
        bencher
            .counter(counter)
            .bench(|| black_box(&text).parse::<Recording>().unwrap());
    }

    #[divan::bench(sample_count = 20)]
    fn coloured_build_output(bencher: Bencher) {
        bench(bencher, &coloured_build());
    }

    #[divan::bench(sample_count = 20)]
    fn bytes_at_random(bencher: Bencher) {
        bench(bencher, &random_bytes());
    }
}
