//! Arbitrary recordings: every kind of event, every awkward byte.

use proptest::{collection::vec, option, prelude::*, sample::select};
use std::{ffi::OsString, os::unix::ffi::OsStringExt, path::PathBuf, time::Duration};
use stroboscope::recording::{
    After, Answers, Channel, Clock, End, Event, EventKind, Header, Input, Key, Level, Machine,
    Mask, Masked, MouseButton, Network, Position, Precision, Recording, ScreenText, Seed, Signal,
    StopReason, Visible, Wait, WheelDirection,
};

/// Bytes made of what terminals and transcripts stumble over, joined in any order.
pub fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let awkward = select(vec![
        &b"\n"[..],
        b"\r",
        b"\r\n",
        b"\x08",
        b"\t",
        b"\0",
        b"\x7f",
        b"\x1b",
        b"\x1b[2J",
        b"\x1b[1A",
        b"\x1b[31m",
        b"\x1b[12;4H",
        b"\x1b[?25l",
        b"\x1b]0;t\x07",
        b"\"",
        b"\\",
        b"*",
        b"<n>",
        b" ",
        b"---\n",
        b"\xff",
        b"\xe2\x82",
        b"\x80",
        b"\xc2\x9b",
        b"\xf0\x9f\x98\x80",
        "e\u{301}".as_bytes(),
        "\u{301}".as_bytes(),
        "\u{202e}".as_bytes(),
        "\u{2028}".as_bytes(),
        "\u{a0}".as_bytes(),
        "\u{fe0f}".as_bytes(),
        "\u{2800}".as_bytes(),
        "中文".as_bytes(),
        "│─".as_bytes(),
        b"\xed\xa0\x80",
    ])
    .prop_map(<[u8]>::to_vec);
    let run = (awkward.clone(), 1_usize..90).prop_map(|(unit, count)| unit.repeat(count));
    let plain = "[ -~]{0,20}".prop_map(String::into_bytes);
    let lines =
        ("[ -~]{0,4}\r?\n", 60_usize..70).prop_map(|(line, count)| line.repeat(count).into_bytes());
    let any_text = any::<String>().prop_map(String::into_bytes);
    let piece = prop_oneof![4 => awkward, 2 => run, 3 => plain, 1 => lines, 1 => any_text, 1 => vec(any::<u8>(), 0..20)];
    vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn some_bytes() -> impl Strategy<Value = Vec<u8>> {
    bytes().prop_filter("a write of no bytes is no event", |bytes| !bytes.is_empty())
}

fn signal() -> impl Strategy<Value = Signal> {
    (1..=127_i32).prop_map(|number| Signal::try_from(number).unwrap())
}

fn kind(channel: &Channel) -> impl Strategy<Value = EventKind> + use<> {
    let on_a_pipe = *channel == Channel::Pipe;
    prop_oneof![
        6 => some_bytes().prop_map(EventKind::Output),
        1 => some_bytes().prop_map(move |bytes| if on_a_pipe { EventKind::Stderr(bytes) } else { EventKind::Output(bytes) }),
        1 => some_bytes().prop_map(move |bytes| if on_a_pipe { EventKind::Send(bytes) } else { EventKind::Reply(bytes) }),
        1 => bytes().prop_map(EventKind::Send),
        1 => "[A-Z][A-Z0-9_]{0,9}".prop_map(EventKind::SendSecret),
        1 => (input(), bytes()).prop_map(move |(input, bytes)| {
            if on_a_pipe { EventKind::Send(bytes) } else { EventKind::Input { input: Box::new(input), bytes } }
        }),
        1 => (visible(), any::<bool>()).prop_map(move |(visible, is_met)| {
            if on_a_pipe { EventKind::Eof } else { EventKind::Expect { visible: Box::new(visible), is_met } }
        }),
        1 => prop_oneof!["[ -~\\n]{0,9}", any::<String>()].prop_map(EventKind::Mark),
        1 => Just(EventKind::Eof),
        1 => any::<(u16, u16)>().prop_map(move |(columns, rows)| {
            if on_a_pipe { EventKind::Eof } else { EventKind::Resize { columns, rows } }
        }),
        1 => signal().prop_map(EventKind::Signal),
    ]
}

