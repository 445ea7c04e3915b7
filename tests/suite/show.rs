//! `strobe show` with pictures: what goes with which, and what comes out.

use crate::{bounded::Run, workshop::Workshop};

fn shop() -> Workshop {
    let shop = Workshop::new();
    shop.write(
        "a.strobe",
        "transcript: 1\ncommand: a \"</title>\"\nchannel: pty 80x24 xterm-256color\n\n0.000 \"one\"\n1.000 \"\\rtwo\"\n@2.000 exit 0\n",
    );
    shop
}

/// What is printed for these options.
#[track_caller]
fn shown(shop: &Workshop, options: &[&str]) -> Vec<u8> {
    let arguments = [&["show", "a.strobe"], options].concat();
    let output = shop.command(&arguments).run_tool();
    assert!(output.status.success(), "{options:?}");
    output.stdout
}

#[test]
#[cfg(feature = "pictures")]
fn each_picture_is_of_its_format() {
    let shop = shop();
    assert!(shown(&shop, &["--as", "svg"]).starts_with(b"<svg "));
    assert!(shown(&shop, &["--as", "png"]).starts_with(b"\x89PNG\r\n\x1a\n"));
    assert!(shown(&shop, &["--as", "gif"]).starts_with(b"GIF89a"));
    let moving = shown(&shop, &["--as", "apng"]);
    assert!(moving.windows(4).any(|chunk| chunk == b"acTL"));
    let before = shown(&shop, &["--as", "png", "--at", "0.5s"]);
    assert_ne!(before, shown(&shop, &["--as", "png"]));
    assert_eq!(
        shown(&shop, &["--as", "png", "--at", "2s"]),
        shown(&shop, &["--as", "png"])
    );
}

#[test]
fn a_window_has_the_command_or_another_title() {
    let shop = shop();
    let title = |options: &[&str]| {
        let picture = String::from_utf8(shown(&shop, options)).unwrap();
        let bar = picture.split("text-anchor=\"middle\" class=\"d\">").nth(1);
        bar.map(|rest| rest.split("</text>").next().unwrap().to_owned())
    };
    assert_eq!(title(&["--as", "svg"]), None);
    assert_eq!(
        title(&["--as", "svg", "--window"]).as_deref(),
        Some("a &lt;/title&gt;")
    );
    assert_eq!(
        title(&["--as", "svg", "--window=My <app>"]).as_deref(),
        Some("My &lt;app&gt;")
    );
}

#[test]
fn options_that_a_view_cannot_heed_are_refused() {
    let shop = shop();
    for (options, message) in [
        (
            &["--theme", "nord"][..],
            "`--theme` is for pictures: `--as svg`, `--as png`, `--as gif`, `--as apng`",
        ),
        (
            &["--as", "png", "--speed", "2"],
            "`--speed` is for moving pictures: `--as svg`, `--as gif`, `--as apng`",
        ),
        (
            &["--as", "svg", "--at", "1s", "--once"],
            "with `--at` a picture does not move: leave `--once` out",
        ),
        (
            &["--as", "svg", "--from", "2s", "--to", "1s"],
            "`--to` is not after `--from`",
        ),
        (
            &["--as", "png", "--font-family", "monospace"],
            "`--font-family` is for `--as svg`: other pictures are drawn with the font that strobe has",
        ),
        #[cfg(feature = "pictures")]
        (
            &["--as", "gif", "--theme", "auto"],
            "the theme `auto` depends on the viewer, and only an SVG can: take `dark` or `light`",
        ),
    ] {
        shop.refuses(&[&["show", "a.strobe"], options].concat(), message);
    }
}
