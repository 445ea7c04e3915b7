//! The moving picture.

use super::{output, parse, pty, recording};
use crate::{
    arbitrary,
    effort::{amount, cases},
};
use proptest::prelude::*;
use roxmltree::{Document, Node};
use std::time::Duration;
use stroboscope::{
    recording::{End, Event, EventKind, Header, Recording},
    view::{
        frames::frames,
        picture::{Look, Playback, Theme},
        screen::still_at,
        svg::{MAX_BYTES, draw, svg},
    },
};

/// Whether a picture holds what pictures hold, and refers to nothing but its own rows and cursors.
#[track_caller]
pub fn is_inert(picture: &str) {
    let document = Document::parse(picture).unwrap();
    let known = [
        "svg", "title", "style", "rect", "defs", "g", "text", "use", "circle",
    ];
    for node in document.descendants().filter(Node::is_element) {
        let name = node.tag_name().name();
        assert!(known.contains(&name), "<{name}>");
        for attribute in node.attributes() {
            let (name, value) = (attribute.name(), attribute.value());
            assert!(!name.starts_with("on"), "{name}");
            let is_own = value.starts_with("#r") || value.starts_with("#c");
            assert!(name != "href" || is_own, "{value}");
        }
    }
    assert!(
        picture
            .chars()
            .all(|character| character == '\n' || !character.is_control())
    );
    let styles: String = texts(document.root(), "style").concat();
    assert!(
        !styles.contains("url(") && !styles.contains("@import"),
        "{styles}"
    );
}

fn named<'a>(node: Node<'a, 'a>, name: &'static str) -> impl Iterator<Item = Node<'a, 'a>> {
    let nodes = node.descendants();
    nodes.filter(move |node| node.tag_name().name() == name)
}

fn texts<'a>(node: Node<'a, 'a>, name: &'static str) -> Vec<&'a str> {
    named(node, name).filter_map(|node| node.text()).collect()
}

fn spinner() -> Recording {
    parse(include_str!("../../../snapshots/thread_pty_3s.snap"))
}

/// What is placed in a picture, rows (`#r`) or cursors (`#c`).
fn placed<'a>(
    document: &'a Document<'a>,
    kind: &'static str,
) -> impl Iterator<Item = Node<'a, 'a>> {
    let all = named(document.root(), "use");
    all.filter(move |placed| placed.attribute("href").unwrap().starts_with(kind))
}

/// The texts of what is placed.
fn placed_text(placed: Node) -> String {
    let id = placed.attribute("href").unwrap().strip_prefix('#');
    let root = placed.document().root();
    let drawn = named(root, "g").find(|drawn| drawn.attribute("id") == id);
    texts(drawn.unwrap(), "text").join(" ")
}

fn number(placed: Node, attribute: &str) -> f64 {
    let number = placed.attribute(attribute).map(str::parse);
    number.map_or(0.0, Result::unwrap)
}

/// What a player shows at a part of the whole: the rows whose animation says so, each with its place.
fn played(picture: &str, part: f64) -> Vec<(usize, String)> {
    let document = Document::parse(picture).unwrap();
    let mut rows: Vec<(usize, String)> = placed(&document, "#r")
        .filter(|placed| is_visible(*placed, part))
        .map(|placed| {
            let y = placed.attribute("y").unwrap().parse().unwrap();
            (y, placed_text(placed))
        })
        .collect();
    rows.sort();
    rows
}

/// Where a player shows cursors at a part of the whole: column and row.
fn cursors(picture: &str, part: f64) -> Vec<(u16, u16)> {
    let document = Document::parse(picture).unwrap();
    let visible = placed(&document, "#c").filter(|placed| is_visible(*placed, part));
    let places = visible.map(|placed| {
        let places = (0..250).map(|column| (column, f64::from(column) * 8.4));
        let at = number(placed, "x");
        let mut columns = places.filter(|(_, x)| (x - at).abs() < 0.1);
        let rows = (0..250).map(|row| (row, f64::from(row) * 16.0));
        let at = number(placed, "y");
        let mut rows = rows.filter(|(_, y)| (y - at).abs() < 0.1);
        (columns.next().unwrap().0, rows.next().unwrap().0)
    });
    places.collect()
}

