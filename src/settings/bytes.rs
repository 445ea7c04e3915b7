//! A number of bytes, as options have it: `64MiB`.

/// The units, the largest first.
const UNITS: [(&str, usize); 4] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("", 1),
];

/// Reads a number of bytes that is not zero.
///
/// # Errors
/// How to write it.
pub fn parse(text: &str) -> Result<usize, String> {
    let number = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let unit = UNITS
        .iter()
        .find(|(unit, _)| *unit == &text[number.len()..]);
    let bytes = unit
        .zip(number.parse::<usize>().ok())
        .and_then(|((_, unit), number)| number.checked_mul(*unit));
    bytes
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| "write it as in `64MiB`, `1GiB` or `1000`, which are bytes".to_owned())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_number_of_bytes_has_a_unit_or_none() {
        for (text, bytes) in [
            ("1", Some(1)),
            ("64MiB", Some(64 << 20)),
            ("2GiB", Some(2 << 30)),
            ("3KiB", Some(3 << 10)),
            ("0", None),
            ("", None),
            ("MiB", None),
            ("64MB", None),
            ("-1", None),
            ("99999999999GiB", None),
        ] {
            assert_eq!(parse(text).ok(), bytes, "{text}");
        }
    }
}
