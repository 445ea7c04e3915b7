//! Pictures beside those that a real xterm and a real browser draw of the same, cell by cell: ours as PNG, and ours as SVG in
//! Chromium.

use super::{output, pty, recording};
use crate::{
    browser::Browser,
    xterm::{Xterm, is_there},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use png::{Decoder, Transformations};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use serde_json::json;
use std::{collections::HashMap, env, fmt, fs, io::Cursor, path::Path, time::Duration};
use stroboscope::{
    recording::Recording,
    view::{
        picture::{Look, Playback, Theme, png},
        screen::{Color, screen},
        svg,
    },
};

const COLUMNS: u16 = 20;
const ROWS: u16 = 6;
/// How much larger Chromium draws, so that a cell of 8.4 by 16 begins and ends with a pixel.
const SCALE: usize = 5;
/// How far colors may be from each other, of 255: of surfaces, which differ by roundings and by how dim is mixed, and of
/// characters, whose thin strokes are blurred.
const SURFACE: u8 = 14;
const INK: u8 = 80;

type Rgb = [u8; 3];
type Pixels = Vec<Vec<Rgb>>;

/// What a cell looks like: the color of most of its pixels at the top, the one that is farthest from it, and in which fifths of its height
/// there is another one than the first.
#[derive(Clone, Copy, PartialEq)]
struct Cell {
    surface: Rgb,
    ink: Rgb,
    fifths: [bool; 5],
}

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = |[red, green, blue]: Rgb| format!("{red:02x}{green:02x}{blue:02x}");
        let fifths = self.fifths.map(|is_inked| if is_inked { '#' } else { '.' });
        let fifths: String = fifths.iter().collect();
        write!(f, "{} on {} {fifths}", hex(self.ink), hex(self.surface))
    }
}

fn distance(one: Rgb, other: Rgb) -> u8 {
    let parts = one.iter().zip(other);
    parts.map(|(one, other)| one.abs_diff(other)).max().unwrap()
}

impl Cell {
    /// A cell of a picture whose cells have this size; what a neighbour's character reaches into it is not looked at.
    fn of(pixels: &Pixels, (width, height): (usize, usize), column: usize, row: usize) -> Cell {
        let top = row * height;
        let edge = width / 10;
        let line = |y: usize| &pixels[top + y][column * width + edge..(column + 1) * width - edge];
        // Near the top there are no parts of letters; at the very top xterm blurs full blocks.
        let mut counts: HashMap<Rgb, usize> = HashMap::new();
        (height / 20..height / 10)
            .flat_map(line)
            .for_each(|pixel| *counts.entry(*pixel).or_default() += 1);
        let (surface, _) = counts.iter().max_by_key(|(_, count)| **count).unwrap();
        let all = (0..height).flat_map(line);
        let ink = all.max_by_key(|pixel| distance(**pixel, *surface));
        let is_inked = |fifth: usize| {
            let lines = fifth * height / 5..(fifth + 1) * height / 5;
            let mut pixels = lines.flat_map(line);
            pixels.any(|pixel| distance(*pixel, *surface) > INK)
        };
        Cell {
            surface: *surface,
            ink: *ink.unwrap(),
            fifths: [0, 1, 2, 3, 4].map(is_inked),
        }
    }

    /// Whether both look alike to who does not look at each pixel.
    fn is_like(self, other: Cell) -> bool {
        let is_inked = |cell: Cell| cell.fifths.contains(&true);
        distance(self.surface, other.surface) <= SURFACE
            && is_inked(self) == is_inked(other)
            && (!is_inked(self) || distance(self.ink, other.ink) <= INK)
            // A line is below, whatever the character is.
            && self.fifths[4] == other.fifths[4]
    }
}

/// The cells of a picture, row by row.
fn cells(pixels: &Pixels, size: (usize, usize)) -> Vec<Cell> {
    let places =
        (0..ROWS.into()).flat_map(|row| (0..COLUMNS.into()).map(move |column| (column, row)));
    places
        .map(|(column, row)| Cell::of(pixels, size, column, row))
        .collect()
}

fn decoded(bytes: &[u8]) -> Pixels {
    let mut decoder = Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut buffer = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut buffer).unwrap();
    let samples = frame.color_type.samples();
    let lines = buffer.chunks(frame.line_size).take(frame.height as usize);
    lines
        .map(|line| {
            line.chunks(samples)
                .map(|pixel| [pixel[0], pixel[1], pixel[2]])
                .collect()
        })
        .collect()
}

