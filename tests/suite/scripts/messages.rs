//! What is no line of a script is answered with the line that was meant.

use stroboscope::script::Script;

#[track_caller]
fn refused(line: &str, message: &str) {
    let error = line.parse::<Script>().unwrap_err().to_string();
    assert_eq!(error, format!("line 1, column {message}"), "{line}");
}

#[test]
fn the_right_line_is_named() {
    for (line, message) in [
        (
            "Enter",
            "1: unknown word `Enter`: `press Enter` presses a key",
        ),
        (
            "Down*3",
            "1: unknown word `Down*3`: `press Down` presses a key",
        ),
        (
            "Ctrl+C",
            "1: unknown word `Ctrl+C`: `press C-c` presses a key",
        ),
        (
            "key Down",
            "1: unknown word `key`: `press Enter` presses a key",
        ),
        (
            "send Enter",
            "6: `send` sends bytes: `press Enter` presses a key",
        ),
        (
            "send \"^C\"",
            "1: this sends two characters: `press C-c` presses Ctrl and the key, `type \"^C\"` types both",
        ),
        (
            "1s send \"x\"",
            "1: a time is in seconds, without a unit: `1.000`",
        ),
        (
            "@250ms send \"x\"",
            "2: a time is in seconds, without a unit: `0.250`",
        ),
        (
            "@1 signal SIGINT",
            "11: a signal is written without `SIG`: `signal INT`",
        ),
        ("press Entre", "7: there is no key `Entre`: is it `Enter`?"),
        ("pres Enter", "1: unknown word `pres`: is it `press`?"),
        (
            "type \"Ada\" press Enter",
            "12: a line has one step: `press` begins a line of its own",
        ),
        (
            "press Enter type \"Ada\"",
            "13: a line has one step: `type` begins a line of its own",
        ),
        (
            "0.5 after screen \"x\" press a",
            "1: a delay stands behind what is waited for: `after screen \"x\" 0.500 …`",
        ),
        (
            "after screen /(/ press a",
            "14: found open group without closing ')'",
        ),
        (
            "type \"\\x03\"",
            "6: a text has at least one character, and of control characters only \\n and \\t; `press` has the other keys, `send` any byte",
        ),
        (
            "click 0,5",
            "7: a place on the screen is COLUMN,ROW, such as `10,5`, from 1",
        ),
        (
            "after \"a\" \"b\"",
            "14: expected a blank, and what is done then: `press Enter`",
        ),
    ] {
        refused(line, message);
    }
    for line in ["sleep 1", "wait 0.5", "delay 1"] {
        let error = line.parse::<Script>().unwrap_err().to_string();
        assert!(error.contains("`0.500 press Enter`"), "{error}");
    }
}

#[test]
fn a_line_without_a_time_comes_right_after_the_one_above() {
    let with: Script = "@1.000 press a\n0.000 press b\n0.000 press c\n"
        .parse()
        .unwrap();
    let without: Script = "@1.000 press a\npress b\npress c\n".parse().unwrap();
    assert_eq!(with, without);
}
