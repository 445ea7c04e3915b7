//! Every rule ends on any text; a cursor does not see where a text is cut, and by the classic rule a message is folded with
//! the text kept.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stroboscope::view::notebook::{Notebook, Rule, fold};

fuzz_target!(|messages: Vec<String>| {
    let mut lab = Notebook::new(Rule::Lab);
    let mut classic = Some(Notebook::new(Rule::Rx));
    for message in &messages {
        lab.push(message).expect("it has no patterns");
        classic = classic.and_then(|notebook| pushed(notebook, message));
    }
    assert_eq!(Ok(lab.text()), fold(Rule::Lab, &messages.concat()));
});

/// The notebook with one more message, unless it costs too much.
fn pushed(mut notebook: Notebook, message: &str) -> Option<Notebook> {
    let kept = notebook.text();
    notebook.push(message).ok()?;
    // Half a character is kept, but not shown.
    if !kept.contains('\u{fffd}')
        && let Ok(whole) = fold(Rule::Rx, &(kept + message))
    {
        assert_eq!(notebook.text(), whole);
    }
    Some(notebook)
}
