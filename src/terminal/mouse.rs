//! The bytes that the mouse becomes, by the protocol that the program has turned on (xterm's control sequences, "Mouse
//! Tracking").

use crate::recording::{MouseButton, Position, WheelDirection};

/// What is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum MouseTracking {
    /// Presses alone (mode 9).
    Press,
    /// Presses and releases (mode 1000).
    PressRelease,
    /// And motion while a button is down (mode 1002).
    ButtonMotion,
    /// And all other motion (mode 1003).
    AnyMotion,
}

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MouseEncoding {
    /// `CSI M`, and a byte for each number.
    Default,
    /// `CSI M`, and a character in UTF-8 for each number (mode 1005).
    Utf8,
    /// `CSI < …`, in decimal (mode 1006).
    Sgr,
    /// The same in pixels (mode 1016).
    SgrPixels,
    /// `CSI … M`, in decimal (mode 1015).
    Urxvt,
}

/// A mouse that is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mouse {
    pub(crate) tracking: MouseTracking,
    pub(crate) encoding: MouseEncoding,
}

/// Added to the button's number while the mouse moves.
const MOTION: u8 = 32;
/// The number of a released button where it is not told which.
const RELEASED: u8 = 3;
/// The size of a cell in pixels, as the terminal answers it.
const CELL: (u32, u32) = (10, 20);
/// The first number of the wheel.
const WHEEL: u8 = 64;

impl Mouse {
    /// A button is pressed and released. `None` if the place is beyond what the encoding can say.
    pub(crate) fn click(self, button: MouseButton, at: Position) -> Option<Vec<u8>> {
        let number = match button {
            MouseButton::Left => 0,
            MouseButton::Middle => 1,
            MouseButton::Right => 2,
        };
        let press = self.report(number, at, true)?;
        Some([press, self.release(number, at)?].concat())
    }

    /// The wheel turns by some notches.
    pub(crate) fn wheel(
        self,
        direction: WheelDirection,
        notches: u16,
        at: Position,
    ) -> Option<Vec<u8>> {
        let number = match direction {
            WheelDirection::Up => WHEEL,
            WheelDirection::Down => WHEEL + 1,
        };
        Some(self.report(number, at, true)?.repeat(notches.into()))
    }

    /// The left button is pressed at one place and released at another.
    pub(crate) fn drag(self, from: Position, to: Position) -> Option<Vec<u8>> {
        let mut bytes = self.report(0, from, true)?;
        if self.tracking >= MouseTracking::ButtonMotion && from != to {
            bytes.extend(self.report(MOTION, to, true)?);
        }
        bytes.extend(self.release(0, to)?);
        Some(bytes)
    }

    fn release(self, number: u8, at: Position) -> Option<Vec<u8>> {
        match (self.tracking, self.encoding) {
            (MouseTracking::Press, _) => Some(Vec::new()),
            (_, MouseEncoding::Sgr | MouseEncoding::SgrPixels) => self.report(number, at, false),
            _ => self.report(RELEASED, at, false),
        }
    }

    fn report(
        self,
        number: u8,
        Position { column, row }: Position,
        is_press: bool,
    ) -> Option<Vec<u8>> {
        let last = if is_press { 'M' } else { 'm' };
        let shifted = |number: u16| number.checked_add(32);
        match self.encoding {
            MouseEncoding::Sgr => Some(format!("\x1b[<{number};{column};{row}{last}").into_bytes()),
            MouseEncoding::SgrPixels => {
                // The middle of the cell, from 0.
                let middle = |place: u16, size: u32| u32::from(place.max(1)) * size - size / 2;
                let (x, y) = (middle(column, CELL.0), middle(row, CELL.1));
                Some(format!("\x1b[<{number};{x};{y}{last}").into_bytes())
            }
            MouseEncoding::Urxvt => {
                Some(format!("\x1b[{};{column};{row}M", number + 32).into_bytes())
            }
            MouseEncoding::Default => {
                let byte = |number| shifted(number).and_then(|number| u8::try_from(number).ok());
                Some(vec![
                    0x1b,
                    b'[',
                    b'M',
                    number + 32,
                    byte(column)?,
                    byte(row)?,
                ])
            }
            MouseEncoding::Utf8 => {
                let character = |number| {
                    let number = shifted(number).filter(|number| *number <= 0x7ff)?;
                    char::from_u32(number.into())
                };
                let text = format!(
                    "\x1b[M{}{}{}",
                    char::from(number + 32),
                    character(column)?,
                    character(row)?
                );
                Some(text.into_bytes())
            }
        }
    }
}

