//! Asks its terminal, as libraries for terminal programs do at their start, and prints what it answers, and when.

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    stdio::stdin,
    termios::{OptionalActions, tcgetattr, tcsetattr},
};
use std::{
    env,
    io::{Write, stdout},
    time::Instant,
};

/// What is asked, and how the answer ends.
const QUESTIONS: [(&str, &str, u8); 5] = [
    ("position", "\x1b[3;5H\x1b[6n", b'R'),
    ("attributes", "\x1b[c", b'c'),
    ("background", "\x1b]11;?\x1b\\", b'\\'),
    ("keyboard", "\x1b[>1u\x1b[?u\x1b[<u", b'u'),
    ("bracketed paste", "\x1b[?2004$p", b'y'),
];

/// How long it waits for an answer.
const TIMEOUT: Timespec = Timespec {
    tv_sec: 1,
    tv_nsec: 0,
};

pub fn main() {
    let before = tcgetattr(stdin()).unwrap();
    let mut raw = before.clone();
    raw.make_raw();
    tcsetattr(stdin(), OptionalActions::Now, &raw).unwrap();
    match env::args().nth(2).and_then(|count| count.parse().ok()) {
        // All questions first, and the answers to all of them then.
        Some(count) => {
            let begun = Instant::now();
            print(&"\x1b[6n".repeat(count));
            let mut answers = 0;
            while answers < count {
                let bytes = read::<512>().unwrap_or_default();
                answers += bytes.split(|byte| *byte == b'R').count() - 1;
            }
            let seconds = begun.elapsed().as_secs();
            print(&format!("{answers} answers in {seconds} s\r\n"));
        }
        None => QUESTIONS.iter().for_each(|question| ask(*question)),
    }
    tcsetattr(stdin(), OptionalActions::Now, &before).unwrap();
}

fn ask((name, question, end): (&str, &str, u8)) {
    print(question);
    match answer(end) {
        Some(answer) => print(&format!("{name}: {}\r\n", answer.escape_ascii())),
        None => print(&format!("{name}: no answer\r\n")),
    }
}

fn print(text: &str) {
    stdout().write_all(text.as_bytes()).unwrap();
    stdout().flush().unwrap();
}

/// The bytes up to the one that ends an answer.
fn answer(end: u8) -> Option<Vec<u8>> {
    let mut answer = Vec::new();
    while answer.last() != Some(&end) {
        answer.extend(read::<1>()?);
    }
    Some(answer)
}

/// At most `LEN` bytes; none if there are none for a second.
fn read<const LEN: usize>() -> Option<Vec<u8>> {
    let mut input = [PollFd::from_borrowed_fd(stdin(), PollFlags::IN)];
    if poll(&mut input, Some(&TIMEOUT)).unwrap() == 0 {
        return None;
    }
    let mut bytes = [0; LEN];
    let len = rustix::io::read(stdin(), &mut bytes).unwrap();
    Some(bytes[..len].to_vec())
}
