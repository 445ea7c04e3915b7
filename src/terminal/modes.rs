//! The modes that a program can set.

/// A mode of the terminal (DECSET, SM).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mode {
    /// Cursor keys send application sequences (DECCKM, 1).
    ApplicationCursor,
    /// Allows 132 columns (40).
    AllowColumns,
    /// 132 columns (DECCOLM, 3).
    Columns132,
    /// The whole screen is in reverse (DECSCNM, 5).
    ReverseScreen,
    /// Rows and columns count from the margins (DECOM, 6).
    Origin,
    /// A full row continues in the next one (DECAWM, 7).
    AutoWrap,
    /// Keys repeat (DECARM, 8).
    AutoRepeat,
    /// Mouse presses are reported, in the way of X10 (9).
    MouseX10,
    /// The cursor blinks (12).
    BlinkingCursor,
    /// The cursor is visible (DECTCEM, 25).
    CursorVisible,
    /// A tab after a full row goes to the next one (41).
    TabWraps,
    /// National sets of characters can be designated, and bytes are not UTF-8 (DECNRCM, 42).
    NationalSets,
    /// Backspace moves from the first column to the row above (45).
    ReverseWrap,
    /// The alternate screen (47, 1047 and 1049).
    AlternateScreen,
    /// The keypad sends application sequences (DECNKM, 66; `ESC =`).
    ApplicationKeypad,
    /// The backspace key sends BS and not DEL (DECBKM, 67).
    BackspaceKey,
    /// There can be left and right margins (DECLRMM, 69).
    LeftRightMargins,
    /// Changing between 80 and 132 columns does not clear the screen (DECNCSM, 95).
    KeepOnColumns,
    /// Mouse presses and releases are reported (1000).
    MousePress,
    /// Also motion while a button is pressed (1002).
    MouseDrag,
    /// Also all motion (1003).
    MouseMotion,
    /// Focus is reported (1004).
    FocusEvents,
    /// Mouse positions are written in UTF-8 (1005).
    MouseUtf8,
    /// Mouse reports are written in SGR's form (1006).
    MouseSgr,
    /// The wheel sends cursor keys on the alternate screen (1007).
    AlternateScroll,
    /// Mouse reports are written in urxvt's form (1015).
    MouseUrxvt,
    /// Mouse reports are in pixels, in SGR's form (1016).
    MousePixels,
    /// A meta key sends ESC before its character (1036).
    MetaSendsEscape,
    /// Backspace also moves past a wrapped line's beginning (1045).
    ExtendedReverseWrap,
    /// Pasted text is bracketed (2004).
    BracketedPaste,
    /// What is drawn appears at once when the mode is reset (2026).
    SynchronizedOutput,
    /// The keyboard is locked (KAM, ANSI 2).
    KeyboardLocked,
    /// Characters are inserted (IRM, ANSI 4).
    Insert,
    /// No local echo (SRM, ANSI 12).
    SendReceive,
    /// A line feed also returns (LNM, ANSI 20).
    NewLine,
}

/// A mode, its number, whether that is one of ECMA-48 and not private, and whether it is set at first.
type Row = (Mode, u16, bool, bool);

#[rustfmt::skip]
const TABLE: [Row; 35] = [
    (Mode::ApplicationCursor, 1, false, false), (Mode::Columns132, 3, false, false),
    (Mode::ReverseScreen, 5, false, false), (Mode::Origin, 6, false, false),
    (Mode::AutoWrap, 7, false, true), (Mode::AutoRepeat, 8, false, true),
    (Mode::MouseX10, 9, false, false), (Mode::BlinkingCursor, 12, false, false),
    (Mode::CursorVisible, 25, false, true), (Mode::AllowColumns, 40, false, false),
    (Mode::TabWraps, 41, false, false),
    (Mode::NationalSets, 42, false, false), (Mode::ReverseWrap, 45, false, false), (Mode::AlternateScreen, 1049, false, false),
    (Mode::ApplicationKeypad, 66, false, false), (Mode::BackspaceKey, 67, false, false),
    (Mode::LeftRightMargins, 69, false, false), (Mode::KeepOnColumns, 95, false, false),
    (Mode::MousePress, 1000, false, false), (Mode::MouseDrag, 1002, false, false),
    (Mode::MouseMotion, 1003, false, false), (Mode::FocusEvents, 1004, false, false),
    (Mode::MouseUtf8, 1005, false, false), (Mode::MouseSgr, 1006, false, false),
    (Mode::AlternateScroll, 1007, false, false), (Mode::MouseUrxvt, 1015, false, false),
    (Mode::MousePixels, 1016, false, false), (Mode::MetaSendsEscape, 1036, false, true),
    (Mode::ExtendedReverseWrap, 1045, false, false), (Mode::BracketedPaste, 2004, false, false),
    (Mode::SynchronizedOutput, 2026, false, false),
    (Mode::KeyboardLocked, 2, true, false), (Mode::Insert, 4, true, false),
    (Mode::SendReceive, 12, true, true), (Mode::NewLine, 20, true, false),
];

