//! Box drawing (U+2500 to U+257F): lines from the middle of a cell to its edges, which join those of its neighbours.

use super::canvas::{Canvas, Rect};
use crate::terminal::palette::Rgb;

/// The arms of each character: to the left, right, top and bottom; 0 none, 1 light, 2 heavy, 3 double.
const ARMS: &[u8] = b"\
    1100 2200 0011 0022 1100 2200 0011 0022 1100 2200 0011 0022 0101 0201 0102 0202 \
    1001 2001 1002 2002 0110 0210 0120 0220 1010 2010 1020 2020 0111 0211 0121 0112 \
    0122 0221 0212 0222 1011 2011 1021 1012 1022 2021 2012 2022 1101 2101 1201 2201 \
    1102 2102 1202 2202 1110 2110 1210 2210 1120 2120 1220 2220 1111 2111 1211 2211 \
    1121 1112 1122 2121 1221 2112 1212 2221 2212 2122 1222 2222 1100 2200 0011 0022 \
    3300 0033 0301 0103 0303 3001 1003 3003 0310 0130 0330 3010 1030 3030 0311 0133 \
    0333 3011 1033 3033 3301 1103 3303 3310 1130 3330 3311 1133 3333 0101 1001 1010 \
    0110 0000 0000 0000 1000 0010 0100 0001 2000 0020 0200 0002 1200 0012 2100 0021 ";

const DOUBLE: u8 = b'3';
const NONE: u8 = b'0';

/// Half the thickness of a light and of a heavy line, and the distance of a double line from the middle (pixels).
const LIGHT: usize = 1;
const HEAVY: usize = 2;
const APART: usize = 2;

/// Draws a character into a cell; returns whether it is one of box drawing.
pub(super) fn draw(canvas: &mut Canvas, cell: Rect, character: char, color: Rgb) -> bool {
    let Some(index) = u32::from(character)
        .checked_sub(0x2500)
        .filter(|index| *index < 0x80)
    else {
        return false;
    };
    let index = usize::try_from(index).unwrap_or(0);
    match index {
        0x6d..=0x70 => arc(canvas, cell, index, color),
        0x71..=0x73 => diagonals(canvas, cell, index, color),
        _ => {
            let arms = &ARMS[5 * index..5 * index + 4];
            let dashes = match index {
                0x04..=0x07 => 3,
                0x08..=0x0b => 4,
                0x4c..=0x4f => 2,
                _ => 1,
            };
            lines(
                canvas,
                cell,
                [arms[0], arms[1], arms[2], arms[3]],
                dashes,
                color,
            );
        }
    }
    true
}

/// The middle of a cell.
fn middle(cell: Rect) -> (usize, usize) {
    (
        usize::midpoint(cell.left, cell.right),
        usize::midpoint(cell.top, cell.bottom),
    )
}

fn lines(canvas: &mut Canvas, cell: Rect, arms: [u8; 4], dashes: usize, color: Rgb) {
    let (x, y) = middle(cell);
    let [left, right, up, down] = arms;
    for (arm, to, sides) in [
        (left, cell.left, [up, down]),
        (right, cell.right, [up, down]),
    ] {
        for (at, half, reach) in
            strokes(arm, y, x, sides, to < x, arms[0] != NONE && arms[1] != NONE)
        {
            let (from, to) = (reach.min(to), reach.max(to));
            dashed(from, to, cell.left, cell.width(), dashes, |left, right| {
                canvas.fill(
                    Rect {
                        left,
                        right,
                        top: at - half,
                        bottom: at + half,
                    },
                    color,
                );
            });
        }
    }
    for (arm, to, sides) in [
        (up, cell.top, [left, right]),
        (down, cell.bottom, [left, right]),
    ] {
        for (at, half, reach) in
            strokes(arm, x, y, sides, to < y, arms[2] != NONE && arms[3] != NONE)
        {
            let (from, to) = (reach.min(to), reach.max(to));
            dashed(from, to, cell.top, cell.height(), dashes, |top, bottom| {
                canvas.fill(
                    Rect {
                        left: at - half,
                        right: at + half,
                        top,
                        bottom,
                    },
                    color,
                );
            });
        }
    }
}

/// The strokes of an arm: where each is across its direction, half its thickness, and how far it reaches into the middle.
/// `sides` are the arms that cross it, before and behind; `is_before` says that it comes from the left or the top.
fn strokes(
    arm: u8,
    across: usize,
    along: usize,
    sides: [u8; 2],
    is_before: bool,
    goes_through: bool,
) -> Vec<(usize, usize, usize)> {
    // Beyond the middle, or short of it.
    let reach = |pixels: isize| {
        let pixels = if is_before { pixels } else { -pixels };
        along.saturating_add_signed(pixels)
    };
    let (light, apart) = (LIGHT.cast_signed(), APART.cast_signed());
    let half = |side: u8| match side {
        NONE => 0,
        DOUBLE => apart + light,
        b'2' => HEAVY.cast_signed(),
        _ => light,
    };
    if arm != DOUBLE {
        let beyond = half(sides[0]).max(half(sides[1]));
        let both_double = sides == [DOUBLE; 2];
        let end = if both_double && !goes_through {
            // It ends at the nearer of two lines.
            -(apart - light)
        } else if goes_through && sides.contains(&DOUBLE) {
            0
        } else {
            beyond
        };
        let thickness = if arm == b'2' { HEAVY } else { LIGHT };
        return if arm == NONE {
            Vec::new()
        } else {
            vec![(across, thickness, reach(end))]
        };
    }
    let stroke = |near: u8, far: u8, at: usize| {
        // The stroke on the side where an arm leaves meets that arm; the other one goes around.
        let end = match (near, far) {
            (DOUBLE, _) => -(apart - light),
            (NONE, DOUBLE) => apart + light,
            (NONE, NONE) => 0,
            _ => light,
        };
        (at, LIGHT, reach(end))
    };
    vec![
        stroke(sides[0], sides[1], across - APART),
        stroke(sides[1], sides[0], across + APART),
    ]
}