/// What is typed or pointed at.
fn input() -> impl Strategy<Value = Input> {
    let key = (
        "(C-)?(M-)?(S-)?",
        "Up|Enter|F1?[1-9]|KP[0-9.*/+-]|Space|DoubleQuote|[!#-~]|é|中",
    )
        .prop_map(|(held, key)| format!("{held}{key}").parse::<Key>().unwrap());
    let keys = vec((key, 1_usize..5), 1..5);
    let press = keys.prop_map(|keys| {
        Input::Press(
            keys.into_iter()
                .flat_map(|(key, count)| vec![key; count])
                .collect(),
        )
    });
    let text = "[ -~\n\té中\u{301}]{1,70}";
    let every = option::of((0_u64..5_000).prop_map(Duration::from_millis));
    let position = (1..=u16::MAX, 1..=u16::MAX).prop_map(|(column, row)| Position { column, row });
    let button = select(vec![
        MouseButton::Left,
        MouseButton::Middle,
        MouseButton::Right,
    ]);
    let direction = select(vec![WheelDirection::Up, WheelDirection::Down]);
    prop_oneof![
        press,
        (text, every).prop_map(|(text, every)| Input::Type { text, every }),
        text.prop_map(Input::Paste),
        (button, position.clone()).prop_map(|(button, at)| Input::Click(button, at)),
        (direction, 1..=u16::MAX, position.clone())
            .prop_map(|(direction, notches, at)| Input::Wheel(direction, notches, at)),
        (position.clone(), position).prop_map(|(from, to)| Input::Drag(from, to)),
        any::<bool>().prop_map(Input::Focus),
    ]
}

fn visible() -> impl Strategy<Value = Visible> {
    let text = "[ -~\n\u{1}é中]{1,20}".prop_map(ScreenText::new);
    let regex =
        "[a-z/ .]{1,9}(\\\\[/.\\\\])?[a-z]".prop_map(|regex| ScreenText::regex(&regex).unwrap());
    let row = option::of(1..=u16::MAX);
    let screen =
        (row, prop_oneof![text, regex]).prop_map(|(row, text)| Visible::Screen { row, text });
    let cursor = (1..=u16::MAX, 1..=u16::MAX)
        .prop_map(|(column, row)| Visible::Cursor(Position { column, row }));
    prop_oneof![3 => screen, 1 => cursor]
}

/// What has to be seen before something is done to the program.
fn after(on_a_pipe: bool) -> impl Strategy<Value = After> {
    let bytes = || some_bytes().prop_map(Wait::Bytes);
    let visible = visible().prop_map(Wait::Visible);
    let wait = prop_oneof![bytes(), Just(Wait::Quiet), visible].boxed();
    let wait = if on_a_pipe { bytes().boxed() } else { wait };
    (wait, gap()).prop_map(|(wait, delay)| After { wait, delay })
}

/// What of a write was not kept: in front of it, within it, or behind it.
fn masked(kind: EventKind) -> impl Strategy<Value = (EventKind, Vec<Masked>)> {
    let name = select(vec!["pid", "a-long_name9", "x"]);
    let part = (
        any::<prop::sample::Index>(),
        name,
        0_usize..20,
        any::<bool>(),
    );
    option::weighted(0.3, vec(part, 1..4)).prop_map(move |parts| {
        let (bytes, is_stderr) = match (&kind, parts.is_some()) {
            (EventKind::Output(bytes), true) => (bytes.clone(), false),
            (EventKind::Stderr(bytes), true) => (bytes.clone(), true),
            _ => return (kind.clone(), Vec::new()),
        };
        let mut parts = parts.unwrap_or_default();
        parts.sort_by_key(|(index, ..)| index.index(bytes.len() + 1));
        let (mut written, mut masked, mut copied) = (Vec::new(), Vec::new(), 0);
        for (index, name, columns, continues) in parts {
            let at = index.index(bytes.len() + 1);
            written.extend_from_slice(&bytes[copied..at]);
            copied = at;
            let part = Masked::new(written.len(), name, columns, continues);
            written.extend_from_slice(part.text().as_bytes());
            masked.push(part);
        }
        written.extend_from_slice(&bytes[copied..]);
        let kind = if is_stderr {
            EventKind::Stderr
        } else {
            EventKind::Output
        };
        (kind(written), masked)
    })
}

/// A mask that can be in a header.
pub fn mask() -> impl Strategy<Value = Mask> {
    let name = "[a-z][a-z0-9_-]{0,6}";
    let regex = select(vec![
        r"\d+",
        r"\[(\d+)\]",
        r"(?<part>[a-z]+) x|/(.)",
        "/a.+",
        "(?s)m.*[ -~]",
        "é|中+",
        r"\b\w{3}\b",
        "[^ ]",
        ".",
    ]);
    (name, regex, any::<bool>()).prop_map(|(name, regex, by_width)| {
        let mask = Mask::new(&name, regex).unwrap();
        if by_width { mask.by_width() } else { mask }
    })
}

fn is_done_to_program(kind: &EventKind) -> bool {
    !matches!(
        kind,
        EventKind::Output(_) | EventKind::Stderr(_) | EventKind::Reply(_) | EventKind::End(_)
    )
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        any::<u8>().prop_map(End::Exit),
        signal().prop_map(End::Killed),
        select(vec![
            StopReason::Limit,
            StopReason::VirtualLimit,
            StopReason::OutputLimit,
            StopReason::Waits,
            StopReason::Script,
            StopReason::Interrupted
        ])
        .prop_map(End::Stopped),
    ]
}

fn gap() -> impl Strategy<Value = Duration> {
    prop_oneof![
        Just(Duration::ZERO),
        (0_u64..5_000).prop_map(Duration::from_millis),
        (0_u64..5_000_000_000).prop_map(Duration::from_nanos),
        (0_u64..40_000_000).prop_map(Duration::from_secs),
    ]
}

