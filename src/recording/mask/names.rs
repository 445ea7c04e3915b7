//! Makes masked output comparable by the names in it.

use super::{Masked, Written};
use std::collections::BTreeSet;

/// A write's bytes, and what of them is masked.
type Write<'a> = (&'a mut Vec<u8>, &'a mut Vec<Masked>);

/// Makes all that is masked in the writes of one stream as wide as its name, or, of these names, as it is as a whole. A part
/// that directly continues another is in that one, whichever write it is in, and takes no columns of its own.
pub(crate) fn by_name(mut writes: Vec<Write>, by_width: &BTreeSet<String>) {
    // The columns of each part, write by write; none of a part that is in another one.
    let mut columns: Vec<Vec<Option<usize>>> = Vec::new();
    // The last part, while nothing has been written after it: its place, and its name.
    let mut open: Option<((usize, usize), &str)> = None;
    for (number, (bytes, masked)) in writes.iter().enumerate() {
        columns.push(Vec::new());
        let mut end = 0;
        for (place, part) in masked.iter().enumerate() {
            if end < part.at {
                open = None;
            }
            end = part.end();
            match open {
                Some(((write, first), name)) if part.continues && name == part.name => {
                    let whole = columns[write][first].get_or_insert(0);
                    *whole += part.columns;
                    columns[number].push(None);
                }
                _ => {
                    columns[number].push(Some(part.columns));
                    open = Some(((number, place), &part.name));
                }
            }
        }
        if end < bytes.len() {
            open = None;
        }
    }
    for ((bytes, masked), columns) in writes.iter_mut().zip(columns) {
        let mut new = Written::default();
        let mut copied = 0;
        for (part, columns) in masked.iter().zip(columns) {
            new.bytes.extend_from_slice(&bytes[copied..part.at]);
            copied = part.end();
            let columns = match columns {
                Some(columns) if by_width.contains(&part.name) => columns,
                Some(_) => part.own_columns(),
                None => 0,
            };
            let part = Masked::new(new.bytes.len(), &part.name, columns, part.continues);
            new.bytes.extend_from_slice(part.text().as_bytes());
            new.masked.push(part);
        }
        new.bytes.extend_from_slice(&bytes[copied..]);
        (**bytes, **masked) = (new.bytes, new.masked);
    }
}
