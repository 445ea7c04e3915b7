//! The moving picture.

use super::{output, parse, pty, recording};
use crate::{arbitrary, effort::cases};
use proptest::prelude::*;
use roxmltree::{Document, Node};
use std::time::Duration;
use stroboscope::{
    recording::{EventKind, Recording},
    view::{
        frames::frames,
        svg::{MAX_BYTES, svg},
    },
};

/// Whether a picture holds what pictures hold, and refers to nothing but its own rows.
#[track_caller]
pub fn is_inert(picture: &str) {
    let document = Document::parse(picture).unwrap();
    let known = [
        "svg", "title", "style", "rect", "defs", "g", "text", "use", "animate",
    ];
    for node in document.descendants().filter(Node::is_element) {
        let name = node.tag_name().name();
        assert!(known.contains(&name), "<{name}>");
        for attribute in node.attributes() {
            let (name, value) = (attribute.name(), attribute.value());
            assert!(!name.starts_with("on"), "{name}");
            assert!(name != "href" || value.starts_with("#r"), "{value}");
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

/// What a player shows at a part of the whole: the rows whose animation says so, each with its place.
fn played(picture: &str, part: f64) -> Vec<(usize, String)> {
    let document = Document::parse(picture).unwrap();
    let mut rows: Vec<(usize, String)> = named(document.root(), "use")
        .filter(|placed| is_visible(*placed, part))
        .map(|placed| {
            let id = placed.attribute("href").unwrap().strip_prefix('#');
            let row = named(document.root(), "g").find(|row| row.attribute("id") == id);
            let y = placed.attribute("y").unwrap().parse().unwrap();
            (y, texts(row.unwrap(), "text").join(" "))
        })
        .collect();
    rows.sort();
    rows
}

fn is_visible(placed: Node, part: f64) -> bool {
    let Some(animation) = placed.first_element_child() else {
        return placed.attribute("visibility").is_none();
    };
    let list = |name| -> Vec<&str> { animation.attribute(name).unwrap().split(';').collect() };
    let (times, values) = (list("keyTimes"), list("values"));
    let times: Vec<f64> = times.iter().map(|time| time.parse().unwrap()).collect();
    assert_eq!((times.len(), times[0]), (values.len(), 0.0));
    assert!(times.is_sorted() && *times.last().unwrap() <= 1.0);
    values[times.partition_point(|time| *time <= part) - 1] == "visible"
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
    assert!(picture.len() < 8_000, "{} bytes", picture.len());
    assert_eq!(picture.matches("<g id=").count(), 6);
    assert!(picture.contains(r#"dur="5.000s" repeatCount="indefinite""#));
}

#[test]
fn a_viewer_that_plays_no_animation_shows_the_last_frame() {
    let picture = svg(&spinner());
    let document = Document::parse(&picture).unwrap();
    let still = named(document.root(), "use").filter(|row| row.attribute("visibility").is_none());
    let places: Vec<_> = still.map(|row| row.attribute("y")).collect();
    assert_eq!(places, [Some("0"), Some("16")]);
    assert_eq!(played(&picture, 0.999)[1].1, "Answer: 42");
}

#[test]
fn one_frame_is_a_still_picture() {
    let picture = svg(&recording(
        pty(80, 24),
        vec![(0, output("a\r\nb")), (9, EventKind::Eof)],
    ));
    assert!(!picture.contains("<animate") && picture.contains("<use"));
    assert!(!svg(&recording(pty(80, 24), vec![])).contains("<animate"));
}

#[test]
fn many_frames_are_thinned_out() {
    let writes = (0..2_200).map(|index: u64| (index, output(format!("\r{index}"))));
    let recording = recording(pty(80, 24), writes.collect());
    let picture = svg(&recording);
    let frames = picture.matches("<g id=").count();
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
    let writes = (0..60).map(|index| (index, output(page(index))));
    let picture = svg(&recording(pty(80, 24), writes.collect()));
    assert!(
        picture.len() < MAX_BYTES && picture.contains("<animate"),
        "{}",
        picture.len()
    );
}
