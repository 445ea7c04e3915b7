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
    let has_lines = modes.local_modes.contains(LocalModes::ICANON);
    let is_line_end = |byte: u8| match byte {
        _ if !has_lines => false,
        b'\n' => !input.contains(InputModes::INLCR),
        b'\r' => input.contains(InputModes::ICRNL) && !input.contains(InputModes::IGNCR),
        _ => false,
    };
    let mut echo = 0;
    for (at, byte) in bytes.iter().enumerate() {
        echo += if is_line_end(*byte) {
            processed(modes, b"\n")?
        } else {
            echo_of(modes, *byte, at == 0)?
        };
    }
    Some(echo)
}

/// How many bytes a terminal echoes for one that ends no line; a signal discards the echo of what came before it at once.
fn echo_of(modes: &Termios, byte: u8, is_first: bool) -> Option<u64> {
    let local = modes.local_modes;
    if !local.contains(LocalModes::ECHO) {
        return Some(0);
    }
    let is = |index: SpecialCodeIndex| byte != 0 && modes.special_codes[index] == byte;
    if signals(modes, byte) {
        if !is_first {
            return None;
        }
    } else if local.contains(LocalModes::ICANON) && is(SpecialCodeIndex::VEOF) {
        return Some(0);
    } else if SPECIAL.into_iter().any(is) {
        return None;
    }
    let is_control = matches!(byte, 0x01..=0x1f | 0x7f);
    match byte {
        b'\t' => processed(modes, b"\t"),
        b'\r' if modes.input_modes.contains(InputModes::IGNCR) => None,
        b'\n' | b'\r' if local.contains(LocalModes::ICANON) => None,
        b'\0' | b'\xff' => None,
        _ if is_control && local.contains(LocalModes::ECHOCTL) => Some(2),
        b'\r' if modes.input_modes.contains(InputModes::ICRNL) => processed(modes, b"\n"),
        _ if is_control => processed(modes, &[byte]),
        b'\x80'.. if modes.input_modes.contains(InputModes::ISTRIP) => None,
        _ => Some(1),
    }
}

/// Whether a terminal discards, for a signal that one of these bytes sends, the output that has not been read.
pub(super) fn discards(modes: &Termios, bytes: &[u8]) -> bool {
    let keeps = modes.local_modes.contains(LocalModes::NOFLSH);
    !keeps && bytes.iter().any(|byte| signals(modes, *byte))
}

/// Whether a byte of input sends a signal.
fn signals(modes: &Termios, byte: u8) -> bool {
    let by = [
        SpecialCodeIndex::VINTR,
        SpecialCodeIndex::VQUIT,
        SpecialCodeIndex::VSUSP,
    ];
    let is = |index: SpecialCodeIndex| byte != 0 && modes.special_codes[index] == byte;
    modes.local_modes.contains(LocalModes::ISIG) && by.into_iter().any(is)
}

#[cfg(test)]
mod tests {
    use super::{discards, echoed, processed};
    use rustix::{
        io::{read, write},
        pty::{OpenptFlags, openpt},
        termios::{LocalModes, OptionalActions, OutputModes, Termios, tcgetattr, tcsetattr},
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

    /// How many bytes a terminal echoes for these.
    fn echo(modes: &Termios, typed: &[u8]) -> u64 {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        tcsetattr(&master, OptionalActions::Now, modes).unwrap();
        write(&master, &[typed, b"~~"].concat()).unwrap();
        let mut echo = Vec::new();
        while !echo.ends_with(b"~~") {
            let mut piece = [0; 64];
            let len = read(&master, &mut piece).unwrap();
            echo.extend(&piece[..len]);
        }
        echo.len() as u64 - 2
    }

    #[test]
    fn what_is_counted_is_what_the_kernel_echoes() {
        let (cooked, mut plain, mut raw) = (sane(), sane(), sane());
        plain.local_modes -= LocalModes::ECHOCTL;
        raw.local_modes -= LocalModes::ICANON | LocalModes::ISIG;
        let mut counted = 0;
        for modes in [cooked, plain, raw] {
            for byte in (0..=u8::MAX).filter(|byte| *byte != b'~') {
                for typed in [vec![byte], vec![byte, b'a'], vec![b'a', byte]] {
                    let Some(count) = echoed(&modes, &typed) else {
                        continue;
                    };
                    assert_eq!(echo(&modes, &typed), count, "{typed:?}");
                    counted += 1;
                }
            }
        }
        assert!(counted > 3 * 3 * 230, "only {counted} are counted");
    }

    #[test]
    fn an_echo_is_counted_if_it_depends_on_the_settings_alone() {
        let mut modes = sane();
        // A carriage return is echoed as a newline, which is processed.
        assert_eq!(echoed(&modes, b"one\r"), Some(5));
        // A backspace erases what is there; Ctrl-C discards the echo of what is typed with it.
        assert_eq!(echoed(&modes, b"a\x7f"), None);
        assert_eq!(echoed(&modes, b"a\x03"), None);
        assert_eq!(echoed(&modes, b"\x03"), Some(2));
        assert!(discards(&modes, b"\x03") && !discards(&modes, b"a"));
        modes.local_modes -= LocalModes::ECHO;
        assert_eq!(echoed(&modes, b"a\x7f"), Some(0));
        assert_eq!(echoed(&modes, b"\x03"), Some(0));
    }
}
