//! How much is sent at once, and that it has arrived when `await_arrival` says so, checked against a real terminal.

use super::{CAPACITY, Delivery, Input, MARKED, Modes, Next, PIECE, SpecialCodeIndex};
use rustix::{
    io::{ioctl_fionbio, ioctl_fionread},
    pty::{OpenptFlags, ioctl_tiocgptpeer, openpt, unlockpt},
    termios::{InputModes, LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr},
};
use std::{
    fs::File,
    hint,
    io::{ErrorKind, Read, Write},
    os::fd::AsFd,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

const ECHOING: LocalModes = LocalModes::ICANON
    .union(LocalModes::ECHO)
    .union(LocalModes::ISIG);
const SILENT: LocalModes = LocalModes::ICANON.union(LocalModes::ISIG);

fn modes(local: LocalModes) -> Modes {
    Modes {
        local,
        input: InputModes::ICRNL | InputModes::IXON,
        codes: vec![
            (SpecialCodeIndex::VINTR, 3),
            (SpecialCodeIndex::VEOF, 4),
            (SpecialCodeIndex::VSTART, 17),
            (SpecialCodeIndex::VSTOP, 19),
            (SpecialCodeIndex::VLNEXT, 22),
            (SpecialCodeIndex::VERASE, 127),
        ],
        is_stopped: false,
    }
}

/// What is sent of `bytes` with this many bytes readable, and this many in no complete line.
fn next(modes: &Modes, readable: usize, unended: usize, bytes: &[u8]) -> Next {
    let input = Input {
        modes,
        is_readable: readable > 0,
        readable,
        unended,
        last: None,
    };
    input.next(bytes)
}

fn shown(len: usize) -> Next {
    Next::Send {
        len,
        is_visible: true,
    }
}

#[test]
fn a_piece_fits_one_buffer_and_the_free_space() {
    let long = [b'x'; 3000];
    for local in [ECHOING, LocalModes::ECHO] {
        let modes = modes(local);
        assert_eq!(next(&modes, 0, 0, &long), shown(PIECE));
        assert_eq!(next(&modes, CAPACITY - PIECE, 0, &long), shown(PIECE));
        assert_eq!(next(&modes, CAPACITY - PIECE + 1, 0, &long), Next::Hold);
        assert_eq!(next(&modes, CAPACITY - 2, 0, b"xx"), shown(2));
    }
    let mut marks = modes(ECHOING);
    marks.input |= InputModes::PARMRK;
    assert_eq!(next(&marks, 0, 0, &long), shown(PIECE / MARKED));
}

#[test]
fn an_incomplete_line_takes_space_beside_lines_that_can_be_read() {
    let modes = modes(ECHOING);
    assert_eq!(next(&modes, 100, CAPACITY - 102, b"xx"), shown(2));
    assert_eq!(next(&modes, 100, CAPACITY - 101, b"xx"), Next::Hold);
    // A line alone may overflow, but only up to its end.
    assert_eq!(next(&modes, 0, CAPACITY, b"xx"), shown(2));
    assert_eq!(next(&modes, 0, CAPACITY, b"xx\rxx"), shown(3));
}

#[test]
fn a_piece_without_wake_up_or_echo_is_held_until_lines_are_read() {
    let (silent, echoing) = (modes(SILENT), modes(ECHOING));
    assert_eq!(next(&silent, 5, 0, b"x"), Next::Hold);
    assert_eq!(next(&silent, 0, 0, b"x"), shown(1));
    assert_eq!(next(&silent, 5, 0, b"x\r"), shown(2));
    assert_eq!(next(&silent, 5, 0, b"\x04"), shown(1));
    // Quoted, it does not end the line.
    assert_eq!(next(&silent, 5, 0, b"\x16\r"), Next::Hold);
    assert_eq!(next(&echoing, 5, 0, b"x"), shown(1));
    // There may be nothing to erase.
    assert_eq!(next(&echoing, 5, 0, b"\x7f"), Next::Hold);
    let mut stopped = modes(ECHOING);
    stopped.is_stopped = true;
    assert_eq!(next(&stopped, 5, 0, b"x"), Next::Hold);
}

#[test]
fn signals_and_flow_control_are_never_held() {
    let mut modes = modes(SILENT);
    let unsure = Next::Send {
        len: 1,
        is_visible: false,
    };
    assert_eq!(next(&modes, 5, 0, b"\x03"), shown(1));
    assert_eq!(next(&modes, 5, 0, b"\x11"), unsure);
    modes.local |= LocalModes::NOFLSH;
    assert_eq!(next(&modes, 5, 0, b"\x03"), unsure);
}

/// Types pieces on a terminal with unread input while other threads compete for every processor, and checks after each
/// piece that all of it has arrived.
#[track_caller]
fn arrive(set: impl Fn(&mut Termios), piece: &[u8], echo: &[u8], readable: usize) {
    // Without the wait, about one in a hundred pieces arrives late.
    let rounds = std::env::var("STROBE_SOAK").map_or(40, |_| 400);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    hint::spin_loop();
                }
            });
        }
        let arrived = (0..rounds).all(|_| arrives(&set, piece, echo, readable));
        done.store(true, Ordering::Relaxed);
        assert!(arrived);
    });
}

fn arrives(set: impl Fn(&mut Termios), piece: &[u8], echo: &[u8], readable: usize) -> bool {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
    let master = openpt(flags).unwrap();
    unlockpt(&master).unwrap();
    let slave = ioctl_tiocgptpeer(&master, flags).unwrap();
    let mut termios = tcgetattr(&slave).unwrap();
    set(&mut termios);
    tcsetattr(&slave, OptionalActions::Now, &termios).unwrap();
    ioctl_fionbio(&master, true).unwrap();
    let mut master = File::from(master);
    let mut delivery = Delivery::new(slave.as_fd()).unwrap();
    let mut send = |bytes: &[u8]| {
        let next = delivery.piece(master.as_fd(), slave.as_fd(), bytes);
        let next = next.unwrap().unwrap();
        assert_eq!(next.len, bytes.len());
        master.write_all(bytes).unwrap();
        let has_arrived = delivery.await_arrival(master.as_fd(), slave.as_fd(), &next);
        // A read that finds nothing waits for the worker that delivers the echo.
        let mut echoed = Vec::new();
        let end = master.read_to_end(&mut echoed).unwrap_err();
        assert_eq!(end.kind(), ErrorKind::WouldBlock);
        (has_arrived.unwrap(), echoed)
    };
    send(b"\r");
    (1..=10).all(|count| {
        let (has_arrived, echoed) = send(piece);
        let arrived = ioctl_fionread(&slave).unwrap();
        has_arrived && echoed == echo && arrived == (1 + count * readable) as u64
    })
}

#[test]
fn lines_and_their_echo_have_arrived() {
    let piece = b"some words and more\r".repeat(5);
    let echo = b"some words and more\r\n".repeat(5);
    arrive(|_| {}, &piece, &echo, piece.len());
}

#[test]
fn lines_without_an_echo_have_arrived() {
    let silent = |termios: &mut Termios| termios.local_modes -= LocalModes::ECHO;
    arrive(silent, b"some words\rand more\r", b"", 20);
}

#[test]
fn raw_bytes_have_arrived() {
    arrive(Termios::make_raw, b"some words", b"", 10);
}

#[test]
fn an_incomplete_line_has_arrived_when_its_echo_has() {
    arrive(|_| {}, b"some words", b"some words", 0);
}
