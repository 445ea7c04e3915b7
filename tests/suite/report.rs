//! The report for a browser: what is in it, and what a browser makes of it.

use crate::{browser::Browser, effort::amount, workshop::Workshop};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// A transcript of an echo, which runs in real time.
fn echo(word: &str) -> String {
    format!(
        "transcript: 1\ncommand: echo hello\nchannel: pipe\nclock: real\n\n0.000 \"{word}\\n\"\n@0.000 exit 0\n"
    )
}

/// A spinner on a terminal, with this interval in milliseconds.
fn spinner(interval: u32, message: &str) -> String {
    let mut text = "transcript: 1\ncommand: spin\nchannel: pty 80x24 xterm-256color\n\n".to_owned();
    for (index, glyph) in ["|", "/", "-", "\\\\", "|"].iter().enumerate() {
        let gap = if index == 0 { 0 } else { interval };
        let _ = writeln!(text, "0.{gap:03} \"\\r{glyph} {message}\"");
    }
    text + "@3.000 exit 0\n"
}

/// A shop with a report on two folders.
fn compared(files: &[(&str, Option<String>, Option<String>)]) -> Workshop {
    let shop = Workshop::new();
    for (name, old, new) in files {
        for (side, text) in [("old", old), ("new", new)] {
            shop.write(&format!("{side}/.keep"), "");
            if let Some(text) = text {
                shop.write(&format!("{side}/{name}"), text);
            }
        }
    }
    shop.strobe(&["diff", "old", "new", "--html", "report.html"], 1);
    shop
}

fn spinners() -> Workshop {
    compared(&[
        (
            "same.strobe",
            Some(spinner(100, "same")),
            Some(spinner(100, "same")),
        ),
        (
            "spin.strobe",
            Some(spinner(100, "thinking!")),
            Some(spinner(80, "Thinking?")),
        ),
        ("gone.strobe", Some(spinner(100, "gone")), None),
    ])
}

#[test]
fn a_check_is_reported_with_every_verdict() {
    let shop = Workshop::new();
    shop.write("same.strobe", &echo("hello"));
    shop.write("other.strobe", &echo("hullo"));
    shop.write(
        "fails.strobe",
        &echo("hello").replace("echo hello", "no-such-program"),
    );
    shop.write("conflict.strobe", "<<<<<<< HEAD\n");
    shop.strobe(&["check", "--html", "report.html"], 2);
    let report = shop.read("report.html");
    let without_scripts = report.split("<script").next().unwrap();
    for text in [
        "<details class=\"same\"",
        "<details class=\"different\"",
        "<details class=\"error\"",
        "<del>-0.000 &quot;hullo\\n&quot;</del>",
        "<pre class=\"old\">hullo\n</pre>",
        "<pre class=\"new\">hello\n</pre>",
    ] {
        assert!(without_scripts.contains(text), "{text}");
    }
    // Of what is no transcript there is nothing to show.
    assert_eq!(without_scripts.matches("<div class=\"still\">").count(), 3);
}

#[test]
fn a_report_is_written_where_all_is_the_same_and_nowhere_else() {
    let shop = Workshop::new();
    shop.write("a.strobe", &spinner(100, "a"));
    shop.strobe(
        &["diff", "a.strobe", "a.strobe", "--html", "report.html"],
        0,
    );
    assert!(shop.read("report.html").contains("1 the same, 0 different"));
    shop.write("text", "no recording");
    shop.refuses(
        &["diff", "text", "text", "--html", "other.html"],
        "`--html` shows recordings, and neither of these is one",
    );
    shop.refuses(
        &["check", "a.strobe", "--html", "no/report.html"],
        "cannot write `no/report.html`: No such file or directory (os error 2)",
    );
    assert!(!shop.path("other.html").exists());
}

/// The report of a shop in a browser, once what is linked to is open.
fn opened(shop: &Workshop, hash: &str) -> Option<Browser> {
    let mut browser = Browser::start()?;
    browser.open(&shop.path("report.html"), hash);
    browser.wait("document.querySelector('main > details[open]')?.player");
    Some(browser)
}

const TIME: &str = "document.querySelector('.time').value";