/// An SVG as Chromium draws it.
fn drawn(browser: &mut Browser, folder: &Path, svg: &str) -> Pixels {
    let page = format!(
        "<!doctype html><meta charset=utf-8><style>body{{margin:0;background:#15191e}}svg{{display:block}}</style>{svg}"
    );
    let file = folder.join("picture.html");
    fs::write(&file, page).unwrap();
    browser.open(&file, "");
    let (width, height) = (f64::from(COLUMNS) * 8.4, u32::from(ROWS) * 16);
    let clip = json!({"x": 0, "y": 0, "width": width, "height": height, "scale": SCALE});
    let shot = browser.call(
        "Page.captureScreenshot",
        &json!({"format": "png", "clip": clip}),
    );
    decoded(&STANDARD.decode(shot["data"].as_str().unwrap()).unwrap())
}

/// The cells that are compared by their background alone (false), or not at all (true).
///
/// Our font does not have wide characters. On a light background xterm makes dim characters darker, and we do not. On a reversed
/// screen, or where the default colors were set, xterm does not draw inverse characters as it does otherwise; and on a reversed
/// one it exchanges black and white.
fn excepted(recording: &Recording, are_set: bool) -> HashMap<usize, bool> {
    let screen = screen(recording);
    let mut excepted = HashMap::new();
    for (row, line) in screen.rows().iter().enumerate() {
        for cell in line.cells() {
            let style = cell.style;
            let is_swapped = |color| matches!(color, Color::Indexed(0 | 7 | 8 | 15));
            let has_background = style.reversed || style.background != Color::Default;
            let is_unlike = style.dim && has_background
                || style.inverse && (style.reversed || are_set)
                || style.reversed
                    && (is_swapped(style.text_color()) || is_swapped(style.background));
            for column in cell.column..cell.column + cell.columns {
                if is_unlike || cell.columns == 2 {
                    excepted.insert(row * usize::from(COLUMNS) + column, is_unlike);
                }
            }
        }
    }
    excepted
}

/// The resources that give xterm our colors, and a cursor as if it had the focus.
fn resources() -> Vec<String> {
    let theme = Theme::default();
    let hex = |(red, green, blue): (u8, u8, u8)| format!("#{red:02x}{green:02x}{blue:02x}");
    let named = (0..16).map(|number| {
        let color = theme.rgb(Color::Indexed(number)).unwrap();
        format!("color{number}: {}", hex(color))
    });
    let others = [
        format!("foreground: {}", hex(theme.foreground())),
        format!("background: {}", hex(theme.background())),
        "alwaysHighlight: true".to_owned(),
        "faceName: DejaVu Sans Mono".to_owned(),
        "faceSize: 12".to_owned(),
    ];
    named.chain(others).collect()
}

fn styled((look, text): (String, String)) -> String {
    format!("\x1b[0;{look}m{text}")
}

/// What is drawn: cells with looks of all kinds, erased ones, a reversed screen, colors that are set, and a cursor.
///
/// Left out is what xterm 379 does not draw (overlines, lines of other kinds and colors), and dim on a background of its own:
/// xterm makes it darker, which is not dim on a light one. Nor does it draw concealed characters as others if they are wide or
/// inverse; and of wide ones that are cut it draws what its lines hold, so the cursor does not move where they are.
fn stream() -> impl Strategy<Value = String> {
    let color = || {
        prop_oneof![
            3 => (30..38_u8).prop_map(|number| number.to_string()),
            2 => (90..98_u8).prop_map(|number| number.to_string()),
            2 => any::<u8>().prop_map(|number| format!("38;5;{number}")),
            1 => any::<Rgb>().prop_map(|[red, green, blue]| format!("38:2::{red}:{green}:{blue}")),
        ]
    };
    let background = prop_oneof![
        3 => (40..48_u8).prop_map(|number| number.to_string()),
        1 => (100..108_u8).prop_map(|number| number.to_string()),
        1 => any::<u8>().prop_map(|number| format!("48;5;{number}")),
        1 => any::<Rgb>().prop_map(|[red, green, blue]| format!("48;2;{red};{green};{blue}")),
    ];
    let flags = proptest::sample::subsequence(vec!["1", "3", "4", "7", "9", "21"], 0..4);
    let concealed = (
        prop::option::of(background.clone()),
        proptest::sample::subsequence(vec!["1", "4", "9"], 0..3),
    );
    let concealed = concealed.prop_map(|(background, flags)| {
        let flags = flags.into_iter().chain(["8"]).map(str::to_owned);
        flags.chain(background).collect::<Vec<_>>().join(";")
    });
    let colored = (
        prop::option::of(color()),
        prop::option::of(background),
        flags,
    );
    let colored = colored.prop_map(|(color, background, flags)| {
        let flags = flags.into_iter().map(str::to_owned);
        let all: Vec<String> = flags.chain(color).chain(background).collect();
        all.join(";")
    });
    let dim = (
        prop::option::of(color()),
        proptest::sample::subsequence(vec!["1", "4", "7"], 0..3),
    );
    let dim = dim.prop_map(|(color, flags)| {
        let flags = flags.into_iter().map(str::to_owned);
        let all: Vec<String> = flags.chain(["2".to_owned()]).chain(color).collect();
        all.join(";")
    });
    let look = prop_oneof![4 => colored, 1 => dim];
    let text = prop_oneof![
        8 => (look.clone(), "[EHM#]{1,3} ?|  |█").prop_map(styled),
        1 => (concealed, "[EHM#]{1,3}").prop_map(styled),
        1 => "\x1b\\[[0-2]K|\x1b\\[J|\r\n",
    ];
    let moved = prop_oneof![
        6 => text.clone(),
        1 => (1..=ROWS, 1..=COLUMNS).prop_map(|(row, column)| format!("\x1b[{row};{column}H")),
        1 => "\x1b\\[[1-4]X",
    ];
    let wide = prop_oneof![3 => text, 1 => (look, "中").prop_map(styled)];
    let pieces = prop_oneof![
        3 => proptest::collection::vec(moved, 8..30),
        1 => proptest::collection::vec(wide, 8..30),
    ];
    let last = (
        prop::option::weighted(0.1, Just("\x1b]10;#20c0f0\x07\x1b]11;#402010\x07")),
        prop::option::weighted(0.2, Just("\x1b[?5h")),
        prop::option::weighted(0.2, Just("\x1b]12;#ff00ff\x07")),
        "\x1b\\[[0-6] q",
        prop::option::weighted(0.2, Just("\x1b[?25l")),
    );
    let last = last.prop_map(|(colors, reverse, cursor, shape, hidden)| {
        let parts = [colors, reverse, cursor, hidden];
        parts.into_iter().flatten().collect::<String>() + &shape
    });
    (pieces, last).prop_map(|(pieces, last)| format!("{}\x1b[m{last}", pieces.concat()))
}

