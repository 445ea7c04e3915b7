//! Whatever is read as a transcript survives being printed; whatever is refused, is refused with a place in the text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stroboscope::transcript;

fuzz_target!(|text: &str| match transcript::parse(text, 1 << 16) {
    Ok(recording) => {
        let printed = recording.to_string();
        let read = transcript::parse(&printed, 1 << 16).expect("what is printed is read");
        assert_eq!(read, recording);
        assert_eq!(read.to_string(), printed);
    }
    Err(error) => {
        let line = text
            .split('\n')
            .nth(error.line - 1)
            .expect("the line is there");
        assert!(error.column <= 1 + line.chars().count());
    }
});