#[track_caller]
fn shows(browser: &mut Browser, expression: &str, value: &Value) {
    assert_eq!(&browser.value(expression), value, "{expression}");
}

#[track_caller]
fn is_at(browser: &mut Browser, time: &str) {
    shows(browser, TIME, &json!(format!("{time} / 3.000 s")));
}

#[test]
fn keys_move_through_a_recording() {
    let shop = spinners();
    let Some(mut browser) = opened(&shop, "spin.strobe@0.000") else {
        return;
    };
    for (key, time) in [
        (".", "0.080"),
        (".", "0.100"),
        (",", "0.080"),
        ("ArrowRight", "1.080"),
        ("ArrowRight", "2.080"),
        ("ArrowLeft", "1.080"),
        ("Home", "0.000"),
        ("d", "0.080"),
        ("d", "0.100"),
        ("D", "0.080"),
        ("End", "3.000"),
        ("d", "0.000"),
    ] {
        browser.press(key);
        is_at(&mut browser, time);
    }
    browser.press("+");
    shows(
        &mut browser,
        "document.querySelector('.rate').value",
        &json!("2×"),
    );
    browser.press(" ");
    browser.wait(&format!("!{TIME}.startsWith('0.000')"));
    browser.press(" ");
    shows(
        &mut browser,
        "document.querySelector('main > details[open]').player.playing",
        &json!(false),
    );
    browser.press("j");
    browser.wait("document.querySelector('main > details[open]').dataset.name === 'same.strobe'");
}

#[test]
fn the_scrubber_moves_both_sides_and_marks_what_has_changed() {
    let shop = spinners();
    let Some(mut browser) = opened(&shop, "spin.strobe@0.090") else {
        return;
    };
    // The cursor is behind the text.
    let text = |side: &str| format!("document.querySelector('.screen.{side}').textContent");
    shows(&mut browser, &text("old"), &json!("| thinking! "));
    shows(&mut browser, &text("new"), &json!("/ Thinking? "));
    let marked = |side: &str| {
        format!(
            "[...document.querySelectorAll('.screen.{side} .changed')].map((cell) => cell.textContent)"
        )
    };
    shows(&mut browser, &marked("old"), &json!(["|", "t", "!"]));
    shows(&mut browser, &marked("new"), &json!(["/", "T", "?"]));
    let events = "[...document.querySelectorAll('.events li')].map((line) => line.className)";
    shows(
        &mut browser,
        events,
        &json!(["changed", "changed", "changed", "changed", "changed", ""]),
    );
    browser.value(
        "{ const slider = document.querySelector('input[type=range]'); slider.value = 340; \
         slider.dispatchEvent(new Event('input')); }",
    );
    is_at(&mut browser, "0.340");
    shows(&mut browser, &text("old"), &json!("\\ thinking! "));
    shows(&mut browser, &text("new"), &json!("| Thinking? "));
    shows(&mut browser, "location.hash", &json!("#spin.strobe@0.340"));
}

#[test]
fn the_cursor_is_drawn_and_marked_where_it_is_another() {
    let recording = |text: &str| {
        format!(
            "transcript: 1\ncommand: x\nchannel: pty 80x24 xterm-256color\n\n\
             0.000 \"name:\\e[5D\"\n0.100 \"{text}\"\n0.100 \"\\e[?25l\"\n@1.000 exit 0\n"
        )
    };
    let shop = compared(&[(
        "a.strobe",
        Some(recording(r"\e[C\e[4 q")),
        Some(recording(r"\e[3C\e[2 q")),
    )]);
    let Some(mut browser) = opened(&shop, "a.strobe@0.000") else {
        return;
    };
    let spans = |side: &str| {
        format!(
            "[...document.querySelectorAll('.screen.{side} span')].map((span) => \
             [span.textContent, span.className, span.style.backgroundColor, span.style.backgroundImage !== ''])"
        )
    };
    let light = "rgb(211, 215, 207)";
    for side in ["old", "new"] {
        shows(
            &mut browser,
            &spans(side),
            &json!([["n", "cursor", light, false], ["ame:", "", "", false]]),
        );
    }
    browser.press(".");
    shows(
        &mut browser,
        &spans("old"),
        &json!([
            ["n", "", "", false],
            ["a", "changed cursor", "", true],
            ["m", "", "", false],
            ["e", "changed", "", false],
            [":", "", "", false]
        ]),
    );
    shows(
        &mut browser,
        &spans("new"),
        &json!([
            ["n", "", "", false],
            ["a", "changed", "", false],
            ["m", "", "", false],
            ["e", "changed cursor", light, false],
            [":", "", "", false]
        ]),
    );
    // It is hidden on both sides.
    browser.press(".");
    for side in ["old", "new"] {
        shows(
            &mut browser,
            &spans(side),
            &json!([["name:", "", "", false]]),
        );
    }
}