fn channel() -> impl Strategy<Value = Channel> {
    let term = prop_oneof![Just("xterm-256color".to_owned()), any::<String>()];
    let pty = (any::<(u16, u16)>(), term).prop_map(|((columns, rows), term)| Channel::Pty {
        columns,
        rows,
        term,
    });
    prop_oneof![Just(Channel::Pipe), pty]
}

fn word() -> impl Strategy<Value = OsString> {
    prop_oneof![
        "[a-z=@/.-]{1,9}".prop_map(OsString::from),
        bytes().prop_map(OsString::from_vec)
    ]
}

fn line() -> impl Strategy<Value = String> {
    "[!-~]([ -~é中]{0,20}[!-~])?"
}

fn header() -> impl Strategy<Value = Header> {
    let clock = prop_oneof![
        Just(Clock::Real),
        (1_000_000_u64..4_000_000_000).prop_map(|nanos| Clock::Paused {
            grain: Duration::from_nanos(nanos)
        }),
        (
            1_u32..,
            select(vec![
                Precision::Milliseconds,
                Precision::Microseconds,
                Precision::Nanoseconds
            ])
        )
            .prop_map(|(law, precision)| Clock::Virtual { law, precision }),
    ];
    let name = "[A-Z_]{1,6}".prop_map(OsString::from);
    let date = (0_u64..253_402_300_800, 0_u32..1_000_000_000)
        .prop_map(|(seconds, nanos)| std::time::UNIX_EPOCH + Duration::new(seconds, nanos));
    let seed = prop_oneof![Just(Seed::None), any::<u64>().prop_map(Seed::Number)];
    let limit = (1_u64..u64::from(u32::MAX)).prop_map(Duration::from_micros);
    let level = select(vec![
        Level::Exact,
        Level::Writes,
        Level::Bytes,
        Level::Frames,
        Level::Screen,
    ]);
    let what = (
        vec(word(), 0..4),
        option::of(word().prop_map(PathBuf::from)),
        vec((name, word()), 0..3),
        channel(),
        select(vec![Answers::Terminal, Answers::None]),
        select(vec![Network::Host, Network::Inside, Network::None]),
    );
    let how = (
        option::of(clock),
        option::of(date),
        option::of(seed),
        option::of(limit),
        option::of(any::<usize>()),
        option::of(level),
        option::of(select(vec![Machine::Virtual, Machine::Host])),
    );
    let lines = || vec(line(), 0..3);
    (what, how, lines(), lines(), vec(mask(), 0..3), lines()).prop_map(
        |(
            (command, cwd, env, channel, answers, network),
            (clock, date, seed, limit, output_limit, level, machine),
            allow,
            varies,
            mask,
            note,
        )| {
            let mut header = Header::new(channel);
            (header.command, header.cwd, header.env) = (command, cwd, env);
            (header.answers, header.network) = (answers, network);
            (header.clock, header.date, header.seed) = (clock, date, seed);
            (header.limit, header.level, header.machine) = (limit, level, machine);
            (header.allow, header.varies) = (allow, varies);
            (header.mask, header.note) = (mask, note);
            header.output_limit = output_limit;
            header
        },
    )
}

/// Any recording of at most `most` events before its end.
pub fn recording(most: usize) -> impl Strategy<Value = Recording> {
    header().prop_flat_map(move |header| {
        let on_a_pipe = header.channel == Channel::Pipe;
        let after = option::weighted(0.3, after(on_a_pipe));
        let kind = kind(&header.channel).prop_flat_map(masked);
        let events = vec((gap(), after, kind), 0..=most);
        (Just(header), events, gap(), end()).prop_map(|(header, events, last, end)| {
            let mut at = Duration::ZERO;
            let mut event = |(gap, after, (kind, masked))| {
                at += gap;
                let after = Some(&kind)
                    .filter(|kind| is_done_to_program(kind))
                    .and(after);
                Event::new(at, kind).after(after).masked(masked)
            };
            let mut events: Vec<Event> = events.into_iter().map(&mut event).collect();
            events.push(event((last, None, (EventKind::End(end), Vec::new()))));
            Recording::new(header, events).unwrap()
        })
    })
}

/// Any recording of at most `most` events before its end, on screens so small that everything happens at their edges.
pub fn shown(most: usize) -> impl Strategy<Value = Recording> {
    recording(most).prop_map(|recording| {
        let mut header = recording.header().clone();
        if let Channel::Pty { columns, rows, .. } = &mut header.channel {
            (*columns, *rows) = small(*columns, *rows);
        }
        let mut events = recording.events().to_vec();
        for event in &mut events {
            if let EventKind::Resize { columns, rows } = &mut event.kind {
                (*columns, *rows) = small(*columns, *rows);
            }
        }
        Recording::new(header, events).unwrap()
    })
}

fn small(columns: u16, rows: u16) -> (u16, u16) {
    (columns % 24, rows % 7)
}
