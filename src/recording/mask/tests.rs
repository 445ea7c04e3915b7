use super::{Mask, MaskKind, Masked, Written, mask};

fn new(name: &str, expression: &str) -> Mask {
    Mask::new(name, expression).unwrap()
}

/// What masks leave of writes, each with the names in it as a transcript has them.
fn masked(masks: &[Mask], writes: &[&str]) -> Vec<String> {
    let mut written: Vec<_> = writes
        .iter()
        .map(|write| Written::unmasked(write.as_bytes()))
        .collect();
    mask(masks, &[], &mut written);
    let text = |write: &Written| {
        let mut text = String::new();
        let mut end = 0;
        let rest = |range| str::from_utf8(&write.bytes[range]).unwrap();
        for part in &write.masked {
            let Masked {
                name,
                columns,
                continues,
                ..
            } = part;
            let dots = if *continues { "..." } else { "" };
            text += rest(end..part.at);
            text += &format!("<{dots}{name} {columns}>");
            end = part.end();
        }
        text + rest(end..write.bytes.len())
    };
    written.iter().map(text).collect()
}

#[track_caller]
fn leaves(masks: &[(&str, &str)], writes: &[&str], expected: &[&str]) {
    let masks: Vec<_> = masks.iter().map(|(name, regex)| new(name, regex)).collect();
    assert_eq!(masked(&masks, writes), expected);
}

#[test]
fn a_whole_match_is_masked_or_what_its_groups_match() {
    leaves(&[("pid", r"\[\d+\]")], &["a [123] b"], &["a <pid 5> b"]);
    leaves(&[("pid", r"\[(\d+)\]")], &["a [123] b"], &["a [<pid 3>] b"]);
    leaves(
        &[("job", r"(?<pid>\d+) took (?<time>\S+)(?: again)?")],
        &["job 12 took 3.5s again"],
        &["job <pid 2> took <time 4> again"],
    );
    leaves(&[("a", "(b(c))|(d)")], &["bcd"], &["<a 2><a 1>"]);
}

#[test]
fn a_line_has_its_own_ends() {
    let mask = [("n", r"^(\d+)$")];
    leaves(
        &mask,
        &["1\r\n22\n3\r44 x\r\n"],
        &["<n 1>\r\n<n 2>\n<n 1>\r44 x\r\n"],
    );
    leaves(&[("n", "a.*")], &["ab\r\ncd\r\n"], &["<n 2>\r\ncd\r\n"]);
}

#[test]
fn a_match_in_several_writes_is_cut_where_they_are() {
    leaves(
        &[("pid", r"\d+")],
        &["a1", "23", "4b", "5"],
        &["a<pid 1>", "<...pid 2>", "<...pid 1>b", "<pid 1>"],
    );
    let mut written = ["é", "x"].map(|text| Written::unmasked(text.as_bytes()));
    let byte = written[0].bytes.pop().unwrap();
    written[1].bytes.insert(0, byte);
    mask(&[new("w", "éx")], &[], &mut written);
    let columns = written.map(|write| write.masked[0].columns);
    assert_eq!(columns, [0, 2], "a character is where it ends");
}

#[test]
fn a_control_sequence_is_neither_text_nor_masked() {
    let pid = [("pid", r"pid \d+")];
    leaves(
        &pid,
        &["pid \x1b[1m12\x1b[0m3 x"],
        &["<pid 4>\x1b[1m<...pid 2>\x1b[0m<...pid 1> x"],
    );
    // A move of the cursor is no color.
    leaves(&pid, &["pid\x1b[5G 12"], &["pid\x1b[5G 12"]);
    let number = [("number", r"\d+")];
    leaves(
        &number,
        &["\x1b[12;34H5\x1b[38;5;6m"],
        &["\x1b[12;34H<number 1>\x1b[38;5;6m"],
    );
    leaves(&number, &["\x1b[12", ";3m4"], &["\x1b[12", ";3m<number 1>"]);
    leaves(
        &[("s", "(?s)a.*z")],
        &["ab\r\n\tz"],
        &["<s 2>\r\n\t<...s 1>"],
    );
}

#[test]
fn what_a_string_tells_the_terminal_is_masked_and_a_color_is_not() {
    let number = [("number", r"\d+")];
    leaves(
        &number,
        &["\x1b]0;pid 12\x07 3"],
        &["\x1b]0;pid <number 2>\x07 <number 1>"],
    );
    leaves(
        &[("path", r"/tmp/\w+")],
        &["\x1b]8;;file:///tmp/a1\x1b\\/tmp/b\x1b]8;;\x1b\\"],
        &["\x1b]8;;file://<path 7>\x1b\\<path 6>\x1b]8;;\x1b\\"],
    );
    leaves(
        &number,
        &["\x1b]4;1;rgb:10/20/30\x077"],
        &["\x1b]4;1;rgb:10/20/30\x07<number 1>"],
    );
}

#[test]
fn the_first_mask_has_what_several_match() {
    let masks = [("pid", r"\d+"), ("path", r"/\S+")];
    leaves(
        &masks,
        &["/tmp/12.x 3"],
        &["<path 5><pid 2><...path 2> <pid 1>"],
    );
    let masks = [masks[1], masks[0]];
    leaves(&masks, &["/tmp/12.x 3"], &["<path 9> <pid 1>"]);
}

