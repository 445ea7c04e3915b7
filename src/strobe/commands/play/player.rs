//! Where a recording is played: the instant, the pace, and what a key does to them. Without a terminal and without a clock.

use std::time::Duration;
use stroboscope::{
    recording::{Event, Recording},
    view::frames::{Frame, frames_with_cursor},
};

/// The pace of recorded time, in thousandths.
pub const NORMAL: u32 = 1000;
const SLOWEST: u32 = 1;
const FASTEST: u32 = 1_024_000;
/// How far an arrow key goes.
const SECOND: Duration = Duration::from_secs(1);

/// A recording and its frames, with the cursor drawn.
pub struct Track {
    pub recording: Recording,
    frames: Vec<Frame>,
}

impl Track {
    pub fn new(recording: Recording) -> Track {
        let mut frames = frames_with_cursor(&recording);
        for frame in &mut frames {
            frame.screen = frame.drawn();
        }
        Track { recording, frames }
    }

    /// The frame that is visible at an instant.
    pub fn frame(&self, at: Duration) -> &Frame {
        let after = self.frames.partition_point(|frame| frame.from <= at);
        &self.frames[after.saturating_sub(1)]
    }

    /// The last event up to an instant, with its number from 1.
    pub fn event(&self, at: Duration) -> Option<(usize, &Event)> {
        let events = self.recording.events();
        let after = events.partition_point(|event| event.at <= at);
        let number = after.checked_sub(1)?;
        Some((after, &events[number]))
    }
}

/// What is played, and how.
pub struct Player {
    pub tracks: Vec<Track>,
    /// The instants at which something else becomes visible.
    stops: Vec<Duration>,
    /// Those at which two recordings begin to differ, or to differ otherwise.
    differences: Vec<Duration>,
    pub from: Duration,
    pub to: Duration,
    /// The instant that is shown.
    pub at: Duration,
    pub pace: u32,
    pub is_paused: bool,
    pub idle_limit: Option<Duration>,
    pub repeats: bool,
}

impl Player {
    /// Plays one recording, or two beside each other, between two instants.
    pub fn new(tracks: Vec<Track>, from: Duration, to: Option<Duration>) -> Player {
        let end = tracks.iter().map(|track| track.recording.end().0).max();
        let end = end.unwrap_or_default();
        let to = to.unwrap_or(end).min(end);
        let from = from.min(to);
        let mut stops: Vec<Duration> = tracks
            .iter()
            .flat_map(|track| track.frames.iter().map(|frame| frame.from))
            .filter(|at| (from..=to).contains(at))
            .chain([from, to])
            .collect();
        stops.sort_unstable();
        stops.dedup();
        let differences = differences(&tracks, &stops);
        Player {
            tracks,
            stops,
            differences,
            from,
            to,
            at: from,
            pace: NORMAL,
            is_paused: false,
            idle_limit: None,
            repeats: false,
        }
    }

    /// Whether the last instant is shown, and it does not begin anew.
    pub fn is_at_end(&self) -> bool {
        self.at >= self.to && !self.repeats
    }

    /// Whether it moves by itself.
    pub fn is_running(&self) -> bool {
        !self.is_paused && !self.is_at_end() && self.from < self.to
    }

    /// How much real time there is until something else is visible, if it moves.
    pub fn until_next(&self) -> Option<Duration> {
        if !self.is_running() {
            return None;
        }
        let next = self.next().unwrap_or(self.to);
        let wait = next.min(self.idle_end(next)).saturating_sub(self.at);
        Some(wait * NORMAL / self.pace)
    }

    /// Lets real time pass.
    pub fn pass(&mut self, real: Duration) {
        if !self.is_running() {
            return;
        }
        if self.at >= self.to {
            self.at = self.from;
            return;
        }
        let mut left = scaled(real, self.pace);
        // What is idle longer than the limit is skipped.
        while let Some(next) = self.next() {
            let step = next.min(self.idle_end(next)).saturating_sub(self.at);
            if left < step {
                break;
            }
            left -= step;
            self.at = next;
        }
        self.at = (self.at + left).min(self.to);
    }

    /// When the time that may be idle is over, in the stretch that ends at `next`.
    fn idle_end(&self, next: Duration) -> Duration {
        let before = self.stops.partition_point(|stop| *stop <= self.at);
        let begin = self.stops[before.saturating_sub(1)];
        self.idle_limit
            .map_or(next, |limit| begin + limit)
            .max(self.at)
    }

    fn next(&self) -> Option<Duration> {
        let after = self.stops.partition_point(|stop| *stop <= self.at);
        self.stops.get(after).copied()
    }

    /// Goes one frame on, and stays there.
    pub fn step(&mut self) {
        self.is_paused = true;
        self.at = self.next().unwrap_or(self.to);
    }

    /// Goes one frame back, and stays there.
    pub fn step_back(&mut self) {
        self.is_paused = true;
        let before = self.stops.partition_point(|stop| *stop < self.at);
        self.at = self.stops[before.saturating_sub(1)];
    }

    pub fn second(&mut self) {
        self.at = (self.at + SECOND).min(self.to);
    }

    pub fn second_back(&mut self) {
        self.at = self.at.saturating_sub(SECOND).max(self.from);
    }

    pub fn start(&mut self) {
        self.at = self.from;
    }

    pub fn end(&mut self) {
        self.at = self.to;
    }

    /// Pauses or goes on; at the end it begins anew.
    pub fn pause(&mut self) {
        if self.is_at_end() {
            self.at = self.from;
            self.is_paused = false;
        } else {
            self.is_paused = !self.is_paused;
        }
    }

