//! Decodes text from bytes that were split anywhere.

/// Decodes one stream, write by write; a character that is split is kept until it is complete.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    /// The beginning of a character.
    begun: Vec<u8>,
}

impl Decoder {
    /// The text up to the last complete character; bytes that are not UTF-8 become U+FFFD.
    pub(super) fn decode(&mut self, bytes: &[u8]) -> String {
        self.begun.extend_from_slice(bytes);
        let mut text = String::with_capacity(self.begun.len());
        let mut rest = 0;
        for chunk in self.begun.utf8_chunks() {
            text.push_str(chunk.valid());
            rest += chunk.valid().len();
            let invalid = chunk.invalid();
            let at_end = rest + invalid.len() == self.begun.len();
            if at_end && is_begun(invalid) {
                break;
            }
            if !invalid.is_empty() {
                text.push(char::REPLACEMENT_CHARACTER);
            }
            rest += invalid.len();
        }
        self.begun.drain(..rest);
        text
    }

    /// The replacement of a character that was never completed.
    pub(super) fn finish(&mut self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut self.begun)).into_owned()
    }
}

/// Whether bytes at the end of others are the beginning of a character.
fn is_begun(bytes: &[u8]) -> bool {
    str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
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
    fn characters_that_xml_forbids_are_replaced() {
        decodes(
            &[b"a\xffb\xe2", b"c\xe2"],
            &["a\u{fffd}b", "\u{fffd}c"],
            "\u{fffd}",
        );
    }
}
