//! Pictures of pixels: decoded again, they show what was visible.

use super::{output, parse, pty, recording};
use crate::{arbitrary, effort::cases};
use gif::{ColorOutput, DecodeOptions};
use png::{Decoder, Transformations};
use proptest::prelude::*;
use std::{io::Cursor, time::Duration};
use stroboscope::{
    recording::{Channel, EventKind, Recording},
    view::{
        frames::frames,
        picture::{Look, PictureError, Playback, Theme, apng, gif, png},
    },
};

/// The size of a cell, and the margin (pixels).
const CELL: (usize, usize) = (10, 20);
const MARGIN: usize = 12;

type Rgb = [u8; 3];

/// Decoded pixels.
#[derive(Clone, Debug, PartialEq)]
struct Pixels {
    width: usize,
    pixels: Vec<Rgb>,
}

impl Pixels {
    fn of_png(bytes: &[u8]) -> Pixels {
        still_and_frames(bytes).remove(0).0
    }

    fn height(&self) -> usize {
        self.pixels.len() / self.width
    }

    /// The pixels of some columns of a row of cells.
    fn cells(&self, row: usize, columns: std::ops::Range<usize>) -> Vec<Rgb> {
        let top = MARGIN + row * CELL.1;
        let (left, right) = (
            MARGIN + columns.start * CELL.0,
            MARGIN + columns.end * CELL.0,
        );
        let lines = (top..top + CELL.1)
            .map(|y| &self.pixels[y * self.width + left..y * self.width + right]);
        lines.collect::<Vec<_>>().concat()
    }

    fn draw(
        &mut self,
        (left, top, width): (usize, usize, usize),
        pixels: impl Iterator<Item = Option<Rgb>>,
    ) {
        for (index, pixel) in pixels.enumerate() {
            if let Some(pixel) = pixel {
                self.pixels[(top + index / width) * self.width + left + index % width] = pixel;
            }
        }
    }
}

/// What viewers show of a PNG, and for how many milliseconds: each frame over the ones before.
fn still_and_frames(bytes: &[u8]) -> Vec<(Pixels, u32)> {
    let mut decoder = Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let count = reader
        .info()
        .animation_control()
        .map_or(1, |control| control.num_frames);
    let width = reader.info().width as usize;
    let mut whole = Pixels {
        width,
        pixels: vec![[0; 3]; width * reader.info().height as usize],
    };
    let mut frames = Vec::new();
    for _ in 0..count {
        let mut buffer = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut buffer).unwrap();
        let control = reader.info().frame_control().copied();
        let place = control.map_or((0, 0), |control| {
            (control.x_offset as usize, control.y_offset as usize)
        });
        let pixels = buffer[..frame.buffer_size()]
            .chunks(3)
            .map(|rgb| Some([rgb[0], rgb[1], rgb[2]]));
        whole.draw((place.0, place.1, frame.width as usize), pixels);
        let time = control.map_or(0, |control| {
            u32::from(control.delay_num) * 1000 / u32::from(control.delay_den)
        });
        frames.push((whole.clone(), time));
    }
    frames
}

/// What viewers show of a GIF, and for how many milliseconds.
fn gif_frames(bytes: &[u8]) -> Vec<(Pixels, u32)> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::RGBA);
    let mut decoder = options.read_info(bytes).unwrap();
    let width = usize::from(decoder.width());
    let mut whole = Pixels {
        width,
        pixels: vec![[0; 3]; width * usize::from(decoder.height())],
    };
    let mut frames = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        let place = (
            usize::from(frame.left),
            usize::from(frame.top),
            usize::from(frame.width),
        );
        let pixels = frame
            .buffer
            .chunks(4)
            .map(|rgba| (rgba[3] > 0).then_some([rgba[0], rgba[1], rgba[2]]));
        whole.draw(place, pixels);
        frames.push((whole.clone(), u32::from(frame.delay) * 10));
    }
    frames
}

fn still_of(text: &str) -> Pixels {
    let recording = recording(pty(20, 5), vec![(0, output(text))]);
    Pixels::of_png(&png(&recording, &Look::default(), Duration::MAX).unwrap())
}

#[test]
fn a_picture_has_a_cell_for_each_column_and_row() {
    let picture = still_of("a\r\nb\r\nc");
    assert_eq!(
        (picture.width, picture.height()),
        (20 * 10 + 24, 3 * 20 + 24)
    );
    let look = Look::default().padding(0).window("a title");
    let recording = recording(pty(20, 5), vec![(0, output("a"))]);
    let window = Pixels::of_png(&png(&recording, &look, Duration::MAX).unwrap());
    assert_eq!((window.width, window.height()), (200, 20 + 34));
}