#[test]
fn filters_list_less() {
    let shop = spinners();
    let Some(mut browser) = Browser::start() else {
        return;
    };
    browser.open(&shop.path("report.html"), "");
    let listed = "[...document.querySelectorAll('main > details:not([hidden])')].map((one) => one.dataset.name)";
    shows(
        &mut browser,
        listed,
        &json!(["gone.strobe", "spin.strobe", "same.strobe"]),
    );
    browser.value("document.querySelector('button[data-verdict=different]').click()");
    shows(&mut browser, listed, &json!(["gone.strobe", "spin.strobe"]));
    browser.value(
        "{ const search = document.querySelector('input[type=search]'); search.value = 'ONLY IN'; \
         search.dispatchEvent(new Event('input')); }",
    );
    shows(&mut browser, listed, &json!(["gone.strobe"]));
}

#[test]
fn a_page_is_dark_for_those_who_prefer_it() {
    let shop = spinners();
    let Some(mut browser) = opened(&shop, "spin.strobe") else {
        return;
    };
    let page = "getComputedStyle(document.body).backgroundColor";
    browser.prefer("prefers-color-scheme", "light");
    shows(&mut browser, page, &json!("rgb(255, 255, 255)"));
    browser.prefer("prefers-color-scheme", "dark");
    shows(&mut browser, page, &json!("rgb(13, 17, 23)"));
}

/// What tries to become markup, a script, or something that is loaded.
const HOSTILE: [&str; 6] = [
    "</pre></details></script><script>document.title='pwned'</script>",
    "<img src=https://example.org/x onerror=document.title='pwned'>",
    "\\\"><svg onload=document.title='pwned'>&lt;b&gt;",
    "--><!--<script>",
    "\\e]8;;javascript:document.title='pwned'\\x07link\\e]8;;\\x07\\e]0;</title><script>\\x07",
    "\\u{202e}\\u{2066}right to left\\u{2069} \\u{5e9}\\u{5dc}\\u{5d5}\\u{5dd} \\0\\x9b31m\\xff",
];

#[test]
fn hostile_recordings_do_nothing_in_a_browser() {
    let text = |word: &str| {
        let mut text = format!(
            "transcript: 1\ncommand: echo \"{}\"\nchannel: pty 80x24 xterm-256color\n\n",
            HOSTILE[0]
        );
        for unit in HOSTILE {
            let _ = writeln!(
                text,
                "0.100 \"{}\\r\\n{word}\\r\\n\"",
                unit.replace("\\0", "\\x00")
            );
        }
        text + "@1.000 exit 0\n"
    };
    let name = "\"><script>document.title='pwned'<!--שלום.strobe";
    let shop = compared(&[
        (name, Some(text("old")), Some(text("new"))),
        ("only.strobe", None, Some(text("only"))),
    ]);
    let Some(mut browser) = Browser::start() else {
        return;
    };
    browser.open(&shop.path("report.html"), "");
    let names = browser.value("cases.map((one) => one.dataset.name)");
    assert_eq!(names.as_array().unwrap().len(), 2);
    for index in 0..2 {
        browser.value(&format!("open(cases[{index}], 650)"));
        browser.wait(&format!("cases[{index}].player"));
        browser.press("d");
    }
    shows(
        &mut browser,
        "document.title",
        &json!("strobe diff: 0 the same, 2 different"),
    );
    let elements =
        "[...new Set([...document.querySelectorAll('*')].map((one) => one.localName))].sort()";
    let known = json!([
        "b",
        "bdi",
        "body",
        "button",
        "del",
        "details",
        "div",
        "figcaption",
        "figure",
        "h1",
        "head",
        "header",
        "html",
        "i",
        "input",
        "ins",
        "li",
        "main",
        "meta",
        "ol",
        "output",
        "p",
        "pre",
        "script",
        "span",
        "style",
        "summary",
        "time",
        "title"
    ]);
    shows(&mut browser, elements, &known);
    shows(
        &mut browser,
        "document.querySelectorAll('script:not([type])').length",
        &json!(1),
    );
    let attributes = "[...document.querySelectorAll('*')].flatMap((one) => one.getAttributeNames()).some((name) => name.startsWith('on') || name === 'href' || name === 'src')";
    shows(&mut browser, attributes, &json!(false));
    // Nothing was loaded but the page, nothing complained, and no policy had to step in.
    let requests = browser.events("Network.requestWillBeSent");
    assert_eq!(requests.len(), 1, "{requests:?}");
    for event in [
        "Log.entryAdded",
        "Runtime.exceptionThrown",
        "Page.javascriptDialogOpening",
    ] {
        assert_eq!(browser.events(event), Vec::<Value>::new(), "{event}");
    }
}

