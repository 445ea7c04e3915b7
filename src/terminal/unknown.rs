//! What the terminal does not know: counted and named, so that no screen is wrong in silence.

use super::parser::Sequence;
use std::collections::BTreeMap;

/// The most different names that are kept.
const MAX_NAMES: usize = 64;
/// The name of what came when there were as many.
const OTHERS: &str = "others";
/// The most parameters that a name has.
const MAX_PARAMETERS: usize = 8;

/// Names with their counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    names: BTreeMap<String, u64>,
}

impl Tally {
    pub fn add(&mut self, name: impl FnOnce() -> String) {
        let name = name();
        let is_full = self.names.len() >= MAX_NAMES && !self.names.contains_key(&name);
        let name = if is_full { OTHERS.to_owned() } else { name };
        *self.names.entry(name).or_default() += 1;
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.names
            .iter()
            .map(|(name, count)| (name.as_str(), *count))
    }
}

/// A control sequence as a manual writes it: `CSI ? 7 h`.
pub(super) fn control_sequence(sequence: &Sequence) -> String {
    with_introducer("CSI", sequence)
}

/// The header of a device control string: `DCS $ q`.
pub(super) fn device_control(sequence: &Sequence) -> String {
    with_introducer("DCS", sequence)
}

fn with_introducer(introducer: &str, sequence: &Sequence) -> String {
    let mut name = introducer.to_owned();
    let mut add = |word: &str| {
        name.push(' ');
        name.push_str(word);
    };
    if sequence.prefix != 0 {
        add(&char::from(sequence.prefix).to_string());
    }
    for (index, parameter) in sequence.parameters.iter().enumerate() {
        if index > 0 {
            add(if parameter.colon { ":" } else { ";" });
        }
        if index == MAX_PARAMETERS {
            add("…");
            break;
        }
        if let Some(value) = parameter.value {
            add(&value.to_string());
        }
    }
    for byte in sequence.intermediates.iter().chain([&sequence.last]) {
        add(&byte_name(*byte));
    }
    name
}

/// An escape sequence as a manual writes it: `ESC ( K`.
pub(super) fn escape(intermediates: &[u8], last: u8) -> String {
    let words = intermediates.iter().chain([&last]);
    words.fold("ESC".to_owned(), |name, byte| {
        name + " " + &byte_name(*byte)
    })
}

fn byte_name(byte: u8) -> String {
    match byte {
        b' ' => "SP".to_owned(),
        _ => char::from(byte).to_string(),
    }
}
