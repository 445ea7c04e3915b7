//! Both rules end on any text, and a cursor does not see where a text is cut.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stroboscope::view::notebook::{Notebook, Rule, fold};

fuzz_target!(|messages: Vec<String>| {
    let whole = messages.concat();
    for rule in [Rule::Rx, Rule::Lab] {
        let mut notebook = Notebook::new(rule);
        messages.iter().for_each(|message| notebook.push(message));
        let folded = fold(rule, &whole);
        if rule == Rule::Lab {
            assert_eq!(notebook.text(), folded);
        }
    }
});