#[test]
fn colors_are_those_of_the_theme() {
    let text = "\x1b[41m \x1b[48;5;208m \x1b[48;2;1;2;3m \x1b[m\x1b[7m ";
    let recording = recording(pty(20, 5), vec![(0, output(text))]);
    let look = Look::default()
        .theme(Theme::named("dracula").unwrap())
        .without_cursor();
    let picture = Pixels::of_png(&png(&recording, &look, Duration::MAX).unwrap());
    let colors = [
        [0xff, 0x55, 0x55],
        [0xff, 0x87, 0],
        [1, 2, 3],
        [0xf8, 0xf8, 0xf2],
        [0x28, 0x2a, 0x36],
    ];
    for (column, color) in colors.into_iter().enumerate() {
        assert_eq!(
            picture.cells(0, column..column + 1),
            vec![color; 200],
            "{column}"
        );
    }
}

/// The colors are those of a picture that xterm made of the same (379, with our palette).
#[test]
fn bold_and_reversed_screens_have_the_colors_that_xterm_gives_them() {
    // The default colors of characters and of the background, red and bright red, blue.
    let [text, background] = [[0xd3, 0xd7, 0xcf], [0x15, 0x19, 0x1e]];
    let [red, bright, blue] = [[0xcc, 0x33, 0x33], [0xef, 0x53, 0x50], [0x4a, 0x7c, 0xc2]];
    for (stream, surface) in [
        ("\x1b[1;7;31m ", bright),
        ("\x1b[1;7;38;5;1m ", red),
        ("\x1b[7;31m ", red),
        ("\x1b[?5h ", text),
        ("\x1b[?5h\x1b[41m ", red),
        ("\x1b[?5h\x1b[7m ", background),
        ("\x1b[?5h\x1b[7;31m ", red),
        ("\x1b[31;44m\x1b[?5h█", red),
        ("\x1b]10;#4a7cc2\x07\x1b[?5h ", blue),
    ] {
        let cell = still_of(&format!("{stream}\x1b[?25l")).cells(0, 0..1);
        assert_eq!(cell, vec![surface; 200], "{stream:?}");
    }
}

#[test]
fn nothing_shifts_what_comes_after_it() {
    // An x in the same column, whatever is in front of it.
    let x = still_of("    x").cells(0, 4..5);
    assert_ne!(x, still_of("     ").cells(0, 4..5));
    for text in [
        "abcd",
        "中文",
        "😀👍",
        "e\u{301}\u{301}bcd",
        "──━━",
        "⠋⠙⠹⠸",
        "שלום",
        "\u{202e}a中b",
        "👩\u{200d}👩",
    ] {
        assert_eq!(
            still_of(&format!("{text}\x1b[1;5Hx")).cells(0, 4..5),
            x,
            "{text}"
        );
    }
}

#[test]
fn what_the_font_does_not_have_is_a_box_of_as_many_columns() {
    let boxed = still_of("\x1b[?25l中");
    assert_eq!(boxed.cells(0, 0..2), still_of("\x1b[?25l文").cells(0, 0..2));
    let background = still_of(" ").cells(0, 0..1)[0];
    let is_drawn = |column| {
        boxed
            .cells(0, column..column + 1)
            .iter()
            .any(|pixel| *pixel != background)
    };
    assert_eq!([0, 1, 2].map(is_drawn), [true, true, false]);
}

#[test]
fn what_is_concealed_is_not_drawn() {
    assert_eq!(
        still_of("\x1b[8mhunter2\x1b[m ok").pixels,
        still_of("        ok").pixels
    );
}

/// Checks the pixels of a cell of the first row with the cursor on it: the color of most of them, and one that is among the
/// others.
#[track_caller]
fn has_cursor(text: &str, column: usize, most: u32, other: Option<u32>) {
    let cell = still_of(text).cells(0, column..column + 1);
    let count = |color: u32| {
        let [_, rgb @ ..] = color.to_be_bytes();
        cell.iter().filter(|pixel| **pixel == rgb).count()
    };
    assert!(count(most) > cell.len() / 2, "{text:?}: {cell:?}");
    match other {
        Some(color) => assert!(count(color) > 0, "{text:?}: {cell:?}"),
        None => assert_eq!(count(most), cell.len(), "{text:?}: {cell:?}"),
    }
}

