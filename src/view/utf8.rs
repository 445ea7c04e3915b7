//! Decodes text from bytes that were split anywhere.

use crate::text::utf8;

/// Decodes one stream, write by write; a character that is split is kept until it is complete.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    /// The beginning of a character.
    begun: Vec<u8>,
    by_structure: bool,
}

impl Decoder {
    /// A decoder that makes one U+FFFD of what has the structure of one character, as a terminal does.
    #[cfg(any(test, feature = "asciicast"))]
    pub(super) fn by_structure() -> Decoder {
        Decoder {
            by_structure: true,
            ..Decoder::default()
        }
    }

    /// The text up to the last complete character; bytes that are not UTF-8 become U+FFFD.
    pub(super) fn decode(&mut self, bytes: &[u8]) -> String {
        self.begun.extend_from_slice(bytes);
        let mut text = String::with_capacity(self.begun.len());
        let mut rest = self.begun.as_slice();
        while let Err(error) = str::from_utf8(rest) {
            let (valid, after) = rest.split_at(error.valid_up_to());
            text.push_str(str::from_utf8(valid).unwrap_or_default());
            rest = after;
            let invalid = self.invalid(after, error.error_len());
            if invalid == 0 {
                break;
            }
            text.push(char::REPLACEMENT_CHARACTER);
            rest = &after[invalid..];
        }
        if let Ok(valid) = str::from_utf8(rest) {
            text.push_str(valid);
            rest = &[];
        }
        self.begun = rest.to_vec();
        text
    }

    /// How many of the bytes are no character; 0 if they may be the beginning of one.
    fn invalid(&self, bytes: &[u8], length: Option<usize>) -> usize {
        if !self.by_structure {
            return length.unwrap_or(0);
        }
        let length = utf8::structure(bytes);
        if length == bytes.len() && length < utf8::expected(bytes[0]) {
            0
        } else {
            length
        }
    }

    /// The replacement of a character that was never completed.
    pub(super) fn finish(&mut self) -> String {
        let begun = std::mem::take(&mut self.begun);
        if self.by_structure && !begun.is_empty() {
            return char::REPLACEMENT_CHARACTER.to_string();
        }
        String::from_utf8_lossy(&begun).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::Decoder;

    #[track_caller]
    fn decodes(writes: &[&[u8]], texts: &[&str], end: &str) {
        let mut decoder = Decoder::default();
        let got: Vec<String> = writes.iter().map(|write| decoder.decode(write)).collect();
        assert_eq!(
            (got, decoder.finish().as_str()),
            (texts.iter().map(ToString::to_string).collect(), end)
        );
    }

    #[test]
    fn a_split_character_is_decoded_with_its_last_byte() {
        decodes(&[b"a\xe2", b"\x82", b"\xacb"], &["a", "", "€b"], "");
    }

    #[test]
    fn by_structure_what_could_be_one_character_is_one() {
        let mut decoder = Decoder::by_structure();
        let texts = [
            &b"\xed\xa0"[..],
            b"\x80a\xc0\xafb\xf4\x90\x80\x80\xe4",
            b"c\x80",
        ]
        .map(|write| decoder.decode(write));
        assert_eq!(
            texts,
            ["", "\u{fffd}a\u{fffd}b\u{fffd}", "\u{fffd}c\u{fffd}"]
        );
    }

    #[test]
    fn characters_that_xml_forbids_are_replaced() {
        decodes(
            &[b"a\xffb\xe2", b"c\xe2"],
            &["a\u{fffd}b", "\u{fffd}c"],
            "\u{fffd}",
        );
    }
}
