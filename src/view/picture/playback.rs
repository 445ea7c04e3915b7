//! Which part of a recording a moving picture plays, how fast, and how often.

use super::Look;
use crate::{
    recording::Recording,
    view::frames::{Frame, each},
};
use std::{fmt, num::NonZeroU32, str::FromStr, time::Duration};

/// The part of a second that a speed is counted in.
const PARTS: u32 = 1000;

/// How a recording is played.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Playback {
    /// Where it starts, since the recording's start.
    pub from: Duration,
    /// Where it ends, since the recording's start; by default with the recording.
    pub to: Option<Duration>,
    /// How fast it is.
    pub speed: Speed,
    /// The longest time of the recording that one frame is shown; by default as long as it was visible.
    pub idle_limit: Option<Duration>,
    /// Whether it stops at its end, and does not start again.
    pub once: bool,
}

impl Playback {
    /// Starts at this instant.
    #[must_use]
    pub fn from(mut self, instant: Duration) -> Playback {
        self.from = instant;
        self
    }

    /// Ends at this instant.
    #[must_use]
    pub fn to(mut self, instant: Duration) -> Playback {
        self.to = Some(instant);
        self
    }

    /// Plays it at this speed.
    #[must_use]
    pub fn speed(mut self, speed: Speed) -> Playback {
        self.speed = speed;
        self
    }

    /// Shows no frame for longer than this time of the recording.
    #[must_use]
    pub fn idle_limit(mut self, limit: Duration) -> Playback {
        self.idle_limit = Some(limit);
        self
    }

    /// Stops at the end.
    #[must_use]
    pub fn once(mut self) -> Playback {
        self.once = true;
        self
    }

    /// The frames to play, with the cursor, and instants since the start of the picture; there is at least one.
    #[must_use]
    pub fn frames(&self, recording: &Recording) -> Vec<Frame> {
        self.thinned_frames(recording, &Look::default(), usize::MAX)
    }

    /// The frames of a picture that looks so, [thinned](thinned()), so that no more than `most` are held at a time.
    pub(in crate::view) fn thinned_frames(
        &self,
        recording: &Recording,
        look: &Look,
        most: usize,
    ) -> Vec<Frame> {
        let (mut frames, mut spans) = (Vec::new(), Vec::new());
        each(recording, look.maker(recording), |frame| {
            spans.push((frame.from, frame.until));
            if spans.len() <= most {
                frames.push(frame);
            } else {
                frames.clear();
            }
        });
        let first = self.cut(&mut spans);
        if !frames.is_empty() {
            frames.drain(..first);
            frames.truncate(spans.len());
            for (frame, span) in frames.iter_mut().zip(spans) {
                (frame.from, frame.until) = span;
            }
            return frames;
        }
        // Now that all instants are known, so is which frames are shown.
        let kept = last_of_stretches(&spans, |(from, _)| *from, most);
        let mut kept = kept.into_iter().peekable();
        let mut index = 0;
        each(recording, look.maker(recording), |mut frame| {
            if let Some(place) = kept.next_if(|place| first + place == index) {
                (frame.from, frame.until) = spans[place];
                frames.push(frame);
            }
            index += 1;
        });
        frames
    }

    /// Cuts the spans of frames down to what is played, with instants since the start of the picture. Returns how many are cut
    /// from the start.
    fn cut(&self, spans: &mut Vec<(Duration, Duration)>) -> usize {
        // What is visible at both ends is played.
        let first = spans.partition_point(|(from, _)| *from <= self.from).max(1) - 1;
        spans.drain(..first);
        if let Some(to) = self.to {
            let count = spans.partition_point(|(from, _)| *from <= to).max(1);
            spans.truncate(count);
        }
        let mut at = Duration::ZERO;
        for (from, until) in spans {
            let shown_until = self.to.map_or(*until, |to| (*until).min(to));
            let shown = shown_until.saturating_sub((*from).max(self.from));
            let shown = self.idle_limit.map_or(shown, |limit| shown.min(limit));
            *from = at;
            at = at.saturating_add(self.speed.shortened(shown));
            *until = at;
        }
        first
    }
}

/// Returns the last frame of each of `most` equal stretches of time, and all frames if there are no more than that.
#[must_use]
pub fn thinned(frames: &[Frame], most: usize) -> Vec<&Frame> {
    let kept = last_of_stretches(frames, |frame| frame.from, most);
    kept.into_iter().map(|place| &frames[place]).collect()
}

/// The places of the last of each of `most` equal stretches of time, and all places if there are no more than that.
fn last_of_stretches<T>(all: &[T], from: impl Fn(&T) -> Duration, most: usize) -> Vec<usize> {
    let Some(last) = all.last().filter(|_| all.len() > most) else {
        return (0..all.len()).collect();
    };
    // The last one begins the last stretch, so it is kept.
    let whole = from(last).as_nanos().max(1);
    let stretch = |one: &T| from(one).as_nanos() * (most as u128 - 1) / whole;
    let is_last = |place: &usize| {
        let next = all.get(place + 1);
        next.is_none_or(|next| stretch(next) != stretch(&all[*place]))
    };
    (0..all.len()).filter(is_last).collect()
}