/// The reports that the mouse's bytes are made of. Each begins with ESC, which no report has elsewhere.
pub(crate) fn reports(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.chunk_by(|_, next| *next != 0x1b)
}

#[cfg(test)]
mod tests {
    use super::{Mouse, MouseButton, MouseEncoding, MouseTracking, Position, WheelDirection};

    const AT: Position = Position { column: 10, row: 5 };

    fn mouse(tracking: MouseTracking, encoding: MouseEncoding) -> Mouse {
        Mouse { tracking, encoding }
    }

    #[track_caller]
    fn is(bytes: Option<&[u8]>, expected: &[u8]) {
        assert_eq!(
            bytes,
            Some(expected),
            "{}",
            bytes.unwrap_or_default().escape_ascii()
        );
    }

    #[test]
    fn a_click_is_a_press_and_a_release() {
        let click =
            |encoding| mouse(MouseTracking::PressRelease, encoding).click(MouseButton::Right, AT);
        is(
            click(MouseEncoding::Sgr).as_deref(),
            b"\x1b[<2;10;5M\x1b[<2;10;5m",
        );
        is(
            click(MouseEncoding::SgrPixels).as_deref(),
            b"\x1b[<2;95;90M\x1b[<2;95;90m",
        );
        is(
            click(MouseEncoding::Default).as_deref(),
            b"\x1b[M\"*%\x1b[M#*%",
        );
        is(
            click(MouseEncoding::Utf8).as_deref(),
            b"\x1b[M\"*%\x1b[M#*%",
        );
        is(
            click(MouseEncoding::Urxvt).as_deref(),
            b"\x1b[34;10;5M\x1b[35;10;5M",
        );
        is(
            mouse(MouseTracking::Press, MouseEncoding::Default)
                .click(MouseButton::Left, AT)
                .as_deref(),
            b"\x1b[M *%",
        );
    }

    #[test]
    fn a_drag_moves_where_motion_is_reported() {
        let to = Position { column: 11, row: 5 };
        let drag = |tracking| mouse(tracking, MouseEncoding::Sgr).drag(AT, to);
        is(
            drag(MouseTracking::PressRelease).as_deref(),
            b"\x1b[<0;10;5M\x1b[<0;11;5m",
        );
        is(
            drag(MouseTracking::ButtonMotion).as_deref(),
            b"\x1b[<0;10;5M\x1b[<32;11;5M\x1b[<0;11;5m",
        );
    }

    #[test]
    fn a_wheel_has_presses_alone() {
        let sgr = mouse(MouseTracking::AnyMotion, MouseEncoding::Sgr);
        is(
            sgr.wheel(WheelDirection::Down, 2, AT).as_deref(),
            b"\x1b[<65;10;5M\x1b[<65;10;5M",
        );
        is(
            sgr.wheel(WheelDirection::Up, 1, AT).as_deref(),
            b"\x1b[<64;10;5M",
        );
    }

    #[test]
    fn what_an_encoding_cannot_say_is_refused() {
        let click = |encoding, column| {
            mouse(MouseTracking::AnyMotion, encoding)
                .click(MouseButton::Left, Position { column, row: 1 })
        };
        assert!(
            click(MouseEncoding::Default, 223).is_some()
                && click(MouseEncoding::Default, 224).is_none()
        );
        assert!(
            click(MouseEncoding::Utf8, 2015).is_some()
                && click(MouseEncoding::Utf8, 2016).is_none()
        );
        assert!(click(MouseEncoding::Sgr, u16::MAX).is_some());
    }
}
