//! The book's programs under harnesses that are not ours: `assert_cmd` on pipes, rexpect on a terminal. What these see is
//! the stream of the book, so it does not rest on our capture alone.

use crate::{
    bounded::LIMIT,
    capture::spinner,
    oracle::{TASK, THREAD, onlcr, stream},
};
use rexpect::process::{PtyProcess, WaitStatus};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};
use std::{fs::File, io::Read};

const STYLES: [(&[&str], &str); 2] = [
    (&["thread", "--paused"], THREAD),
    (&["async", "--paused", "--source", "spinner.py:6"], TASK),
];
/// Three seconds at ten frames a second.
const FRAMES: usize = 30;
const MESSAGE: &str = "thinking!";

#[test]
fn on_pipes_the_book_is_reproduced_byte_for_byte() {
    for (arguments, header) in STYLES {
        assert_cmd::Command::from_std(spinner(arguments))
            .timeout(LIMIT)
            .assert()
            .success()
            .stderr("")
            .stdout(stream(header, MESSAGE, FRAMES));
    }
}

#[test]
fn on_a_terminal_the_book_is_reproduced_byte_for_byte() {
    for (arguments, header) in STYLES {
        let mut process = PtyProcess::new(spinner(arguments)).unwrap();
        process.set_kill_timeout(Some(1000));
        let mut terminal = process.get_file_handle().unwrap();
        let expected = onlcr(&stream(header, MESSAGE, FRAMES));
        assert_eq!(
            all_of(&mut terminal).escape_ascii().to_string(),
            expected.escape_ascii().to_string()
        );
        assert!(matches!(process.wait(), Ok(WaitStatus::Exited(_, 0))));
    }
}

/// What a terminal receives until its program has ended.
fn all_of(terminal: &mut File) -> Vec<u8> {
    let limit = Timespec::try_from(LIMIT).unwrap();
    let (mut received, mut bytes) = (Vec::new(), [0; 4096]);
    loop {
        let ready = poll(&mut [PollFd::new(&*terminal, PollFlags::IN)], Some(&limit)).unwrap();
        assert_eq!(
            ready,
            1,
            "no end after {:?}",
            received.escape_ascii().to_string()
        );
        match terminal.read(&mut bytes) {
            // Linux says so when the last descriptor of the other side is closed.
            Err(error) if error.raw_os_error() == Some(Errno::IO.raw_os_error()) => {
                return received;
            }
            Ok(0) => return received,
            Ok(count) => received.extend(&bytes[..count]),
            Err(error) => panic!("{error}"),
        }
    }
}