/// How many seconds of a recording are played in a second, from 0.001 to 1000: `1.5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speed(NonZeroU32);

/// Why a text is no speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a speed is a number from 0.001 to 1000, with at most three decimals, such as `2` or `0.5`"
)]
pub struct SpeedError;

impl Speed {
    fn shortened(self, time: Duration) -> Duration {
        let nanos = time.as_nanos() * u128::from(PARTS) / u128::from(self.0.get());
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

impl Default for Speed {
    /// The recording's own.
    fn default() -> Speed {
        Speed(NonZeroU32::new(PARTS).unwrap_or(NonZeroU32::MIN))
    }
}

impl FromStr for Speed {
    type Err = SpeedError;

    fn from_str(text: &str) -> Result<Speed, SpeedError> {
        let text = text.strip_suffix('x').unwrap_or(text);
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let digits = format!("{whole}{decimals:0<3}");
        let is_number = decimals.len() <= 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let parts = digits
            .parse()
            .ok()
            .filter(|parts| is_number && *parts <= 1000 * PARTS);
        parts.and_then(NonZeroU32::new).map(Speed).ok_or(SpeedError)
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0.get() / PARTS, self.0.get() % PARTS);
        let decimals = format!(".{rest:03}");
        let decimals = decimals.trim_end_matches('0').trim_end_matches('.');
        write!(f, "{whole}{decimals}")
    }
}

#[cfg(test)]
mod tests {
    use super::{Look, Playback, Speed, thinned};
    use std::time::Duration;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[track_caller]
    fn plays(playback: &Playback, frames: &[(u64, u64, &str)]) {
        let text = "transcript: 1\nchannel: pty 80x24 dumb\n\n0.000 \"a\"\n1.000 \"\\rb\"\n3.000 \"\\rc\"\n@6.000 exit 0\n";
        let played: Vec<_> = playback
            .frames(&text.parse().unwrap())
            .iter()
            .map(|frame| (frame.from, frame.until, frame.screen.to_string()))
            .collect();
        let frames: Vec<_> = frames
            .iter()
            .map(|(from, until, text)| (MS(*from), MS(*until), format!("{text}\n")))
            .collect();
        assert_eq!(played, frames);
    }

    #[test]
    fn everything_is_played_as_it_was() {
        let playback = Playback::default();
        plays(
            &playback,
            &[(0, 1000, "a"), (1000, 4000, "b"), (4000, 6000, "c")],
        );
    }

    #[test]
    fn a_part_begins_and_ends_with_what_is_visible_there() {
        let playback = Playback::default().from(MS(500)).to(MS(2000));
        plays(&playback, &[(0, 500, "a"), (500, 1500, "b")]);
        plays(&Playback::default().from(MS(9000)), &[(0, 0, "c")]);
        plays(&Playback::default().to(MS(0)), &[(0, 0, "a")]);
    }

    #[test]
    fn idle_time_is_cut_before_it_is_sped_up() {
        let playback = Playback::default()
            .idle_limit(MS(2000))
            .speed("2".parse().unwrap());
        plays(
            &playback,
            &[(0, 500, "a"), (500, 1500, "b"), (1500, 2500, "c")],
        );
    }

    #[test]
    fn frames_are_thinned_whether_all_are_held_or_not() {
        let writes: String = (0..300)
            .map(|index| format!("0.0{}{} \"{index} \"\n", index % 7, index % 3))
            .collect();
        let text = format!("transcript: 1\nchannel: pty 20x3 dumb\n\n{writes}@99.000 exit 0\n");
        let recording = text.parse().unwrap();
        for playback in [
            Playback::default(),
            Playback::default().from(MS(1000)).to(MS(7000)),
            Playback::default()
                .idle_limit(MS(20))
                .speed("3".parse().unwrap()),
        ] {
            let all = playback.frames(&recording);
            assert!(all.len() > 150, "{}", all.len());
            for most in [1, 2, 10, 100, 299, 1000] {
                let thinned: Vec<_> = thinned(&all, most).into_iter().cloned().collect();
                let held = playback.thinned_frames(&recording, &Look::default(), most);
                assert_eq!(held, thinned, "{most}");
            }
        }
    }

    #[test]
    fn a_speed_is_a_number() {
        for (text, speed) in [
            ("2", "2"),
            ("0.5", "0.5"),
            ("1.50x", "1.5"),
            (".25", "0.25"),
            ("1000", "1000"),
        ] {
            assert_eq!(text.parse::<Speed>().unwrap().to_string(), speed);
        }
        for text in ["", "0", "0.0001", "-1", "1001", "1e3", "+1", "x"] {
            assert!(text.parse::<Speed>().is_err(), "{text}");
        }
        assert_eq!(Speed::default().to_string(), "1");
    }
}
