//! `strobe play`: shows recordings in the terminal, in recorded time.

use crate::{
    canvas::{self, Look, SEPARATOR, SEPARATOR_COLUMNS, Window, seconds, text_line},
    input::{self, SizeArgs},
    tty::{self, Input, Key, Tty},
};
use clap::Args;
use player::{NORMAL, Player, Track};
use std::{
    error::Error,
    io,
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};
use stroboscope::{
    comparison::by_name,
    recording::Recording,
    settings::values::{duration, instant},
    transcript,
};

mod player;

/// What the keys do, as `?` shows it.
const KEYS: [&str; 14] = [
    "space         pause, and go on; at the end begin anew",
    ". and ,       one frame on, one frame back",
    "right, left   a second on, a second back",
    "+ and -       twice as fast, half as fast",
    "Home, End     to the start, to the end",
    "l             play again and again, or not",
    "",
    "d and D       to the next difference, to the one before (two files)",
    "f             side by side, or one after another in the same place (two files)",
    "m             mark what differs, or not (two files)",
    "",
    "arrows up and down, [ and ]   move what is shown of a screen that is cropped",
    "?             show these keys, or not",
    "q             quit",
];

/// How long each of two screens is shown where they flicker.
const FLICKER: Duration = Duration::from_millis(500);
/// How many characters of a payload the last line has at most.
const EXCERPT: usize = 200;
/// The least time between two drawings.
const LEAST: Duration = Duration::from_millis(10);

#[derive(Args, Debug)]
#[command(after_long_help = "\
The screens are drawn from the recording, and nothing of it reaches the terminal as it was written. The \
last line shows the instant, and the last event with its bytes as in the transcript. What does not fit \
into the terminal is cropped, and the last line says so.

Keys: space pauses, `.` and `,` go one frame on and back, arrows a second, `+` and `-` change the speed, \
`d` goes to the next difference of two files, `f` lets them flicker, `?` lists all, `q` quits.

Examples:
  Play a transcript twice as fast, with waits of at most a second:
    strobe play build.strobe --speed 2 --idle-limit 1s

  Look at what has changed, side by side:
    strobe play build.strobe build.strobe.new")]
pub struct PlayArgs {
    /// A transcript or anything else that `strobe show` reads, or two of them to compare
    #[arg(value_name = "FILE", required = true, num_args = 1..=2)]
    files: Vec<PathBuf>,
    /// Play so many times as fast
    #[arg(long, value_name = "FACTOR", default_value = "1", value_parser = pace)]
    speed: u32,
    /// Begin at this instant
    #[arg(long, value_name = "INSTANT", value_parser = instant, default_value = "0s")]
    from: Duration,
    /// End at this instant, and not where the recording ends
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    to: Option<Duration>,
    /// Skip what is left of a wait after this much of it
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    idle_limit: Option<Duration>,
    /// Play again and again
    #[arg(long = "loop")]
    repeats: bool,
    #[command(flatten)]
    size: SizeArgs,
}

/// A speed in thousandths.
fn pace(text: &str) -> Result<u32, String> {
    let wanted = || "it must be a number from 0.001 to 1000, such as `0.5` or `2`".to_owned();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() > 4 || fraction.len() > 3 || !digits(whole) || !digits(fraction) {
        return Err(wanted());
    }
    let pace: u32 = format!("{whole}{fraction:0<3}")
        .parse()
        .map_err(|_| wanted())?;
    Some(pace)
        .filter(|pace| (1..=1_000_000).contains(pace))
        .ok_or_else(wanted)
}

/// Plays one recording or two.
pub fn run(options: &PlayArgs) -> Result<ExitCode, Box<dyn Error>> {
    let read = |file: &PathBuf| Ok((input::name(file), input::recording(file, options.size)?));
    if options.to.is_some_and(|to| to <= options.from) {
        return Err("`--to` is not after `--from`".into());
    }
    let recordings: Result<Vec<_>, Box<dyn Error>> = options.files.iter().map(read).collect();
    let recordings = recordings?;
    if !tty::is_there() {
        return Err(
            "play needs a terminal; `strobe show --as frames` prints what would be shown".into(),
        );
    }
    let mut show = Show::new(recordings, options.from, options.to);
    show.player.pace = options.speed;
    show.player.idle_limit = options.idle_limit;
    show.player.repeats = options.repeats;
    let mut tty = Tty::open()?;
    let played = show.play(&mut tty);
    drop(tty);
    crate::signals::release();
    played?;
    Ok(ExitCode::SUCCESS)
}

