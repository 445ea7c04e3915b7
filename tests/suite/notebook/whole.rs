//! The classic rule as its facts describe it, step by step on the whole text and with nothing remembered: slow, and easy to
//! compare with the description.

/// What one fold may cost, in units that a round reads. The rule has no limit.
const LIMIT: usize = 1 << 15;

/// Returns what is kept, or nothing where that takes too long or for ever.
pub fn fold(text: &str) -> Option<String> {
    let mut units = without_backspaces(text.encode_utf16().collect());
    units = without_returns_before_feeds(&units);
    let mut left = LIMIT;
    while let Some(first) = first_to_overlay(&units) {
        units = overlaid(&units, first);
        left = left.checked_sub(units.len() + 16)?;
    }
    Some(String::from_utf16_lossy(&units))
}

/// Deletes each unit before a backspace with it, pass by pass, until a pass changes nothing.
fn without_backspaces(mut units: Vec<u16>) -> Vec<u16> {
    loop {
        let (mut kept, mut at) = (Vec::new(), 0);
        while at < units.len() {
            if units[at] != '\n' as u16 && units.get(at + 1) == Some(&8) {
                at += 2;
            } else {
                kept.push(units[at]);
                at += 1;
            }
        }
        if kept == units {
            return kept;
        }
        units = kept;
    }
}

fn without_returns_before_feeds(units: &[u16]) -> Vec<u16> {
    let is_dropped = |at: usize| {
        units[at] == '\r' as u16
            && units[at..].iter().find(|unit| **unit != '\r' as u16) == Some(&('\n' as u16))
    };
    let kept = (0..units.len()).filter(|at| !is_dropped(*at));
    kept.map(|at| units[at]).collect()
}

/// The first `\r`, if any is followed by a unit that is not `$`.
fn first_to_overlay(units: &[u16]) -> Option<usize> {
    let is_followed = |pair: &[u16]| pair[0] == '\r' as u16 && pair[1] != '$' as u16;
    units.windows(2).find(|pair| is_followed(pair))?;
    units.iter().position(|unit| *unit == '\r' as u16)
}

/// The text with the line of this `\r` overlaid by what follows the run of `\r`.
fn overlaid(units: &[u16], first: usize) -> Vec<u16> {
    let ends_line = |unit: &u16| [0x0a, 0x0d, 0x2028, 0x2029].contains(unit);
    let start = units[..first].iter().rposition(ends_line);
    let (before, base) = units[..first].split_at(start.map_or(0, |end| end + 1));
    let run = units[first..]
        .iter()
        .take_while(|unit| **unit == '\r' as u16);
    let rest = &units[first + run.count()..];
    let end = rest.iter().position(ends_line);
    let (insert, after) = rest.split_at(end.unwrap_or(rest.len()));
    let rest_of_base = base.get(insert.len()..).unwrap_or_default();
    let line = [insert, rest_of_base].concat();
    let mut replaced = Vec::new();
    let mut at = 0;
    while at < line.len() {
        let next = line
            .get(at + 1)
            .copied()
            .map(u32::from)
            .and_then(char::from_u32);
        at += 2;
        match (line[at - 2] == '$' as u16, next) {
            (true, Some('$')) => replaced.push('$' as u16),
            (true, Some('&')) => replaced.extend(base.iter().copied().chain(['\r' as u16])),
            (true, Some('`')) => replaced.extend(before),
            (true, Some('\'')) => replaced.extend(after),
            _ => {
                at -= 1;
                replaced.push(line[at - 1]);
            }
        }
    }
    [before, &replaced, after].concat()
}
