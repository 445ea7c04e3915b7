//! Two transcripts are compared at every level: the verdict is printable, nothing differs from itself, and who agrees at a
//! level agrees at every coarser one.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stroboscope::{
    comparison::{compare, line_diff},
    recording::{Level, Recording},
    transcript,
};

fuzz_target!(|texts: (&str, &str)| {
    let parse = |text| transcript::parse(text, 1 << 14).ok();
    let (Some(left), Some(right)) = (parse(texts.0), parse(texts.1)) else {
        // Most bytes are no transcript: as payloads of one each they are.
        return both(&of_lines(texts.0), &of_lines(texts.1));
    };
    both(&left, &right);
});

/// A recording whose writes are the lines of a text.
fn of_lines(text: &str) -> Recording {
    let mut events = String::new();
    for line in text.split_inclusive('\n').take(200) {
        let gap = line.len() % 3;
        events += &format!("0.00{gap} {}\n", quoted(line));
    }
    let text = format!("transcript: 1\nchannel: pty 20x5 x\n\n{events}@9.000 exit 0\n");
    transcript::parse(&text, 1 << 20).expect("a transcript")
}

fn quoted(line: &str) -> String {
    let bytes: String = line.bytes().map(|byte| format!("\\x{byte:02x}")).collect();
    format!("\"{bytes}\"")
}

fn both(left: &Recording, right: &Recording) {
    let levels = [Level::Exact, Level::Writes, Level::Bytes, Level::Screen];
    let mut agreed = false;
    for level in levels {
        let comparison = compare(left, right, level);
        let text = format!("{comparison:#}{}", line_diff(left, right, level));
        assert!(!text.contains('\x1b'), "{text}");
        assert!(!agreed || comparison.is_same(), "at {level:?}: {text}");
        agreed |= comparison.is_same();
        assert!(compare(left, left, level).is_same());
    }
    assert_eq!(
        compare(left, right, Level::Exact).is_same(),
        left.same(right)
    );
    let _ = compare(left, right, Level::Frames);
}