/// One recording or two, as they are shown.
pub struct Show {
    names: Vec<String>,
    player: Player,
    /// Two recordings in the same place: which one is shown.
    flicker: Option<usize>,
    marks: bool,
    shows_keys: bool,
    /// The corner of what is shown of screens that are too large.
    corner: (usize, usize),
    message: &'static str,
    look: Look,
}

impl Show {
    pub fn new(
        mut recordings: Vec<(String, Recording)>,
        from: Duration,
        to: Option<Duration>,
    ) -> Show {
        if let [(_, left), (_, right)] = &mut recordings[..] {
            let (old, new) = by_name(left, right);
            (*left, *right) = (old.into_owned(), new.into_owned());
        }
        let (names, tracks) = recordings
            .into_iter()
            .map(|(name, recording)| (name, Track::new(recording)))
            .unzip();
        Show {
            names,
            player: Player::new(tracks, from, to),
            flicker: None,
            marks: true,
            shows_keys: false,
            corner: (0, 0),
            message: "",
            look: Look::of_terminal(),
        }
    }

    /// Plays until the person quits, or strobe is asked to end.
    pub fn play(&mut self, tty: &mut Tty) -> io::Result<()> {
        let mut flickered = Instant::now();
        loop {
            tty.draw(self.rows(tty::size()))?;
            let drawn = Instant::now();
            let flicker = self
                .flicker
                .map(|_| FLICKER.saturating_sub(flickered.elapsed()));
            let next = self.player.until_next().map(|next| next.max(LEAST));
            let input = tty.next([flicker, next].into_iter().flatten().min())?;
            self.player.pass(drawn.elapsed());
            if let Some(shown) = self.flicker
                && flickered.elapsed() >= FLICKER
            {
                self.flicker = Some(1 - shown);
                flickered = Instant::now();
            }
            match input {
                Input::End | Input::Key(Key::Char('q') | Key::Control('c') | Key::Escape) => {
                    return Ok(());
                }
                Input::Key(key) => self.press(key),
                Input::Resized | Input::Nothing => {}
            }
        }
    }

    fn press(&mut self, key: Key) {
        self.message = "";
        let player = &mut self.player;
        let is_pair = player.tracks.len() == 2;
        match key {
            Key::Char(' ') => player.pause(),
            Key::Char('.') => player.step(),
            Key::Char(',') => player.step_back(),
            Key::Right => player.second(),
            Key::Left => player.second_back(),
            Key::Char('+' | '=') => player.faster(),
            Key::Char('-') => player.slower(),
            Key::Home => player.start(),
            Key::End => player.end(),
            Key::Char('l') => player.repeats = !player.repeats,
            Key::Char('d' | 'D' | 'f' | 'm') if !is_pair => self.message = "that takes two files",
            Key::Char('d' | 'D') if !player.has_differences() => {
                self.message = "the screens never differ";
            }
            Key::Char('d') if !player.difference() => self.message = "no difference after this",
            Key::Char('D') if !player.difference_back() => {
                self.message = "no difference before this";
            }
            Key::Char('f') => {
                self.flicker = if self.flicker.is_some() {
                    None
                } else {
                    Some(0)
                }
            }
            Key::Char('m') => self.marks = !self.marks,
            Key::Char('?') => self.shows_keys = !self.shows_keys,
            Key::Down => self.corner.1 += 1,
            Key::Up => self.corner.1 = self.corner.1.saturating_sub(1),
            Key::Char(']') => self.corner.0 += 8,
            Key::Char('[') => self.corner.0 = self.corner.0.saturating_sub(8),
            _ => {}
        }
    }