/// `just xterm` runs it.
#[test]
#[ignore = "needs a real xterm, a display for it and a browser; `just xterm` runs it"]
fn pictures_are_as_xterm_draws_them() {
    if !is_there() {
        return;
    }
    let count = env::var("STROBE_XTERM").map_or(2000, |count| count.parse().unwrap());
    let count: u64 = count / 50;
    let folder = tempfile::tempdir().unwrap();
    let mut browser = Browser::start();
    let limit = Duration::from_secs(60 + 3 * count);
    let mut xterm = Xterm::start(folder.path(), (COLUMNS, ROWS), &resources(), limit);
    let size = xterm.ask("\x1b[16t");
    let size = size.trim_start_matches("\x1b[6;").trim_end_matches('t');
    let (height, width) = size.split_once(';').unwrap();
    let size = (width.parse().unwrap(), height.parse().unwrap());
    let mut runner = TestRunner::deterministic();
    let mut wrong = Vec::new();
    for _ in 0..count {
        let stream = stream().new_tree(&mut runner).unwrap().current();
        // What was set before is reset; blinking ones would be drawn or not.
        xterm.ask(&format!(
            "\x1b\\\x18\x1b]110\x07\x1b]111\x07\x1b]112\x07\x1bc{stream}"
        ));
        let theirs = cells(&xterm.screen(), size);
        let recording = recording(pty(COLUMNS, ROWS), vec![(0, output(stream.as_str()))]);
        let excepted = excepted(&recording, stream.contains("\x1b]10;"));
        let look = Look::default().padding(0);
        let ours = decoded(&png(&recording, &look, Duration::MAX).unwrap());
        let mut pictures = vec![("PNG", cells(&filled(ours, (10, 20)), (10, 20)))];
        if let Some(browser) = &mut browser {
            let svg = svg::draw(&recording, &look, &Playback::default());
            let pixels = drawn(browser, folder.path(), &svg);
            pictures.push(("SVG", cells(&pixels, (42, 16 * SCALE))));
        }
        for (format, ours) in pictures {
            for (place, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
                let is_right = match excepted.get(&place) {
                    None => ours.is_like(*theirs),
                    Some(true) => true,
                    Some(false) => distance(ours.surface, theirs.surface) <= SURFACE,
                };
                if !is_right {
                    let (row, column) =
                        (place / usize::from(COLUMNS), place % usize::from(COLUMNS));
                    wrong.push(format!("{stream:?}\n  {format} row {row} column {column}: {ours:?}, xterm {theirs:?}"));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} cells differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// A picture with the rows that are blank at its end, too.
fn filled(mut pixels: Pixels, (width, height): (usize, usize)) -> Pixels {
    let (red, green, blue) = Theme::default().background();
    let line = vec![[red, green, blue]; width * usize::from(COLUMNS)];
    pixels.resize(height * usize::from(ROWS), line);
    pixels
}
