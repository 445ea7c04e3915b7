//! Examples of the transcript: canonical forms, what else is taken, and every refusal with its position.

use stroboscope::{recording::Recording, script::Script, transcript};

const HEAD: &str = "transcript: 1\nchannel: pipe\n\n";

/// The events of `text` are read, and printed as `canonical`.
#[track_caller]
fn prints(text: &str, canonical: &str) {
    let recording: Recording = format!("{HEAD}{text}\n@9.000 exit 0\n").parse().unwrap();
    assert_eq!(
        recording.to_string(),
        format!("{HEAD}{canonical}\n@9.000 exit 0\n")
    );
}

#[track_caller]
fn canonical(text: &str) {
    prints(text, text);
}

/// `text` is refused with this message, which begins with the position.
#[track_caller]
fn refused(text: &str, message: &str) {
    assert_eq!(
        text.parse::<Recording>().map_err(|error| error.to_string()),
        Err(message.to_owned())
    );
}

/// An event in the fourth line is refused.
#[track_caller]
fn event_refused(event: &str, message: &str) {
    refused(
        &format!("{HEAD}{event}\n@9.000 exit 0\n"),
        &format!("line 4, column {message}"),
    );
}

#[test]
fn eight_blanks_are_a_run_and_seven_are_not() {
    canonical(r#"0.000 "a       b" "#.trim_end());
    prints(r#"0.000 "a        b" "#, r#"0.000 "a" " "*8 "b""#);
    canonical(r#"0.000 "\b\b\b\b\b\b\b""#);
    prints(r#"0.000 "\b\b\b\b\b\b\b\b""#, r#"0.000 "\b"*8"#);
}

#[test]
fn sixty_four_of_a_bare_unit_are_a_run() {
    canonical(&format!(r#"0.000 "{}""#, "-".repeat(63)));
    prints(
        &format!(r#"0.000 "<{}>""#, "-".repeat(64)),
        r#"0.000 "<" "-"*64 ">""#,
    );
    prints(&format!(r#"0.000 "{}""#, "─".repeat(64)), r#"0.000 "─"*64"#);
}

#[test]
fn what_follows_a_newline_starts_a_line() {
    prints(r#"0.000 "a\nb\n""#, "0.000 \"a\\n\"\n      \"b\\n\"");
    prints(
        r#"0.000 "\n\n\n\n\n\n\n\n\n\nx""#,
        "0.000 \"\\n\"*10\n      \"x\"",
    );
    prints(
        r#"@0.000 stderr "a\nb""#,
        "0.000 stderr \"a\\n\"\n             \"b\"",
    );
    prints(
        r#"@1.250 after "a\nb" send "c\nd""#,
        "@1.250 after \"a\\n\"\n             \"b\" send \"c\\n\"\n                      \"d\"",
    );
}

#[test]
fn a_return_and_a_move_to_another_row_start_a_line() {
    prints(
        r#"0.000 "a\rb\r\nc""#,
        "0.000 \"a\"\n      \"\\rb\\r\\n\"\n      \"c\"",
    );
    canonical(r#"0.000 "\r10%""#);
    // With nothing behind it there is nothing to begin a line with.
    canonical(r#"0.000 "10%\r""#);
    canonical(r#"@0.000 after "Name? " send "Ada\r""#);
    for last in "ABEFHdf".chars() {
        prints(
            &format!(r#"0.000 "a\e[2;3{last}b""#),
            &format!("0.000 \"a\"\n      \"\\e[2;3{last}b\""),
        );
    }
    for elsewhere in ["K", "m", "C", "D", "G", "J", "?25h", " A", "s"] {
        canonical(&format!(r#"0.000 "a\e[{elsewhere}b""#));
    }
}

/// The wipe of an interrupted spinner is one line, as in the example of the format.
#[test]
fn after_a_run_a_carriage_return_begins_a_literal_on_the_same_line() {
    canonical(r#"0.000 "\b"*11 " "*11 "\b"*11 "\r\e[K""#);
}

#[test]
fn a_combining_mark_is_written_only_after_a_printable_character() {
    canonical("0.000 \"e\u{301}\u{301}\"");
    canonical(r#"0.000 "\u{301}e""#);
    canonical(r#"0.000 "\e\u{301}e""#);
    prints("0.000 \"a\" \"\u{301}\"", "0.000 \"a\u{301}\"");
    // Behind a run a literal begins, and a mark is escaped there.
    prints(r#"0.000 " "*9 "\u{301}""#, r#"0.000 " "*9 "\u{301}""#);
}

#[test]
fn what_hides_is_escaped() {
    canonical(
        r#"0.000 "\u{202e}\u{9b}\u{a0}\u{2028}\u{e000}\u{fffe}\u{fe0f}\u{2800}\u{feff}\u{3000}""#,
    );
    canonical(r#"0.000 "\x00\x01\x07\x7f\xff\xe2\x82\t\b\e\\\"""#);
    // Unassigned in Unicode 16.0, and so it stays as it is.
    canonical("0.000 \"\u{378}中😀│\"");
}

#[test]
fn stray_bytes_are_escaped_and_a_character_after_them_is_not() {
    prints(
        r#"0.000 "\xe2\xe2\xe2\xe2\xe2\xe2\xe2\xe2\xe2\x82\xac""#,
        r#"0.000 "\xe2"*8 "€""#,
    );
    prints(
        r#"0.000 "\xe2\xe2\xe2\xe2\xe2\xe2\xe2\xe2\x82\xac""#,
        r#"0.000 "\xe2\xe2\xe2\xe2\xe2\xe2\xe2€""#,
    );
    prints(
        r#"0.000 "\xe2\x82\xac\xed\xa0\x80""#,
        r#"0.000 "€\xed\xa0\x80""#,
    );
}

#[test]
fn other_forms_that_mean_the_same_are_printed_canonically() {
    prints(r#"@0.1 "a""#, r#"0.100 "a""#);
    prints(r#"0 "a""#, r#"0.000 "a""#);
    prints(r#"0.000000001 "a""#, r#"0.000000001 "a""#);
    prints(r#"0.000  "a"   "b"*2  "#, r#"0.000 "abb""#);
    prints("0.000 \"a\"\n \"b\"", r#"0.000 "ab""#);
    prints(r#"0.000 "ab"*3"#, r#"0.000 "ababab""#);
    prints(r#"0.000 "\u{41}\x41\u{00e9}\xC3\xA9""#, r#"0.000 "AAéé""#);
    prints(r#"1.500 send """#, r#"@1.500 send """#);
    prints("0.000 signal 15", "@0.000 signal TERM");
}

#[test]
fn every_other_event_has_its_word() {
    let text = "transcript: 1\nchannel: pty 80x24 dumb\n\n@0.001 send \"a\"\n@0.002 after \"b\" send \"c\"\n@0.003 eof\n\
                @0.004 resize 100x30\n@0.005 signal USR1\n0.000 \"x\"\n@0.006 stopped virtual-limit\n";
    assert_eq!(text.parse::<Recording>().unwrap().to_string(), text);
}

#[test]
fn every_key_of_the_header_survives() {
    let text = "transcript: 1\ncommand: sh -c \"echo \\\"hi\\\" $HOME\" \"\"\ncwd: sub/dir\nenv: A=1\nenv: \"B=a b\"\nenv: HOME\n\
                channel: pty 0x0 \"a b\"\nclock: paused 15.625ms\ndate: 2026-01-02T03:04:05Z\nseed: none\nlimit: 3600s\noutput-limit: 1000\n\
                level: writes\nvaries: it has moods\nmask: pid /a\\/[b]+/ width\nmask: n /1/\nnote: one \\ \"note\"\nnote: two\n\n@0.000 exit 7\n";
    assert_eq!(text.parse::<Recording>().unwrap().to_string(), text);
    let accepted = text
        .replace("env: A=1\nenv: \"B=a b\"", "env: A=1 \"B=a b\"")
        .replace("3600s", "1h");
    assert_eq!(accepted.parse::<Recording>().unwrap().to_string(), text);
}

#[test]
fn a_virtual_clock_names_its_cost_law_and_its_precision() {
    let head = "transcript: 1\nchannel: pipe\nclock: virtual";
    let end = "\n\n@0.000 exit 0\n";
    for clock in ["", " us", " ns", " 2", " 2 us", " 2 ns", " 4294967295"] {
        let text = format!("{head}{clock}{end}");
        assert_eq!(text.parse::<Recording>().unwrap().to_string(), text);
    }
    for (clock, canonical) in [(" 1", ""), ("  1   us", " us"), (" 02", " 2")] {
        let recording: Recording = format!("{head}{clock}{end}").parse().unwrap();
        assert_eq!(recording.to_string(), format!("{head}{canonical}{end}"));
    }
    refused(
        &format!("{head} ms{end}"),
        "line 3, column 16: unknown precision `ms`",
    );
    refused(
        &format!("{head} 2 ms{end}"),
        "line 3, column 18: unknown precision `ms`",
    );
}

#[test]
fn front_matter_is_passed_over_and_counts_in_positions() {
    let snapshot = format!("---\nsource: tests/x.rs\ndescription: \"a\"\n---\n{HEAD}@0.000 exit 0");
    assert_eq!(
        snapshot.parse::<Recording>().unwrap().to_string(),
        format!("{HEAD}@0.000 exit 0\n")
    );
    let (front, body) = transcript::split_front_matter(&snapshot);
    assert!(front.ends_with("\n---\n") && body.starts_with("transcript: 1\n"));
    assert_eq!(
        transcript::split_front_matter("---\nno end"),
        ("", "---\nno end")
    );
    refused(
        "---\na: b\n---\ntranscript: 2\n",
        "line 4, column 13: this is transcript format `2`; this program reads format 1",
    );
}

#[test]
fn a_wrong_header_is_refused() {
    let first = "line 1, column 1: expected `transcript: 1`, the first line of every transcript";
    refused("", first);
    refused("channel: pipe\n\n@0.000 exit 0\n", first);
    refused("{\"version\": 2}\n", first);
    refused(
        "transcript: 1\n\n@0.000 exit 0\n",
        "line 2, column 1: expected a line `channel: …` in the header",
    );
    refused(
        "transcript: 1\ncolour: red\n",
        "line 2, column 1: unknown key `colour`",
    );
    let misplaced = "is out of place: each key comes once (`env`, `allow`, `varies`, `mask` and `note` may repeat), in the order of the format";
    refused(
        "transcript: 1\nchannel: pipe\ncommand: ls\n",
        &format!("line 3, column 1: `command` {misplaced}"),
    );
    refused(
        "transcript: 1\nchannel: pipe\nchannel: pipe\n",
        &format!("line 3, column 1: `channel` {misplaced}"),
    );
    refused(
        "transcript: 1\nchannel: fifo\n",
        "line 2, column 10: unknown channel `fifo`",
    );
    refused(
        "transcript: 1\nchannel: pty 80 x\n",
        "line 2, column 14: a size is COLUMNSxROWS, such as `80x24`, each at most 65535",
    );
    refused(
        "transcript: 1\ncommand: a$b\n",
        "line 2, column 11: expected a blank, or the whole word in quotation marks",
    );
    refused(
        "transcript: 1\nenv: =A\n",
        "line 2, column 6: expected NAME=VALUE, or NAME",
    );
    refused(
        "transcript: 1\nchannel: pipe\nclock: sand\n",
        "line 3, column 8: unknown clock `sand`",
    );
    refused(
        "transcript: 1\nchannel: pipe\nmask: n /a(/\n",
        "line 3, column 7: the mask `n`: found open group without closing ')', at character 2 of /a(/",
    );
    refused(
        "transcript: 1\nchannel: pipe\nlimit: soon\n",
        "line 3, column 8: expected a duration, such as `30s` or `15.625ms`",
    );
    refused(
        "transcript: 1\nchannel: pipe\ndate: today\n",
        "line 3, column 7: expected a date, such as `2026-01-01T00:00:00Z`",
    );
    refused(
        "transcript: 1\nchannel: pipe\nlevel: loose\n",
        "line 3, column 8: unknown level `loose`",
    );
    refused(
        "transcript: 1\nchannel: pipe\nnote: a\u{202e}b\n\n@0.000 exit 0\n",
        "line 3, column 7: the header's `note` is not one line of printable text without blanks at its ends",
    );
    refused(
        "transcript: 1\nchannel: pipe\nclock: paused 0.5ms\n\n@0.000 exit 0\n",
        "line 3, column 15: the header's `clock` is out of range",
    );
}

#[test]
fn a_value_out_of_range_is_refused_where_it_stands() {
    refused(
        "transcript: 1\nenv: A=b =c\nchannel: pipe\n\n@0.000 exit 0\n",
        "line 2, column 6: expected NAME=VALUE, or NAME",
    );
    refused(
        "transcript: 1\nchannel: pipe\nlimit: 0s\n\n@0.000 exit 0\n",
        "line 3, column 8: the header's `limit` is out of range",
    );
    refused(
        "transcript: 1\nchannel: pipe\nvaries: load\nvaries:  \n\n@0.000 exit 0\n",
        "line 4, column 10: the header's `varies` is not one line of printable text without blanks at its ends",
    );
}

#[test]
fn a_wrong_event_is_refused_where_it_is_wrong() {
    event_refused("0.1234567890 \"a\"", "3: a time has at most nine decimals");
    event_refused("0. \"a\"", "3: expected decimals");
    event_refused(
        "soon \"a\"",
        "1: expected a time in seconds, such as `0.100` or `@1.250`",
    );
    event_refused(
        "99999999999999999999 \"a\"",
        "1: this instant is too late to count",
    );
    event_refused("0.000\"a\"", "6: expected a blank");
    event_refused("0.000", "6: expected a blank");
    event_refused("0.000 say \"a\"", "7: unknown word `say`");
    event_refused(
        "0.000 <>",
        "7: expected the name of a mask and perhaps its columns: `<pid>`, `<pid 7>`",
    );
    event_refused("0.000 \"a", "9: expected a closing quotation mark");
    event_refused(
        "0.000 \"a\"\"b\"",
        "10: expected a blank between two literals",
    );
    event_refused("0.000 \"a\" b", "11: expected the end of the line");
    event_refused(
        "0.000 \"\\q\"",
        "8: unknown escape: known are \\\\ \\\" \\n \\r \\t \\b \\e \\xnn \\u{…}",
    );
    event_refused(
        "0.000 \"中\\xg0\"",
        "9: unknown escape: known are \\\\ \\\" \\n \\r \\t \\b \\e \\xnn \\u{…}",
    );
    event_refused(
        "0.000 \"\\u{d800}\"",
        "8: unknown escape: known are \\\\ \\\" \\n \\r \\t \\b \\e \\xnn \\u{…}",
    );
    event_refused(
        "0.000 \"a\tb\"",
        "9: raw control character U+0009: write it as an escape",
    );
    event_refused(
        "0.000 \"a\u{9b}b\"",
        "9: raw control character U+009B: write it as an escape",
    );
    event_refused(
        "0.000 \"a\rb\"",
        "9: raw control character U+000D: write it as an escape",
    );
    event_refused("0.000 \"a\"*1", "11: a count is at least 2");
    event_refused("0.000 \"a\"*x", "11: expected a count");
    event_refused(
        "0.000 \"\"*9",
        "7: expected a literal with something to repeat",
    );
    event_refused("0.000 \"\"", "7: expected at least one byte");
    event_refused(
        "@1.000 send \"\" \"a\"",
        "13: expected no empty literal beside another one",
    );
    event_refused(
        "@1.000 send \"a\" \"\"",
        "17: expected no empty literal beside another one",
    );
    event_refused(
        "@1.000 after \"\" send \"a\"",
        "14: expected at least one byte",
    );
    event_refused(
        "@1.000 after \"a\" \"b\"",
        "21: expected a blank, and what is done then: `press Enter`",
    );
    event_refused(
        "@1.000 signal SIGTERM",
        "15: a signal is written without `SIG`: `signal TERM`",
    );
    event_refused("@1.000 signal NONE", "15: unknown signal `NONE`");
    event_refused(
        "@1.000 resize 80",
        "15: a size is COLUMNSxROWS, such as `80x24`, each at most 65535",
    );
    event_refused(
        "@1.000 exit 256",
        "13: an exit status is a number from 0 to 255",
    );
    event_refused("@1.000 stopped tired", "16: unknown reason to stop `tired`");
    event_refused("@1.000 say\u{202e}x", "8: unknown word `say\\u{202e}x`");
    event_refused(
        "\n0.000 \"a\"",
        "1: expected a time in seconds, such as `0.100` or `@1.250`",
    );
    event_refused(
        "   \"a\"",
        "1: expected a time in seconds, such as `0.100` or `@1.250`",
    );
}

#[test]
fn an_error_in_an_earlier_line_of_a_payload_has_that_lines_position() {
    event_refused(
        "0.000 \"\"\n      \"a\"",
        "7: expected no empty literal beside another one",
    );
    event_refused(
        "@0.000 after \"\"\n  \"b\" send \"b\"",
        "14: expected no empty literal beside another one",
    );
    let text = "after \"a\"\n  \"b\" send \"c\"\n@1 \"d\"\n  \"e\"\n";
    let error = text.parse::<Script>().unwrap_err().to_string();
    assert_eq!(
        error,
        "line 3, column 4: expected something done to the program: `press`, `type`, `send`, `resize`, `signal`, `eof` or what `docs/scripts.md` has besides"
    );
}

#[test]
fn a_wrong_order_is_refused() {
    let late = "line 5, column 1: this instant is earlier than the one above it";
    refused(&format!("{HEAD}@2.000 \"a\"\n@1.000 exit 0\n"), late);
    refused(
        &format!("{HEAD}@1.000 exit 0\n0.000 \"a\"\n"),
        "line 5, column 1: expected nothing after the end of the run",
    );
    let cut = "the recording has no end (`exit`, `killed` or `stopped`): it was cut short";
    refused(
        &format!("{HEAD}0.000 \"a\"\n"),
        &format!("line 5, column 1: {cut}"),
    );
    refused(HEAD, &format!("line 4, column 1: {cut}"));
    let channel = "event 1 cannot happen on this channel (`stderr` belongs to a pipe; a screen, keys and `resize` to a pty)";
    refused(
        &format!("{HEAD}@0.000 resize 1x1\n@1.000 exit 0\n"),
        &format!("line 4, column 1: {channel}"),
    );
}

#[test]
fn what_decodes_to_too_much_is_refused_before_it_is_allocated() {
    let limit = |count: &str| {
        transcript::parse(
            &format!("{HEAD}0.000 \"ab\"*{count}\n@1.000 exit 0\n"),
            1_000,
        )
    };
    assert!(limit("500").is_ok());
    for count in ["501", "99999999999", "99999999999999999999999999"] {
        let error = limit(count).unwrap_err().to_string();
        assert_eq!(
            error,
            "line 4, column 7: the payload decodes to more than the limit of 1000 bytes"
        );
    }
    // The limit is one for all payloads together.
    let twice = format!("{HEAD}0.000 \"a\"*600\n0.000 \"b\"*600\n@1.000 exit 0\n");
    assert!(
        transcript::parse(&twice, 1_000)
            .unwrap_err()
            .to_string()
            .starts_with("line 5, column 7: the payload")
    );
    assert!(transcript::parse(&twice, 1_200).is_ok());
}

#[test]
fn the_page_of_the_format_shows_a_canonical_transcript_and_names_the_tables() {
    let page = crate::capture::repository_file("docs/format.md");
    let example = page.split("```text\n").nth(1).unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let recording: Recording = example.parse().unwrap();
    assert_eq!(recording.to_string(), example);
    let (major, minor, patch) = stroboscope::text::UNICODE_VERSION;
    let tables = format!("Unicode\n  {major}.{minor}.{patch}.");
    assert!(page.contains(&tables), "{tables}");
}

#[test]
fn a_byte_order_mark_is_named_and_a_script_may_have_one() {
    let text = "\u{feff}transcript: 1\nchannel: pipe\n\n@0.000 exit 0\n";
    let error = text.parse::<Recording>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 1, column 1: expected `transcript: 1` at the start of the file, and before it no byte order mark (U+FEFF), which some editors add"
    );
    let script: Script = "\u{feff}press Enter\n".parse().unwrap();
    assert_eq!(script.steps().len(), 1);
}