#[test]
fn columns_are_those_of_a_terminal() {
    leaves(&[("w", r"<(.*)>")], &["<a中e\u{301}>"], &["<<w 4>>"]);
}

#[test]
fn what_stands_for_a_mask_is_as_wide() {
    let text = |columns, continues| Masked::new(0, "pid", columns, continues).text();
    assert_eq!(text(5, false), "<pid>");
    assert_eq!(text(7, false), "<pid>  ");
    assert_eq!(text(2, false) + &text(3, true), "<pid>");
    assert_eq!(text(0, false), "");
}

#[track_caller]
fn refused(text: &str, expected: &str) {
    assert_eq!(text.parse::<Mask>().unwrap_err().to_string(), expected);
}

#[test]
fn what_is_no_mask_is_refused_with_the_place() {
    refused(
        r"pid=/\[(\d+\]/",
        r"the mask `pid`: found open group without closing ')', at character 3 of /\[(\d+\]/",
    );
    refused(
        "n=/a[z-b]c/",
        "the mask `n`: invalid range in character class, at character 2 of /a[z-b]c/",
    );
    refused(
        "n=/\\d*/",
        "the mask `n` also matches where there is nothing: use `+` for `*`",
    );
    refused(
        "n=/\\b/",
        "the mask `n` also matches where there is nothing: use `+` for `*`",
    );
    refused(
        "9=/a/",
        "`9` is no name of a mask: it has letters, digits, `_` and `-`, and begins with a letter",
    );
    let kinds = "pid, path, uuid, date, time, duration, version, hex, number";
    for text in ["pit", "pid=a", "pid=/a", "pid=/"] {
        refused(
            text,
            &format!("`{text}` is no mask: write NAME=/REGEX/, or one of {kinds}"),
        );
    }
    refused(
        "n=/a\tb/",
        "the mask `n` is not one line of printable text: write the rest as `\\x{…}`",
    );
}

#[test]
fn a_mask_is_read_as_it_is_written() {
    for (text, written) in [
        (r"pid=/\[(\d+)\]/", r"pid /\[(\d+)\]/"),
        ("path=//tmp/x/ width", r"path /\/tmp\/x/ width"),
        (r"path=/\/tmp/", r"path /\/tmp/"),
        ("number", r"number /\d+(?:\.\d+)?/"),
        ("number width", r"number /\d+(?:\.\d+)?/ width"),
    ] {
        let mask: Mask = text.parse().unwrap();
        assert_eq!(mask.to_string(), written);
        assert_eq!(written.parse(), Ok(mask));
    }
}

/// What a kind leaves of a text.
#[track_caller]
fn kind_leaves(name: &str, text: &str, expected: &str) {
    let mask = MaskKind::named(name).unwrap().mask();
    let masked = masked(&[mask], &[text]).concat();
    let mut bare = String::new();
    let mut is_digit_of_mask = false;
    for character in masked.chars() {
        match character {
            ' ' if bare.ends_with(&format!("<{name}")) => is_digit_of_mask = true,
            '>' => {
                is_digit_of_mask = false;
                bare.push('>');
            }
            _ if is_digit_of_mask => {}
            _ => bare.push(character),
        }
    }
    assert_eq!(bare, expected, "of {text:?}");
}

#[test]
fn a_kind_finds_what_it_is_named_for() {
    kind_leaves(
        "pid",
        "[4711] up, pid 12, PID: 13",
        "[<pid>] up, pid <pid>, PID: <pid>",
    );
    kind_leaves(
        "path",
        "to /tmp/tmp.Xy12, not and/or",
        "to <path>, not and/or",
    );
    kind_leaves("path", "(see \"/var/log/x y\")", "(see \"<path> y\")");
    kind_leaves("path", "http://host/a 1/2", "http://host/a 1/2");
    kind_leaves(
        "uuid",
        "id 123e4567-e89b-12d3-a456-426614174000.",
        "id <uuid>.",
    );
    for date in ["2026-11-26", "2026/11/26", "Thu Nov 26", "Nov  6"] {
        kind_leaves("date", &format!("on {date}: x"), "on <date>: x");
    }
    kind_leaves(
        "date",
        "Thu Nov 26 23:22:37 UTC 2026",
        "<date> 23:22:37 UTC <date>",
    );
    kind_leaves("date", "Thu, 26 Nov 2026", "<date> <date>");
    kind_leaves("date", "2026-11-26T23:22:37Z", "<date>T23:22:37Z");
    kind_leaves("date", "Mayhem 2026", "Mayhem 2026");
    kind_leaves(
        "time",
        "at 23:22:37.5, 9:05 and 2026-11-26T23:22:37Z",
        "at <time>, <time> and 2026-11-26T<time>Z",
    );
    kind_leaves(
        "duration",
        "in 1.5s or 20 ms, 3 min",
        "in <duration> or <duration>, <duration>",
    );
    kind_leaves(
        "version",
        "v1.2 and 1.2.3-rc.1, pi 3.14",
        "<version> and <version>, pi 3.14",
    );
    kind_leaves("hex", "0x7FfD, 39634d1 and cafe", "<hex>, <hex> and cafe");
    kind_leaves("number", "a1 2.5%", "a<number> <number>%");
}