/// Private modes that change nothing that is drawn, answered or typed here: smooth scrolling, the printer, the scroll bar,
/// fonts, bold in color, margin bell, graphics, meta and Alt keys, selections, urgency.
const WITHOUT_EFFECT: [u16; 35] = [
    4, 10, 11, 13, 14, 18, 19, 30, 35, 38, 44, 46, 80, 1001, 1010, 1011, 1014, 1034, 1035, 1037,
    1039, 1040, 1041, 1042, 1043, 1044, 1046, 1050, 1051, 1052, 1053, 1060, 1061, 1070, 8452,
];

/// Those of which one at most is set.
const MOUSE: [Mode; 4] = [
    Mode::MouseX10,
    Mode::MousePress,
    Mode::MouseDrag,
    Mode::MouseMotion,
];
const MOUSE_FORMS: [Mode; 4] = [
    Mode::MouseUtf8,
    Mode::MouseSgr,
    Mode::MouseUrxvt,
    Mode::MousePixels,
];

/// Which modes are set.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Modes {
    bits: u64,
}

/// What is known of a mode's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Mode(Mode),
    WithoutEffect,
    Unknown,
}

impl Mode {
    /// The number by which a program sets it, and whether it is one of ECMA-48 (`CSI 4 h`) and not private
    /// (`CSI ? 7 h`).
    #[must_use]
    pub fn number(self) -> (u16, bool) {
        TABLE
            .iter()
            .find(|row| row.0 == self)
            .map_or((0, false), |row| (row.1, row.2))
    }

    pub(super) fn known(number: u16, ansi: bool) -> Known {
        match number {
            47 | 1047 if !ansi => Known::Mode(Mode::AlternateScreen),
            _ if !ansi && WITHOUT_EFFECT.contains(&number) => Known::WithoutEffect,
            _ => TABLE
                .iter()
                .find(|row| (row.1, row.2) == (number, ansi))
                .map_or(Known::Unknown, |row| Known::Mode(row.0)),
        }
    }
}

impl Modes {
    /// Whether a mode is set.
    #[must_use]
    pub fn contains(self, mode: Mode) -> bool {
        self.bits & bit(mode) != 0
    }

    /// The modes that are not as in a new terminal, in the order of their numbers, and whether each is set.
    pub fn changed(self) -> impl Iterator<Item = (Mode, bool)> {
        TABLE.iter().filter_map(move |row| {
            let is_set = self.contains(row.0);
            (is_set != row.3).then_some((row.0, is_set))
        })
    }

    pub(crate) fn set(&mut self, mode: Mode, on: bool) {
        for group in [MOUSE, MOUSE_FORMS] {
            // To reset one form leaves another one set, as in xterm.
            if group.contains(&mode) && (on || group == MOUSE) {
                self.bits &= !group.iter().fold(0, |bits, mode| bits | bit(*mode));
            }
        }
        if on {
            self.bits |= bit(mode);
        } else {
            self.bits &= !bit(mode);
        }
    }
}

impl Default for Modes {
    fn default() -> Modes {
        let set = TABLE.iter().filter(|row| row.3);
        Modes {
            bits: set.fold(0, |bits, row| bits | bit(row.0)),
        }
    }
}

/// Writes the modes that are not as in a new terminal: `7 off, 1000, 2004 on`; those of ECMA-48 as `ansi 4`.
impl std::fmt::Display for Modes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = |mode: Mode| match mode.number() {
            (number, true) => format!("ansi {number}"),
            (number, false) => number.to_string(),
        };
        let mut separator = "";
        for (on, word) in [(false, "off"), (true, "on")] {
            let names: Vec<String> = self
                .changed()
                .filter(|(_, is_set)| *is_set == on)
                .map(|(mode, _)| name(mode))
                .collect();
            if !names.is_empty() {
                write!(f, "{separator}{} {word}", names.join(", "))?;
                separator = ", ";
            }
        }
        Ok(())
    }
}

impl std::fmt::Debug for Modes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set()
            .entries(
                TABLE
                    .iter()
                    .map(|row| row.0)
                    .filter(|mode| self.contains(*mode)),
            )
            .finish()
    }
}

fn bit(mode: Mode) -> u64 {
    1 << mode as u32
}