/// The colors are those of a picture that xterm made of the same (379, with our palette and `alwaysHighlight`).
#[test]
fn a_block_cursor_has_the_colors_that_xterm_gives_it() {
    let (text, background, red, blue) = (0xd3_d7cf, 0x15_191e, 0xcc_3333, 0x4a_7cc2);
    has_cursor("ab", 2, text, None);
    has_cursor("ab\x1b[D", 1, text, Some(background));
    has_cursor("\x1b[31;44mab\x1b[D", 1, text, Some(blue));
    has_cursor("\x1b[7mab\x1b[D", 1, background, Some(text));
    has_cursor("\x1b[7;31;44mab\x1b[D", 1, background, Some(red));
    has_cursor("\x1b[?5hab", 2, background, None);
    has_cursor("\x1b[?5h\x1b[31mab\x1b[D", 1, background, Some(text));
    let pink = "\x1b]12;#ff00ff\x07";
    has_cursor(pink, 0, 0xff_00ff, None);
    has_cursor(
        &format!("{pink}\x1b[31;44ma\x1b[D"),
        0,
        0xff_00ff,
        Some(blue),
    );
    has_cursor(
        &format!("{pink}\x1b[7;31;44ma\x1b[D"),
        0,
        0xff_00ff,
        Some(red),
    );
}

#[test]
fn a_cursor_has_the_shape_that_the_program_gave_it() {
    // How many of the cell's pixels it takes: all, two lines, two columns, none.
    for (shape, pixels) in [
        ("\x1b[m", 200),
        ("\x1b[1 q", 200),
        ("\x1b[2 q", 200),
        ("\x1b[3 q", 20),
        ("\x1b[4 q", 20),
        ("\x1b[5 q", 40),
        ("\x1b[6 q", 40),
        ("\x1b[6 q\x1b[?25l", 0),
    ] {
        let cell = still_of(shape).cells(0, 0..1);
        let text = cell.iter().filter(|pixel| **pixel == [0xd3, 0xd7, 0xcf]);
        assert_eq!(text.count(), pixels, "{shape:?}");
    }
    // It covers both columns of a wide character, wherever on it it is.
    let on_it = still_of("中a\x1b[1;1H").cells(0, 0..2);
    assert_eq!(still_of("中a\x1b[1;2H").cells(0, 0..2), on_it);
    assert_ne!(still_of("中a\x1b[1;3H").cells(0, 0..2), on_it);
}

#[test]
fn what_only_moves_the_cursor_is_a_frame_of_a_picture_and_of_nothing_else() {
    let events = vec![
        (0, output("ab")),
        (100, output("\r")),
        (200, output("\x1b[?25l")),
        (300, output("\x1b[2C")),
    ];
    let recording = recording(pty(20, 5), events);
    assert_eq!(frames(&recording).len(), 1);
    let count = |look| gif_frames(&gif(&recording, &look, &Playback::default()).unwrap()).len();
    assert_eq!(count(Look::default()), 3);
    assert_eq!(count(Look::default().without_cursor()), 1);
}

#[test]
fn a_pipe_has_no_cursor() {
    let recording = recording(Channel::Pipe, vec![(0, output("a\nb"))]);
    let still = |look| png(&recording, &look, Duration::MAX).unwrap();
    assert_eq!(
        still(Look::default()),
        still(Look::default().without_cursor())
    );
}

fn spinner() -> Recording {
    parse(include_str!("../../../snapshots/thread_pty_3s.snap"))
}

/// Each frame of both moving pictures is what was visible, for as long as it was.
#[track_caller]
fn moves(recording: &Recording, playback: &Playback) {
    let look = Look::default();
    let frames = playback.frames(recording);
    for (format, moving) in [
        ("gif", gif_frames(&gif(recording, &look, playback).unwrap())),
        (
            "apng",
            still_and_frames(&apng(recording, &look, playback).unwrap()),
        ),
    ] {
        assert_eq!(moving.len(), frames.len(), "{format}");
        let last = frames.last().unwrap();
        for (frame, (pixels, time)) in frames.iter().zip(&moving) {
            let pause = if frame == last { 2000 } else { 0 };
            let shown = frame.until.saturating_sub(frame.from).as_millis() + pause;
            assert!(
                u128::from(*time).abs_diff(shown) <= 10,
                "{format}: {time} {shown}"
            );
            let still = Pixels::of_png(&png(recording, &look, frame.from + playback.from).unwrap());
            // The picture has space for the largest frame.
            for row in 0..(still.height() - 2 * MARGIN) / CELL.1 {
                assert_eq!(
                    pixels.cells(row, 0..still.width / CELL.0 - 3),
                    still.cells(row, 0..still.width / CELL.0 - 3),
                    "{format}"
                );
            }
        }
        let whole: u32 = moving.iter().map(|(_, time)| time).sum();
        assert_eq!(u128::from(whole), last.until.as_millis() + 2000, "{format}");
    }
}