fn is_visible(placed: Node, part: f64) -> bool {
    let Some(class) = placed.attribute("class") else {
        return placed.attribute("visibility").is_none();
    };
    let style = texts(placed.document().root(), "style").concat();
    let (_, rest) = style.split_once(&format!("@keyframes {class}{{")).unwrap();
    let (frames, _) = rest.split_once("}}").unwrap();
    let mut changes = Vec::new();
    for rule in frames.split_terminator('}').chain([""]) {
        let Some((percents, value)) = rule.split_once("{visibility:") else {
            continue;
        };
        for percent in percents.split(',') {
            let percent: f64 = percent.strip_suffix('%').unwrap().parse().unwrap();
            changes.push((percent / 100.0, value == "visible"));
        }
    }
    changes.sort_by(|one, other| one.0.total_cmp(&other.0));
    assert!(changes[0].0 == 0.0 && changes[changes.len() - 1].0 <= 1.0);
    changes[changes.partition_point(|(place, _)| *place <= part) - 1].1
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn every_picture_is_inert_and_always_the_same(recording in arbitrary::shown(8)) {
        let picture = svg(&recording);
        is_inert(&picture);
        prop_assert_eq!(picture, svg(&recording));
    }

    #[test]
    fn at_each_instant_the_rows_of_its_frame_are_played(texts in proptest::collection::vec("[a-c]{0,3}(\r\n[ab])?", 1..9)) {
        let writes = texts.iter().zip(0..).map(|(text, index)| (index * 1000, output(format!("\x1b[2J\x1b[H{text}"))));
        let recording = recording(pty(9, 9), writes.collect());
        let picture = svg(&recording);
        let frames = frames(&recording);
        let whole = frames.last().unwrap().until + Duration::from_secs(2);
        for frame in &frames {
            let rows = frame.screen.rows().iter().enumerate();
            let rows: Vec<(usize, String)> = rows.filter(|(_, row)| !row.is_blank()).map(|(line, row)| (line * 16, row.to_string())).collect();
            let middle = frame.from + Duration::from_millis(500);
            prop_assert_eq!(played(&picture, middle.as_secs_f64() / whole.as_secs_f64()), rows);
        }
    }

    #[test]
    fn at_each_instant_the_cursor_is_where_the_terminal_has_it(moves in proptest::collection::vec((1..6, 1..9, any::<bool>()), 1..9)) {
        let writes = moves.iter().zip(0..).map(|((row, column, shown), index)| {
            let mode = if *shown { 'h' } else { 'l' };
            (index * 1000, output(format!("\x1b[H中a\r\nb\x1b[?25{mode}\x1b[{row};{column}H")))
        });
        let recording = recording(pty(9, 9), writes.collect());
        let picture = svg(&recording);
        let (ended, _) = recording.end();
        let whole = ended + Duration::from_secs(2);
        for index in 0..moves.len() as u64 {
            let at = Duration::from_millis(index * 1000 + 500);
            let cursor = still_at(&recording, at).cursor;
            // On the second column of a wide character it covers both.
            let column = if (cursor.row, cursor.column) == (0, 1) { 0 } else { cursor.column };
            let expected = if cursor.visible { vec![(column, cursor.row)] } else { vec![] };
            prop_assert_eq!(cursors(&picture, at.as_secs_f64() / whole.as_secs_f64()), expected);
        }
        let without = draw(&recording, &Look::default().without_cursor(), &Playback::default());
        prop_assert_eq!(placed(&Document::parse(&without).unwrap(), "#c").count(), 0);
    }
}

#[track_caller]
fn has_title(command: &str, title: &str) {
    let text =
        format!("transcript: 1\n{command}channel: pty 80x24 dumb\n\n0.000 \"a\"\n@0.000 exit 0\n");
    let picture = svg(&parse(&text));
    assert_eq!(
        texts(Document::parse(&picture).unwrap().root(), "title"),
        [title]
    );
}

#[test]
fn the_title_is_the_command() {
    has_title(
        "command: echo \"</title><script>\" \"\\e[m\\u{202e}\"\n",
        "echo </title><script> \u{fffd}[m\u{fffd}",
    );
    has_title("", "A terminal");
}

#[test]
fn a_spinner_is_a_small_picture() {
    let picture = svg(&spinner());
    assert!(picture.len() < 3_000, "{} bytes", picture.len());
    // The header, the frames, the answer; the cursor behind the status and below the answer.
    assert_eq!(picture.matches("<g id=\"r").count(), 6);
    assert_eq!(picture.matches("<g id=\"c").count(), 1);
    assert!(picture.contains("use{animation:5.000s step-end infinite}"));
}

/// What a viewer shows that plays no animation.
fn still(picture: &str) -> Vec<String> {
    let document = Document::parse(picture).unwrap();
    let placed = placed(&document, "#r").filter(|row| row.attribute("visibility").is_none());
    placed.map(placed_text).collect()
}

#[test]
fn who_plays_no_animation_sees_the_first_frame_that_shows_something() {
    let picture = svg(&spinner());
    assert_eq!(
        still(&picture),
        [
            "spinner object: <Thread(Thread-1 (spin), initial)>",
            "| thinking!"
        ]
    );
    assert!(
        picture.contains("@media(prefers-reduced-motion:reduce){use{animation:none!important}}")
    );
    let late = recording(pty(80, 24), vec![(500, output("a")), (900, output("\rb"))]);
    assert_eq!(still(&svg(&late)), ["a"]);
}

