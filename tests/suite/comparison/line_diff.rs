//! The line diff of two transcripts, as text and in colour.

use super::{PIPE, PTY, recording};
use stroboscope::comparison::line_diff;
use stroboscope::recording::Level;

const LEFT: &str = r#"0.000 "a"
0.100 "b"
0.100 "c"
0.100 "d"
0.100 "e"
@0.400 exit 0"#;

#[test]
fn three_equal_lines_stand_around_a_change() {
    check(
        &LEFT.replace("0.100 \"e\"", "0.050 \"e\"\n0.050 \"f\""),
        r#"@@ -5,5 +5,6 @@
 0.100 "b"
 0.100 "c"
 0.100 "d"
-0.100 "e"
+0.050 "e"
+0.050 "f"
 @0.400 exit 0
"#,
    );
}

#[test]
fn the_same_transcripts_have_no_diff() {
    check(LEFT, "");
}

#[test]
fn colour_is_the_only_difference_of_the_coloured_text() {
    let right = LEFT.replace("exit 0", "exit 1");
    let diff = line_diff(
        &recording(PIPE, LEFT),
        &recording(PIPE, &right),
        Level::Exact,
    );
    assert_eq!(
        diff.colored(),
        "\x1b[36m@@ -6,4 +6,4 @@\x1b[0m
 0.100 \"c\"
 0.100 \"d\"
 0.100 \"e\"
\x1b[31m-@0.400 exit 0\x1b[0m
\x1b[32m+@0.400 exit 1\x1b[0m
"
    );
}

#[track_caller]
fn check(right: &str, text: &str) {
    let diff = line_diff(
        &recording(PIPE, LEFT),
        &recording(PIPE, right),
        Level::Exact,
    );
    assert_eq!(diff.to_string(), text);
}

/// Nobody reads the joined bytes of two screens.
#[test]
fn at_the_level_of_the_screen_its_rows_are_compared() {
    let run = |word: &str| {
        let events = format!("0.000 \"\\e[31mone\\e[0m\" \"\\e[5;1H{word}\"\n@0.000 exit 0");
        recording(PTY, &events)
    };
    let diff = line_diff(&run("old"), &run("new"), Level::Screen).to_string();
    // Column and row, from 1.
    let cursor = "cursor 4,5";
    assert_eq!(
        diff,
        format!("@@ -2,6 +2,6 @@\n \n \n \n-old\n+new\n {cursor}\n exit 0\n")
    );
}
