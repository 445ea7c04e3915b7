//! The views that are shown event by event, so that the recording is not held as a whole.

use super::ShowArgs;
use crate::{input, output};
use std::{
    error::Error,
    io::{Write, stderr},
    process::ExitCode,
};
use stroboscope::{
    recording::EventKind,
    view::{
        frames::{FrameMaker, Writer},
        screen::Player,
    },
};

/// How many bytes of text are printed together.
const TEXT: usize = 64 << 10;

/// The bytes, and those of stderr on standard error.
pub fn bytes(options: &ShowArgs) -> Result<ExitCode, Box<dyn Error>> {
    for event in input::events(&options.file, options.size)? {
        match &event?.kind {
            EventKind::Output(bytes) => output::print(bytes)?,
            EventKind::Stderr(bytes) => stderr().write_all(bytes)?,
            _ => {}
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The rows of the screen, and a line below with what is not in them.
pub fn screen(options: &ShowArgs) -> Result<ExitCode, Box<dyn Error>> {
    let events = input::events(&options.file, options.size)?;
    let mut player = if options.scrollback {
        Player::new(&events.header)
    } else {
        Player::without_scrollback(&events.header)
    };
    let is_late = |at| options.at.is_some_and(|instant| at > instant);
    for event in events {
        let event = event?;
        // What comes later is read, too, so that a transcript that is none is refused.
        if !is_late(event.at) {
            player.take(&event);
        }
    }
    let unknown = names(player.unknown());
    let still = player.still();
    let mut text = String::new();
    if options.scrollback {
        if still.dropped > 0 {
            eprintln!("strobe: {} older rows were not kept", still.dropped);
        }
        still
            .scrollback
            .iter()
            .for_each(|row| text += &format!("{row}\n"));
    }
    text += &still.screen.to_string();
    if !text.is_empty() {
        text.push('\n');
    }
    text += &format!("{still}\n");
    output::print(text.as_bytes())?;
    name_unknown(&unknown);
    Ok(ExitCode::SUCCESS)
}

/// Every screen that differs from the one before, and the marks between them.
pub fn frames(options: &ShowArgs) -> Result<ExitCode, Box<dyn Error>> {
    let events = input::events(&options.file, options.size)?;
    let mut maker = FrameMaker::new(&events.header);
    let mut writer = Writer::default();
    let mut text = String::new();
    for event in events {
        let event = event?;
        if let EventKind::Mark(name) = &event.kind {
            writer.mark(event.at, name);
        }
        if let Some(frame) = maker.take(&event) {
            text += &writer.take(&frame);
        }
        if text.len() > TEXT {
            output::print(text.as_bytes())?;
            text.clear();
        }
    }
    let unknown = names(maker.unknown());
    maker
        .finish()
        .for_each(|frame| text += &writer.take(&frame));
    text += &writer.finish();
    output::print(text.as_bytes())?;
    name_unknown(&unknown);
    Ok(ExitCode::SUCCESS)
}

fn names<'a>(unknown: impl Iterator<Item = (&'a str, u64)>) -> Vec<(String, u64)> {
    unknown
        .map(|(name, count)| (name.to_owned(), count))
        .collect()
}

/// Says on standard error what the terminal did not know, so that no screen is wrong in silence.
pub fn name_unknown(unknown: &[(String, u64)]) {
    for (name, count) in unknown {
        let times = if *count > 1 {
            format!(", {count} times")
        } else {
            String::new()
        };
        eprintln!("strobe: the terminal does not know {name}{times}");
    }
}
