//! The shapes of block elements (U+2580 to U+259F), which fill parts of a cell, and so join.

/// A rectangle in eighths of a cell: left, top, right, bottom.
pub(in crate::view) type Eighths = [usize; 4];

/// The parts of a cell that a block element fills, and how much of its color shows there (percent); nothing for any other
/// character.
pub(in crate::view) fn shape(character: char) -> Option<(Vec<Eighths>, u8)> {
    let number = usize::try_from(u32::from(character)).ok()?;
    let one = match number {
        0x2580 => [0, 0, 8, 4],
        0x2581..=0x2588 => [0, 0x2588 - number, 8, 8],
        0x2589..=0x258f => [0, 0, 0x2590 - number, 8],
        0x2590 => [4, 0, 8, 8],
        0x2591..=0x2593 => return Some((vec![[0, 0, 8, 8]], SHADES[number - 0x2591])),
        0x2594 => [0, 0, 8, 1],
        0x2595 => [7, 0, 8, 8],
        0x2596..=0x259f => {
            let quadrants = QUADRANTS[number - 0x2596];
            let corners = [(0, 0), (4, 0), (0, 4), (4, 4)].into_iter().enumerate();
            let filled = corners.filter(|(bit, _)| quadrants & 1 << bit != 0);
            let filled = filled.map(|(_, (left, top))| [left, top, left + 4, top + 4]);
            return Some((filled.collect(), 100));
        }
        _ => return None,
    };
    Some((vec![one], 100))
}

const SHADES: [u8; 3] = [25, 50, 75];

/// The quadrants of U+2596 to U+259F: 1 upper left, 2 upper right, 4 lower left, 8 lower right.
const QUADRANTS: [u8; 10] = [4, 8, 1, 13, 9, 7, 11, 2, 6, 14];