#[test]
fn the_policy_forbids_any_other_script_and_style() {
    let shop = spinners();
    let report = shop.read("report.html");
    let hostile = report.replace(
        "</main>",
        "</main><script>document.title = 'pwned'</script><img src='x.png'>",
    );
    assert_ne!(report, hostile);
    shop.write("report.html", &hostile);
    let Some(mut browser) = opened(&shop, "spin.strobe") else {
        return;
    };
    shows(
        &mut browser,
        "document.title",
        &json!("strobe diff: 1 the same, 2 different"),
    );
    assert_eq!(browser.events("Log.entryAdded").len(), 2);
}

#[test]
fn a_large_report_is_small_and_unpacks_what_is_opened_alone() {
    // A panel of which a few rows change with each frame, and a log that scrolls.
    let text = |number: usize, word: &str| {
        let mut text = format!(
            "transcript: 1\ncommand: panel {number}\nchannel: pty 80x24 xterm-256color\n\n0.000 \"\\e[H\"\n"
        );
        for frame in 0..30 {
            let _ = write!(
                text,
                "0.100 \"\\e[1;1H\\e[7m panel {number} \\e[m frame {frame}\""
            );
            for row in 2..12 {
                let value = (frame * 7919 + row * 104_729 + number * 1299) % 99_991;
                let _ = write!(
                    text,
                    " \"\\e[{row};1H{row:02} \\e[3{}m{value:05}\\e[m {word} of the row\"",
                    row % 8
                );
            }
            text.push('\n');
        }
        text + "@4.000 exit 0\n"
    };
    let shop = Workshop::new();
    for number in 0..amount(8, 300) {
        let name = format!("panel-{number:03}.strobe");
        shop.write(&format!("old/{name}"), &text(number, "value"));
        let word = if number % 2 == 0 { "value" } else { "Value" };
        shop.write(&format!("new/{name}"), &text(number, word));
    }
    shop.strobe(&["diff", "old", "new", "--html", "report.html"], 1);
    // A few entries have what they need; many share what a report may have.
    let report = shop.read("report.html");
    assert!(report.len() < 5_000_000, "{} bytes", report.len());
    let Some(mut browser) = Browser::start() else {
        return;
    };
    browser.open(&shop.path("report.html"), "");
    browser.wait("performance.getEntriesByName('first-contentful-paint').length");
    // Unpacking everything is what would keep a reader waiting.
    let unpacked = "[players.size, cases.filter((one) => one.player).length]";
    shows(&mut browser, unpacked, &json!([0, 0]));
    browser.value("open(cases[0], 1000)");
    browser.wait("cases[0].player");
    shows(&mut browser, unpacked, &json!([1, 1]));
    shows(
        &mut browser,
        "cases[0].player.recorded.old.frames.length",
        &json!(31),
    );
}
