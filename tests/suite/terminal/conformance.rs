//! Screens of public suites, which lie beside the repository where they are known. They are other projects' data.

use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};
use stroboscope::terminal::Terminal;

/// Those whose expectation is not met, each with the reason, and how many are met. None may be added.
const EXCEPTIONS: &str = include_str!("conformance/exceptions.txt");

fn number(value: &Value) -> u16 {
    u16::try_from(value.as_u64().unwrap()).unwrap()
}

fn played(case: &Value) -> Terminal {
    let mut terminal =
        Terminal::new(number(&case["columns"]), number(&case["rows"])).with_scrollback(1000);
    for step in case["ops"].as_array().unwrap() {
        if let Some(hex) = step["feed"].as_str() {
            let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
            terminal.feed(&(0..hex.len()).step_by(2).map(byte).collect::<Vec<u8>>());
        } else {
            terminal.resize(number(&step["resize"][0]), number(&step["resize"][1]));
        }
    }
    terminal
}

/// Whether a terminal is as a case expects it.
fn is_met(case: &Value, terminal: &Terminal) -> bool {
    let text = terminal.visible_text();
    let row = |row: &str| {
        text.get(row.parse::<usize>().unwrap())
            .map_or("", String::as_str)
    };
    let rows = case["want_rows"].as_object().is_none_or(|rows| {
        rows.iter()
            .all(|(at, want)| want.as_str().unwrap().trim_end_matches(' ') == row(at))
    });
    let cursor = case["want_cursor"].as_array().is_none_or(|want| {
        let cursor = terminal.cursor();
        // Some count a cursor that waits after a full row in the column behind it.
        let columns = [cursor.column, cursor.column + u16::from(cursor.wraps)];
        number(&want[0]) == cursor.row && columns.contains(&number(&want[1]))
    });
    let cells = case["want_cells"].as_array().is_none_or(|cells| {
        cells.iter().all(|cell| {
            let character = terminal.character(number(&cell[0]), number(&cell[1]));
            cell[2].as_str().unwrap().trim() == character.trim()
        })
    });
    let rectangle = case["rect"].as_array().is_none_or(|ends| {
        let [top, left, bottom, right] = [0, 1, 2, 3].map(|index| number(&ends[index]));
        let line = |row| {
            let cells = (left..right).map(|column| terminal.character(row, column));
            cells.collect::<String>().trim_end_matches(' ').to_owned()
        };
        let lines: Vec<String> = (top..bottom).map(line).collect();
        lines.join("\n").trim_end() == case["text"].as_str().unwrap().trim_end()
    });
    rows && cursor && cells && rectangle
}

#[test]
fn the_screens_of_public_suites_are_drawn_but_for_known_exceptions() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance/screens.jsonl");
    if !crate::requirement::is_met("conformance", file.is_file()) {
        return;
    }
    let cases = fs::read_to_string(file).unwrap();
    let mut tally: BTreeMap<String, [u32; 2]> = BTreeMap::new();
    let mut failed = BTreeSet::new();
    for line in cases.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let suite = tally
            .entry(case["suite"].as_str().unwrap().to_owned())
            .or_default();
        suite[1] += 1;
        if is_met(&case, &played(&case)) {
            suite[0] += 1;
        } else {
            failed.insert(case["id"].as_str().unwrap().to_owned());
        }
    }
    let lines = EXCEPTIONS.lines();
    let known = lines.filter(|line| !line.is_empty() && !line.starts_with(['#', '=']));
    let known: BTreeSet<String> = known.map(str::to_owned).collect();
    assert_eq!(failed, known);
    let counts = EXCEPTIONS
        .lines()
        .filter_map(|line| line.strip_prefix("= "));
    let counted: Vec<String> = tally
        .iter()
        .map(|(suite, [met, all])| format!("{suite} {met} of {all}"))
        .collect();
    assert_eq!(counted, counts.collect::<Vec<&str>>());
}