#[test]
fn a_change_that_is_too_short_for_its_picture_hides_no_row_for_long() {
    // The row is away for a millionth of a thousandth of the whole.
    let events = [
        (0, "a"),
        (500_000_000_000, "\x1b[2K"),
        (500_000_000_001, "\ra"),
        (999_000_000_000, "b"),
    ];
    let mut events: Vec<Event> = events
        .map(|(at, text)| Event::new(Duration::from_nanos(at), output(text)))
        .into();
    events.push(Event::new(
        Duration::from_secs(999),
        EventKind::End(End::Exit(0)),
    ));
    let picture = svg(&Recording::new(Header::new(pty(80, 24)), events).unwrap());
    assert_eq!(played(&picture, 0.6), [(0, "a".to_owned())]);
}

fn styled(look: &Look, playback: &Playback) -> String {
    let text = "\x1b[31mred\x1b[m \x1b[7minverse\x1b[m \x1b[38;5;208morange";
    let recording = recording(
        pty(80, 24),
        vec![(0, output(text)), (2000, output("\r\x1b[Kdone"))],
    );
    let picture = draw(&recording, look, playback);
    is_inert(&picture);
    picture
}

#[test]
fn a_theme_gives_its_colors_to_what_has_none_of_its_own() {
    let dracula = Look::default().theme(Theme::named("dracula").unwrap());
    let picture = styled(&dracula, &Playback::default());
    for rule in [
        "text{fill:#f8f8f2}",
        ".bg{fill:#282a36}",
        ".c1{fill:#ff5555}",
        "fill:#ff8700",
    ] {
        assert!(picture.contains(rule), "{rule}");
    }
    let auto = Look::default().theme(Theme::named("auto").unwrap());
    let picture = styled(&auto, &Playback::default());
    let (dark, light) = picture
        .split_once("@media(prefers-color-scheme:light){")
        .unwrap();
    assert!(dark.contains(".bg{fill:#15191e}") && light.contains(".bg{fill:#ffffff}"));
}

#[test]
fn a_window_has_a_title_bar_and_a_margin_its_width() {
    let plain = styled(&Look::default(), &Playback::default());
    let look = Look::default().window("</text><script>").padding(20);
    let window = styled(&look, &Playback::default());
    let height = |picture: &str| -> u32 {
        let document = Document::parse(picture).unwrap();
        let height = document.root_element().attribute("height");
        height.unwrap().parse().unwrap()
    };
    assert_eq!(height(&window) - height(&plain), 28 + 2 * 8);
    assert!(window.contains(">&lt;/text&gt;&lt;script&gt;</text>"));
    assert_eq!(window.matches("<circle").count(), 3);
    let narrow = recording(pty(9, 9), vec![(0, output("a"))]);
    let look = Look::default().window("a long title");
    assert!(!draw(&narrow, &look, &Playback::default()).contains("long"));
}

#[test]
fn a_playback_sets_what_is_played_how_fast_and_how_often() {
    let playback = Playback::default().speed("2".parse().unwrap()).once();
    let picture = styled(&Look::default(), &playback);
    assert!(picture.contains("use{animation:3.000s step-end forwards}"));
    let from = Duration::from_secs(2);
    let still = styled(&Look::default(), &Playback::default().from(from).to(from));
    assert!(still.contains("done") && !still.contains("red") && !still.contains("@keyframes"));
}

#[test]
fn one_frame_is_a_still_picture() {
    let picture = svg(&recording(
        pty(80, 24),
        vec![(0, output("a\r\nb")), (9, EventKind::Eof)],
    ));
    assert!(!picture.contains("animation") && picture.contains("<use"));
    assert!(!svg(&recording(pty(80, 24), vec![])).contains("animation"));
}

#[test]
fn many_frames_are_thinned_out() {
    let writes = (0..2_200).map(|index: u64| (index, output(format!("\r{index}"))));
    let recording = recording(pty(80, 24), writes.collect());
    let picture = svg(&recording);
    let frames = picture.matches("<g id=\"r").count();
    assert!((1_000..=2_000).contains(&frames), "{frames}");
    assert!(picture.len() < MAX_BYTES && picture.contains(">2199</text>"));
}

#[test]
fn large_frames_are_thinned_out_further() {
    let page = |seed: u64| -> String {
        let cell = |index: u64| {
            format!(
                "\x1b[38;5;{}m{}",
                (index * 7 + seed) % 256,
                char::from(b'a' + u8::try_from((index + seed) % 26).unwrap())
            )
        };
        format!("\x1b[H{}", (0..1920).map(cell).collect::<String>())
    };
    let writes = (0..amount(30, 60)).map(|index| (index, output(page(index))));
    let picture = svg(&recording(pty(80, 24), writes.collect()));
    assert!(
        picture.len() < MAX_BYTES && picture.contains("@keyframes"),
        "{}",
        picture.len()
    );
}
