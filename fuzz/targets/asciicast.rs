//! Whatever is read as an asciicast can be written again, and where nothing of it is lost it reads the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stroboscope::view::asciicast::{Fidelity, parse, write};

fuzz_target!(|text: &str| {
    let Ok(recording) = parse(text, 1 << 16) else {
        return;
    };
    let lossy = write(&recording, Fidelity::Lossy).expect("what is lost is no error");
    parse(&lossy, usize::MAX).expect("what is written is read");
    if let Ok(exact) = write(&recording, Fidelity::Exact) {
        let read = parse(&exact, usize::MAX).expect("what is written is read");
        assert_eq!(read.events(), recording.events());
    }
});
