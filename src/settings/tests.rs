use super::Settings;
use crate::recording::{Level, Mask, Recording};
use std::{fs, path::Path, time::Duration};

fn parse(text: &str) -> Result<Settings, String> {
    Settings::parse(text, Path::new("strobe.toml")).map_err(|error| error.to_string())
}

#[test]
fn every_key_has_the_notation_of_the_option() {
    let settings = parse(
        r#"
mask = ["uuid", 'job=/job (\d+)/ width']
level = "frames"
env = ["A=B=C", "PASSED", "EMPTY="]
size = "100x30"
term = "xterm,truecolor"
limit = "2m"
virtual-limit = "3h"
output-limit = "2KiB"
"#,
    )
    .unwrap();
    let job = Mask::new("job", r"job (\d+)").unwrap().by_width();
    assert_eq!(settings.mask[1], job);
    assert_eq!(settings.mask[0].name(), "uuid");
    assert_eq!(settings.level, Some(Level::Frames));
    let env = |name: &str, value: Option<&str>| (name.to_owned(), value.map(str::to_owned));
    assert_eq!(
        settings.env,
        [
            env("A", Some("B=C")),
            env("PASSED", None),
            env("EMPTY", Some(""))
        ]
    );
    assert_eq!(settings.size, Some((100, 30)));
    assert_eq!(settings.term.as_deref(), Some("xterm,truecolor"));
    assert_eq!(settings.limit, Some(Duration::from_secs(120)));
    assert_eq!(settings.virtual_limit, Some(Duration::from_secs(3 * 3600)));
    assert_eq!(settings.output_limit, Some(2048));
    assert_eq!(parse("mask = 'pid'").unwrap().mask[0].name(), "pid");
}

#[track_caller]
fn refused(text: &str, message: &str) {
    assert_eq!(parse(text).unwrap_err(), message, "{text}");
}

#[test]
fn what_is_wrong_is_named_with_its_line_and_key() {
    refused(
        "# masks\nlevel = 'exact'\nmasks = ['pid']\n",
        "strobe.toml:3: unknown key `masks`: is it `mask`?",
    );
    refused(
        "[record]\nsize = '80x24'\n",
        "strobe.toml:1: unknown key `record`: known are mask, level, env, size, term, limit, virtual-limit, output-limit",
    );
    refused(
        "mask = [\n  'pid',\n  'job=/(/',\n]\n",
        "strobe.toml:3: `mask`: the mask `job`: found open group without closing ')', at character 1 of /(/",
    );
    refused(
        "mask = ['a=/b/', 'a=/c/']",
        "strobe.toml:1: `mask`: `a` is there twice",
    );
    refused(
        "mask = 'auto'",
        "strobe.toml:1: `mask`: `auto` is for a single recording: `strobe record --mask auto`",
    );
    refused(
        "\nlevel = 'pixels'",
        "strobe.toml:2: `level`: it must be one of exact, writes, bytes, frames, screen",
    );
    refused(
        "size = 80",
        "strobe.toml:1: `size`: write it as a text in quotes",
    );
    refused(
        "size = '80'",
        "strobe.toml:1: `size`: it must be COLUMNSxROWS, such as `80x24`",
    );
    refused(
        "env = ['=x']",
        "strobe.toml:1: `env`: it must be NAME=VALUE, or NAME to pass yours on",
    );
    refused(
        "limit = '0s'",
        "strobe.toml:1: `limit`: it must be longer than nothing",
    );
    refused(
        "mask = [\"a=/\\bx/\"]",
        "strobe.toml:1: `mask`: it is not one line of printable text; in '…' a backslash stands for itself",
    );
    refused(
        "mask = [\"a=/\\d/\"]",
        "strobe.toml:1: in \"…\" this backslash begins no escape: write a regular expression in single quotes, '…', where it stands for itself",
    );
    refused("term = 'a'\nterm = 'b'", "strobe.toml:2: duplicate key");
    assert!(parse("level = ").is_err() && parse("virtual-limit = '900y'").is_err());
}

#[test]
fn the_nearest_file_counts_and_none_above_the_work_tree() {
    let top = tempfile::tempdir().unwrap();
    let level = |folder: &str| {
        let found = Settings::of(&top.path().join(folder)).unwrap();
        found.and_then(|settings| settings.level)
    };
    fs::create_dir_all(top.path().join("a/tree/b/c")).unwrap();
    fs::write(top.path().join("a/strobe.toml"), "level = 'screen'").unwrap();
    assert_eq!(level(""), None);
    assert_eq!(level("a/tree/b/c"), Some(Level::Screen));
    fs::create_dir(top.path().join("a/tree/.git")).unwrap();
    assert_eq!(level("a/tree/b/c"), None);
    fs::write(top.path().join("a/tree/strobe.toml"), "level = 'bytes'").unwrap();
    assert_eq!(level("a/tree/b/c"), Some(Level::Bytes));
    fs::write(top.path().join("a/tree/b/strobe.toml"), "mask = 'pid'").unwrap();
    assert_eq!(level("a/tree/b/c"), None);
}

#[test]
fn a_header_has_precedence() {
    let settings = parse("mask = ['x=/1/', 'y=/2/']\nlevel = 'bytes'").unwrap();
    let completed = |header: &str| {
        let text = format!("transcript: 1\nchannel: pipe\n{header}\n@0.000 exit 0\n");
        let recording: Recording = text.parse().unwrap();
        settings.completed(recording).to_string()
    };
    assert!(completed("").contains("level: bytes\nmask: x /1/\nmask: y /2/\n"));
    assert!(
        completed("level: screen\nmask: y /3/\n")
            .contains("level: screen\nmask: y /3/\nmask: x /1/\n")
    );
}