    pub fn faster(&mut self) {
        self.pace = (self.pace * 2).min(FASTEST);
    }

    pub fn slower(&mut self) {
        self.pace = (self.pace / 2).max(SLOWEST);
    }

    /// Goes to the next instant at which the recordings differ, or differ otherwise; returns whether there is one.
    pub fn difference(&mut self) -> bool {
        let next = self
            .differences
            .iter()
            .find(|difference| **difference > self.at);
        self.go_to(next.copied())
    }

    /// Goes to such an instant before.
    pub fn difference_back(&mut self) -> bool {
        let before = self
            .differences
            .iter()
            .rfind(|difference| **difference < self.at);
        self.go_to(before.copied())
    }

    /// Whether the recordings differ anywhere.
    pub fn has_differences(&self) -> bool {
        !self.differences.is_empty()
    }

    fn go_to(&mut self, instant: Option<Duration>) -> bool {
        let Some(instant) = instant else {
            return false;
        };
        self.is_paused = true;
        self.at = instant;
        true
    }
}

/// The stops at which two recordings show something else than each other, without those at which nothing has changed.
fn differences(tracks: &[Track], stops: &[Duration]) -> Vec<Duration> {
    let [left, right] = tracks else {
        return Vec::new();
    };
    let mut before = None;
    let mut differs = |at: &&Duration| {
        let (old, new) = (left.frame(**at), right.frame(**at));
        let shown = Some((old.from, new.from));
        let has_changed = std::mem::replace(&mut before, shown) != shown;
        has_changed && old.screen != new.screen
    };
    stops.iter().filter(|at| differs(at)).copied().collect()
}

/// An amount of recorded time for one of real time.
fn scaled(real: Duration, pace: u32) -> Duration {
    real.checked_mul(pace)
        .map_or(Duration::MAX, |time| time / NORMAL)
}

#[cfg(test)]
mod tests {
    use super::{Player, Track};
    use std::time::Duration;

    fn track(events: &str) -> Track {
        let text = format!("transcript: 1\nchannel: pty 9x2 dumb\n\n{events}");
        Track::new(text.parse().unwrap())
    }

    fn player() -> Player {
        let events = "@0.000 \"a\"\n@1.000 \"b\"\n@1.100 \"c\"\n@9.000 \"d\"\n@10.000 exit 0\n";
        Player::new(vec![track(events)], Duration::ZERO, None)
    }

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn recorded_time_passes_as_real_time_does_at_the_pace() {
        let mut player = player();
        assert_eq!(player.until_next(), Some(ms(1000)));
        player.pass(ms(400));
        assert_eq!((player.at, player.until_next()), (ms(400), Some(ms(600))));
        player.faster();
        assert_eq!(player.until_next(), Some(ms(300)));
        player.pass(ms(350));
        assert_eq!(player.at, ms(1100));
        player.slower();
        player.slower();
        player.pass(ms(100));
        assert_eq!(player.at, ms(1150));
        player.pass(Duration::from_secs(100));
        assert_eq!((player.at, player.until_next()), (ms(10_000), None));
        player.pause();
        assert_eq!(player.at, ms(0));
    }

    #[test]
    fn what_is_idle_is_skipped_after_the_limit() {
        let mut player = player();
        player.idle_limit = Some(ms(500));
        assert_eq!(player.until_next(), Some(ms(500)));
        player.pass(ms(500));
        assert_eq!((player.at, player.until_next()), (ms(1000), Some(ms(100))));
        player.pass(ms(600));
        assert_eq!(player.at, ms(9000));
        player.pass(ms(499));
        assert_eq!((player.at, player.until_next()), (ms(9499), Some(ms(1))));
        player.pass(ms(1));
        assert_eq!(player.at, ms(10_000));
    }

    #[test]
    fn one_goes_frame_by_frame_and_by_seconds() {
        let mut player = player();
        player.step();
        player.step();
        assert_eq!((player.at, player.is_paused), (ms(1100), true));
        player.second();
        assert_eq!(player.at, ms(2100));
        player.step_back();
        assert_eq!(player.at, ms(1100));
        player.step_back();
        assert_eq!(player.at, ms(1000));
        player.second_back();
        player.step_back();
        assert_eq!(player.at, ms(0));
        player.end();
        player.step();
        assert_eq!(player.at, ms(10_000));
    }

    #[test]
    fn a_part_is_played_and_again() {
        let mut player = player();
        player = Player::new(player.tracks, ms(1050), Some(ms(2000)));
        player.repeats = true;
        player.second_back();
        assert_eq!(player.at, ms(1050));
        player.pass(ms(950));
        assert_eq!((player.at, player.until_next()), (ms(2000), Some(ms(0))));
        player.pass(ms(1));
        assert_eq!(player.at, ms(1050));
    }

    #[test]
    fn the_next_difference_is_found() {
        let left = track("@0.000 \"a\"\n@1.000 \"b\"\n@3.000 \"c\"\n@4.000 exit 0\n");
        let right = track("@0.000 \"a\"\n@2.000 \"b\"\n@3.000 \"x\"\n@5.000 exit 0\n");
        let mut player = Player::new(vec![left, right], Duration::ZERO, None);
        let mut found = Vec::new();
        while player.difference() {
            found.push(player.at);
        }
        assert_eq!(found, [ms(1000), ms(3000)]);
        assert!(player.difference_back());
        assert_eq!(player.at, ms(1000));
    }
}
