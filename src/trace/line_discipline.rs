//! A terminal's line discipline: how many bytes its output becomes, and how many it echoes (termios(3)).

use rustix::termios::{InputModes, LocalModes, OutputModes, SpecialCodeIndex, Termios};

/// The special characters of a terminal.
pub(super) const SPECIAL: [SpecialCodeIndex; 13] = [
    SpecialCodeIndex::VINTR,
    SpecialCodeIndex::VQUIT,
    SpecialCodeIndex::VSUSP,
    SpecialCodeIndex::VSTART,
    SpecialCodeIndex::VSTOP,
    SpecialCodeIndex::VEOF,
    SpecialCodeIndex::VEOL,
    SpecialCodeIndex::VEOL2,
    SpecialCodeIndex::VERASE,
    SpecialCodeIndex::VKILL,
    SpecialCodeIndex::VWERASE,
    SpecialCodeIndex::VREPRINT,
    SpecialCodeIndex::VLNEXT,
];

/// How many bytes a terminal's output becomes; `None` if that depends on more than its settings.
pub(super) fn processed(modes: &Termios, bytes: &[u8]) -> Option<u64> {
    let output = modes.output_modes;
    let len = bytes.len() as u64;
    if !output.contains(OutputModes::OPOST) {
        return Some(len);
    }
    let expands_tabs = output.contains(OutputModes::XTABS) && bytes.contains(&b'\t');
    if expands_tabs || output.contains(OutputModes::ONOCR) {
        return None;
    }
    let width = |byte: &u8| 1 + u64::from(*byte == b'\n' && output.contains(OutputModes::ONLCR));
    Some(bytes.iter().map(width).sum())
}

/// How many bytes of input a terminal echoes; `None` if that depends on more than its settings.
pub(super) fn echoed(modes: &Termios, bytes: &[u8]) -> Option<u64> {
    if !modes
        .local_modes
        .intersects(LocalModes::ECHO | LocalModes::ECHONL)
    {
        return Some(0);
    }
    let input = modes.input_modes;
    let is_line_end = |byte: u8| match byte {
        b'\n' => !input.contains(InputModes::INLCR),
        b'\r' => input.contains(InputModes::ICRNL) && !input.contains(InputModes::IGNCR),
        _ => false,
    };
    let is_special = |byte: u8| {
        SPECIAL
            .into_iter()
            .any(|index| modes.special_codes[index] == byte)
    };
    let mut echo = 0;
    for byte in bytes {
        echo += match byte {
            byte if is_line_end(*byte) => processed(modes, b"\n")?,
            _ if !modes.local_modes.contains(LocalModes::ECHO) => 0,
            b' '..=b'~' if !is_special(*byte) => 1,
            _ => return None,
        };
    }
    Some(echo)
}

#[cfg(test)]
mod tests {
    use super::{echoed, processed};
    use rustix::{
        pty::{OpenptFlags, openpt},
        termios::{LocalModes, OutputModes, Termios, tcgetattr},
    };

    /// The settings of a new terminal: `stty sane`, without tab expansion.
    fn sane() -> Termios {
        tcgetattr(openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap()).unwrap()
    }

    #[test]
    fn a_newline_becomes_two_bytes_if_output_is_processed() {
        let mut modes = sane();
        assert_eq!(processed(&modes, b"a\nb\n"), Some(6));
        modes.output_modes -= OutputModes::ONLCR;
        assert_eq!(processed(&modes, b"a\nb\n"), Some(4));
        modes.output_modes |= OutputModes::XTABS;
        assert_eq!(processed(&modes, b"a\tb"), None);
        modes.output_modes -= OutputModes::OPOST;
        assert_eq!(processed(&modes, b"a\tb"), Some(3));
    }

    #[test]
    fn an_echo_is_counted_if_it_depends_on_the_settings_alone() {
        let mut modes = sane();
        // A carriage return is echoed as a newline, which is processed.
        assert_eq!(echoed(&modes, b"one\r"), Some(5));
        // A backspace erases what is there; Ctrl-C discards it.
        assert_eq!(echoed(&modes, b"a\x7f"), None);
        assert_eq!(echoed(&modes, b"\x03"), None);
        modes.local_modes -= LocalModes::ECHO;
        assert_eq!(echoed(&modes, b"a\x7f\x03"), Some(0));
    }
}