    /// All rows of a terminal of this size.
    fn rows(&mut self, (columns, rows): (usize, usize)) -> Vec<String> {
        let mut lines = Vec::new();
        let mut cropped = String::new();
        if self.shows_keys {
            lines.extend(KEYS.iter().map(|key| text_line(key, columns)));
        } else if self.player.tracks.len() == 2 {
            cropped = self.pair(columns, rows.saturating_sub(2), &mut lines);
        } else {
            let screen = self.player.tracks[0].frame(self.player.at).screen.clone();
            let (width, height) = canvas::used(&screen);
            let window = self.window((width, height), columns, rows.saturating_sub(1));
            cropped = window.cropped(width, height);
            lines = canvas::one(&screen, window, self.look);
        }
        lines.truncate(rows.saturating_sub(1));
        lines.resize(rows.saturating_sub(1), String::new());
        lines.push(format!(
            "\x1b[7m{}",
            text_line(&self.status(&cropped), columns)
        ));
        lines
    }

    /// Two screens, below their names; returns what of them is not shown.
    fn pair(&mut self, columns: usize, rows: usize, lines: &mut Vec<String>) -> String {
        let at = self.player.at;
        let [left, right] = [0, 1].map(|track| self.player.tracks[track].frame(at).screen.clone());
        let (width, height) = canvas::used_of_both(&left, &right);
        if let Some(shown) = self.flicker {
            let window = self.window((width, height), columns, rows);
            let screen = if shown == 0 { &left } else { &right };
            let title = format!("{}: {}", ["old", "new"][shown], self.names[shown]);
            lines.push(format!("\x1b[1m{}", text_line(&title, columns)));
            lines.extend(canvas::one(screen, window, self.look));
            return window.cropped(width, height);
        }
        let side = columns.saturating_sub(SEPARATOR_COLUMNS) / 2;
        let window = self.window((width, height), side, rows);
        let title =
            |which: &str, track: usize| text_line(&format!("{which}: {}", self.names[track]), side);
        lines.push(format!(
            "\x1b[1m{}{SEPARATOR}{}",
            title("old", 0),
            title("new", 1)
        ));
        lines.extend(if self.marks {
            canvas::two(&left, &right, window, self.look)
        } else {
            canvas::two_unmarked(&left, &right, window, self.look)
        });
        window.cropped(width, height)
    }

    /// The part of a screen that is shown, within the screen.
    fn window(&mut self, used: (usize, usize), columns: usize, rows: usize) -> Window {
        self.corner.0 = self.corner.0.min(used.0.saturating_sub(columns));
        self.corner.1 = self.corner.1.min(used.1.saturating_sub(rows));
        Window {
            column: self.corner.0,
            row: self.corner.1,
            columns,
            rows,
            is_at_edge: true,
        }
    }

    /// The last line: what is shown, and the event that drew it.
    fn status(&self, cropped: &str) -> String {
        let player = &self.player;
        let state = match (player.is_at_end(), player.is_paused) {
            (true, _) => "end",
            (false, true) => "paused",
            (false, false) => "playing",
        };
        let mut status = format!("{state} {} of {}", seconds(player.at), seconds(player.to));
        if player.pace != NORMAL {
            status += &format!(" x{}", factor(player.pace));
        }
        if player.repeats {
            status += " loop";
        }
        for part in [cropped, self.message] {
            if !part.is_empty() {
                status += &format!(" · {part}");
            }
        }
        for track in &player.tracks {
            let event = track.event(player.at).map_or_else(
                || "no event yet".to_owned(),
                |(number, event)| {
                    format!("event {number}: {}", transcript::excerpt_of(event, EXCERPT))
                },
            );
            status += &format!(" · {event}");
        }
        status + " · ? keys"
    }
}

/// A speed as it is given.
fn factor(pace: u32) -> String {
    let text = format!("{}.{:03}", pace / NORMAL, pace % NORMAL);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::{factor, pace};

    #[test]
    fn a_speed_is_a_number() {
        for (text, thousandths) in [
            ("1", 1000),
            ("0.5", 500),
            ("2.25", 2250),
            (".1", 100),
            ("1000", 1_000_000),
        ] {
            assert_eq!(pace(text), Ok(thousandths), "{text}");
        }
        for text in ["", "0", "-1", "1001", "0.0001", "fast", "1e3", "."] {
            assert!(pace(text).is_err(), "{text}");
        }
        assert_eq!(
            [factor(500), factor(2000), factor(1)],
            ["0.5", "2", "0.001"]
        );
    }
}
