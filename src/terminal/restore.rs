//! What leaves a terminal as a new one is, so that a program that was killed does not leave its modes to a shell.

use super::{
    Terminal,
    charset::Charsets,
    modes::Mode,
    state::{Pen, State},
};
use std::io::Write;

/// Removes all flags of kitty's protocol from the screen that is in use.
const NO_FLAGS: &[u8] = b"\x1b[<99u";

pub(super) fn restoring(terminal: &Terminal) -> Vec<u8> {
    let state = &terminal.state;
    let mut out = Vec::new();
    if state.keyboard.has_flags() {
        out.extend_from_slice(NO_FLAGS);
    }
    if !state.has(Mode::AlternateScreen) {
        undo(state, &mut out);
        return out;
    }
    // The cursor is where the program left the other screen, if it saved that.
    let leave: &[u8] = if state.saved[1].is_some() {
        b"\x1b[?1049l"
    } else {
        b"\x1b[?47l"
    };
    out.extend_from_slice(leave);
    // What was saved comes back: style, character sets, and the keyboard's flags there.
    let mut after = terminal.clone();
    after.feed(&out);
    if after.state.keyboard.has_flags() {
        out.extend_from_slice(NO_FLAGS);
    }
    undo(&after.state, &mut out);
    out
}

/// Undoes all but the alternate screen and the keyboard's flags.
fn undo(state: &State, out: &mut Vec<u8>) {
    if state.region != state.grid.all() {
        // Without margins the cursor is at home, unless it is saved before.
        out.extend_from_slice(b"\x1b7\x1b[r\x1b8");
    }
    for (mode, is_set) in state.modes.changed() {
        let last = if is_set { 'l' } else { 'h' };
        // Writing to memory cannot fail.
        let _ = match (mode, mode.number()) {
            // Its number is known to few.
            (Mode::ApplicationKeypad, _) => out.write_all(b"\x1b>"),
            (_, (number, true)) => write!(out, "\x1b[{number}{last}"),
            (_, (number, false)) => write!(out, "\x1b[?{number}{last}"),
        };
    }
    if state.keyboard.modify_other_keys != 0 {
        out.extend_from_slice(b"\x1b[>4m");
    }
    if state.shape != 0 {
        out.extend_from_slice(b"\x1b[0 q");
    }
    if state.charsets != Charsets::default() {
        out.extend_from_slice(b"\x1b(B\x1b)B\x1b*B\x1b+B\x1b}\x0f");
    }
    let (pen, new) = (&state.pen, Pen::default());
    if pen.style != new.style {
        out.extend_from_slice(b"\x1b[m");
    }
    if pen.is_protected != new.is_protected {
        out.extend_from_slice(b"\x1b[0\"q\x1bW");
    }
    if pen.link != new.link {
        out.extend_from_slice(b"\x1b]8;;\x1b\\");
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Mode, Modes, Terminal};
    use proptest::{collection::vec, prelude::*, sample::select};

    #[test]
    fn a_new_terminal_needs_nothing() {
        let mut terminal = Terminal::new(80, 24);
        assert_eq!(terminal.restoring(), b"");
        terminal.feed(b"text\r\n\x1b[1mbold\x1b[m\x1b[?1049h\x1b[?25l\x1b[?25h\x1b[?1049l");
        assert_eq!(terminal.restoring(), b"");
    }

    #[test]
    fn a_full_screen_program_is_undone() {
        let mut terminal = Terminal::new(80, 24);
        terminal.feed(b"$ \x1b[?1049h\x1b[?25l\x1b[?1002h\x1b[?1006h\x1b[?2004h\x1b=");
        terminal.feed(b"\x1b[5;9H\x1b[2;20r\x1b[31m\x1b[4 q");
        let restoring = terminal.restoring();
        terminal.feed(&restoring);
        assert_eq!(terminal.visible_text()[0], "$");
        assert_eq!((terminal.cursor().row, terminal.cursor().column), (0, 2));
        assert_eq!(terminal.restoring(), b"");
    }

    proptest! {
        #[test]
        fn whatever_a_program_has_set_is_as_in_a_new_terminal(
            pieces in vec(select(vec![
                "\x1b[?1049h", "\x1b[?1049l", "\x1b[?47h", "\x1b[?47l", "\x1b[?25l", "\x1b[?1000h", "\x1b[?1003h",
                "\x1b[?1006h", "\x1b[?2004h", "\x1b[?2026h", "\x1b[?1004h", "\x1b=", "\x1b[?1h", "\x1b[?7l", "\x1b[4h",
                "\x1b[20h", "\x1b[>1u", "\x1b[=5u", "\x1b[<u", "\x1b[>4;2m", "\x1b[3;9r", "\x1b[?69h", "\x1b[4;9s",
                "\x1b[5 q", "\x1b[1;4m", "\x1b(0", "\x0e", "\x1b)0", "\x1b[?6h", "\x1b[?5h", "text", "\r\n", "\x1b7",
                "\x1b8", "\x1b[9;9H", "\x1b[12h", "\x1b[12l", "\x1b[?66h", "\x1b[?9h", "\x1b[1\"q", "\x1bV", "\x1b]8;;http://a\x1b\\", "\x1b*0", "\x1bn",
            ]), 0..30),
        ) {
            let mut terminal = Terminal::new(80, 24);
            terminal.feed(pieces.concat().as_bytes());
            let restoring = terminal.restoring();
            terminal.feed(&restoring);
            prop_assert_eq!(terminal.modes(), Modes::default());
            prop_assert!(!terminal.modes().contains(Mode::AlternateScreen));
            prop_assert_eq!((terminal.keyboard_flags(), terminal.modify_other_keys()), (0, 0));
            prop_assert_eq!(terminal.restoring().escape_ascii().to_string(), "");
        }
    }
}