#[test]
fn a_moving_picture_shows_what_was_visible_for_as_long_as_it_was() {
    // As many frames as there are glyphs.
    moves(
        &spinner(),
        &Playback::default().to(Duration::from_millis(450)),
    );
    let events = vec![
        (0, output("one\r\ntwo\x1b[31m three")),
        (330, output("\x1b[2J\x1b[H中\x1b[44mx")),
        (1000, output("\x1b[m\r\nmore\r\n\u{2588}")),
        (1500, output("\x1b[1;1H\x1b[7m─")),
    ];
    moves(&recording(pty(30, 6), events), &Playback::default());
}

#[test]
fn a_spinner_is_a_small_gif_that_plays_again() {
    let look = Look::default();
    let bytes = gif(&spinner(), &look, &Playback::default()).unwrap();
    assert!(bytes.len() < 40_000, "{} bytes", bytes.len());
    let loops = |bytes: &[u8]| bytes.windows(11).any(|window| window == b"NETSCAPE2.0");
    assert!(loops(&bytes) && !loops(&gif(&spinner(), &look, &Playback::default().once()).unwrap()));
}

#[test]
fn a_frame_of_many_colors_has_coarser_ones_in_a_gif_and_all_in_a_png() {
    let cell = |index: u32| {
        format!(
            "\x1b[48;2;{};{};{}m ",
            index % 256,
            index * 3 % 256,
            index * 7 % 256
        )
    };
    let text: String = (0..320).map(cell).collect();
    let recording = recording(pty(40, 8), vec![(0, output("a")), (500, output(text))]);
    let still = Pixels::of_png(&png(&recording, &Look::default(), Duration::MAX).unwrap());
    let moving =
        still_and_frames(&apng(&recording, &Look::default(), &Playback::default()).unwrap());
    assert_eq!(moving[1].0.pixels, still.pixels);
    let coarse = gif_frames(&gif(&recording, &Look::default(), &Playback::default()).unwrap());
    for (coarse, exact) in coarse[1].0.pixels.iter().zip(&still.pixels) {
        assert!(
            coarse
                .iter()
                .zip(exact)
                .all(|(one, other)| one.abs_diff(*other) < 64),
            "{coarse:?} {exact:?}"
        );
    }
}

#[test]
fn frames_too_short_to_be_seen_are_left_out() {
    let writes = (0..300).map(|index: u64| (index, output(format!("\r{index}"))));
    let recording = recording(pty(80, 24), writes.collect());
    let frames = gif_frames(&gif(&recording, &Look::default(), &Playback::default()).unwrap());
    assert!((10..=16).contains(&frames.len()), "{}", frames.len());
    assert!(frames.iter().all(|(_, time)| *time >= 20));
}

#[test]
fn a_theme_that_depends_on_the_viewer_is_refused() {
    let look = Look::default().theme(Theme::named("auto").unwrap());
    let error = png(&spinner(), &look, Duration::ZERO).unwrap_err();
    assert!(matches!(error, PictureError::Theme("auto")));
    assert_eq!(
        error.to_string(),
        "the theme `auto` depends on the viewer, and only an SVG can: take `dark` or `light`"
    );
}

#[test]
fn the_widest_and_the_highest_terminal_are_drawn() {
    let size = |at: &str| {
        let resize = EventKind::Resize {
            columns: 65535,
            rows: 65535,
        };
        let events = vec![(0, output("a")), (100, resize), (200, output(at))];
        let still = png(
            &recording(pty(80, 24), events),
            &Look::default(),
            Duration::MAX,
        )
        .unwrap();
        let reader = Decoder::new(Cursor::new(still)).read_info().unwrap();
        reader.info().size()
    };
    assert_eq!(size("\x1b[1;1000Hx"), (1000 * 10 + 24, 20 + 24));
    assert_eq!(size("\x1b[250;1Hx"), (80 * 10 + 24, 250 * 20 + 24));
}

proptest! {
    #![proptest_config(cases(4))]

    #[test]
    fn any_recording_is_drawn_and_always_the_same(recording in arbitrary::shown(4)) {
        let (look, playback) = (Look::default().window("title"), Playback::default());
        let is_small = !matches!(recording.header().channel, Channel::Pty { columns: 200.., .. });
        if is_small {
            let moving = gif(&recording, &look, &playback).unwrap();
            prop_assert_eq!(&moving, &gif(&recording, &look, &playback).unwrap());
            prop_assert!(!gif_frames(&moving).is_empty());
            prop_assert!(!still_and_frames(&apng(&recording, &look, &playback).unwrap()).is_empty());
        }
    }
}