/// Hands out a line in one piece, or the pieces of as many dashes as a cell has.
fn dashed(
    from: usize,
    to: usize,
    start: usize,
    size: usize,
    dashes: usize,
    mut piece: impl FnMut(usize, usize),
) {
    if dashes == 1 {
        return piece(from, to);
    }
    for dash in 0..dashes {
        let (first, next) = (
            start + size * dash / dashes,
            start + size * (dash + 1) / dashes,
        );
        let (first, last) = (first.max(from), (next - 1).min(to));
        if first < last {
            piece(first, last);
        }
    }
}

/// A quarter of a circle between two edges, and a line on to the edge that is farther.
fn arc(canvas: &mut Canvas, cell: Rect, index: usize, color: Rgb) {
    let (x, y) = middle(cell);
    let (is_right, is_down) = (matches!(index, 0x6d | 0x70), matches!(index, 0x6d | 0x6e));
    let radius = cell.width() / 2;
    let quarters = |pixels: usize| i32::try_from(4 * pixels).unwrap_or(0);
    let across = quarters(if is_right { cell.width() } else { 0 });
    let (top, bottom, from, to) = if is_down {
        (y - LIGHT, y + radius, y + radius, cell.bottom)
    } else {
        (y - radius, y + LIGHT, cell.top, y - radius)
    };
    let rect = Rect {
        left: cell.left,
        right: cell.right,
        top,
        bottom,
    };
    let down = quarters(if is_down { bottom - top } else { 0 });
    let (inner, outer) = (quarters(radius - LIGHT), quarters(radius + LIGHT));
    canvas.shape(rect, color, |x, y| {
        let distance = (x - across).pow(2) + (y - down).pow(2);
        (inner.pow(2)..=outer.pow(2)).contains(&distance)
    });
    canvas.fill(
        Rect {
            left: x - LIGHT,
            right: x + LIGHT,
            top: from,
            bottom: to,
        },
        color,
    );
}

/// Lines from corner to corner.
fn diagonals(canvas: &mut Canvas, cell: Rect, index: usize, color: Rgb) {
    let size = |pixels: usize| i32::try_from(4 * pixels).unwrap_or(0);
    let (width, height) = (size(cell.width()), size(cell.height()));
    // The thickness is that across, a little more than the line's own.
    let is_on = |x: i32, y: i32| (x * height - y * width).abs() <= 5 * height;
    canvas.shape(cell, color, |x, y| {
        let (rises, falls) = (index != 0x72, index != 0x71);
        rises && is_on(width - x, y) || falls && is_on(x, y)
    });
}

#[cfg(test)]
mod tests {
    use super::{ARMS, draw};
    use crate::view::picture::raster::canvas::{Canvas, Rect};

    const CELL: Rect = Rect {
        left: 0,
        top: 0,
        right: 10,
        bottom: 20,
    };

    /// The pixels of a cell that a character paints.
    fn painted(character: char) -> Vec<Vec<bool>> {
        let mut canvas = Canvas::new(10, 20, (0, 0, 0));
        assert!(draw(&mut canvas, CELL, character, (255, 255, 255)));
        canvas
            .rows(CELL)
            .map(|row| row.iter().map(|pixel| pixel.0 > 100).collect())
            .collect()
    }

    #[test]
    fn a_line_reaches_the_edge_to_which_it_has_an_arm_and_no_other() {
        for (index, arms) in ARMS.chunks(5).enumerate() {
            let character = char::from_u32(0x2500 + u32::try_from(index).unwrap()).unwrap();
            let pixels = painted(character);
            let edges = [
                pixels.iter().filter(|row| row[0]).count(),
                pixels.iter().filter(|row| row[9]).count(),
                pixels[0].iter().filter(|is| **is).count(),
                pixels[19].iter().filter(|is| **is).count(),
            ];
            let is_dashed = matches!(index, 0x04..=0x0b | 0x4c..=0x4f);
            let is_diagonal = matches!(index, 0x71..=0x73);
            for (arm, edge) in arms.iter().zip(edges) {
                if !(is_diagonal || is_dashed && edge == 0) {
                    let thickness = [0, 2, 4, 4][usize::from(arm - b'0')];
                    assert_eq!(edge, thickness, "{character}: {edges:?}");
                }
            }
        }
    }

    #[test]
    fn lines_that_meet_are_in_one_piece() {
        for (index, _) in ARMS.chunks(5).enumerate() {
            let is_dashed = matches!(index, 0x04..=0x0b | 0x4c..=0x4f);
            // Parallel lines do not meet, nor do those of a double corner or crossing.
            let has_double = (0x50..=0x6c).contains(&index);
            if is_dashed || has_double {
                continue;
            }
            let character = char::from_u32(0x2500 + u32::try_from(index).unwrap()).unwrap();
            let mut pixels = painted(character);
            let mut pieces = 0;
            for y in 0..20 {
                for x in 0..10 {
                    let mut reached = vec![(x, y)];
                    pieces += usize::from(pixels[y][x]);
                    while let Some((x, y)) = reached.pop() {
                        if !std::mem::take(&mut pixels[y][x]) {
                            continue;
                        }
                        for y in y.saturating_sub(1)..=(y + 1).min(19) {
                            for x in x.saturating_sub(1)..=(x + 1).min(9) {
                                reached.push((x, y));
                            }
                        }
                    }
                }
            }
            assert_eq!(pieces, 1, "{character}");
        }
    }
}
