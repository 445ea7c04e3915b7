//! What the `strobe.toml` of the present folder says, for the options that are not given.

use super::{On, RecordArgs};
use crate::{
    command_line::tell,
    commands::diff::LevelArg,
    masks::{self, MaskArg},
};
use clap::ValueEnum;
use std::{error::Error, path::Path};
use stroboscope::settings::Settings;

/// Completes the options by the folder's, and says which were taken. Returns the names of the masks among them: unlike one
/// that was asked for, such a mask may match nothing.
pub fn complete(options: &mut RecordArgs) -> Result<Vec<String>, Box<dyn Error>> {
    masks::check(options.mask.iter().filter_map(MaskArg::mask))?;
    let Some(settings) = Settings::of(Path::new("."))? else {
        return Ok(Vec::new());
    };
    let given = options.mask.iter().filter_map(MaskArg::mask).cloned();
    let masks = settings.masks_beside(&given.collect::<Vec<_>>());
    let names: Vec<String> = masks.iter().map(|mask| mask.name().to_owned()).collect();
    options.mask.extend(masks.into_iter().map(MaskArg::Mask));
    let is_given = |name: &str| options.env.iter().any(|(given, _)| given == name);
    let mut env = settings.env.clone();
    env.retain(|(name, _)| !is_given(name));
    let has_env = !env.is_empty();
    env.append(&mut options.env);
    options.env = env;
    let level = settings.level.map(|level| level.to_string());
    let level = level.and_then(|level| LevelArg::from_str(&level, false).ok());
    // Where a person types, the folder sets no limit.
    let limit = settings.limit.filter(|_| !options.is_live());
    let has_terminal = options.channel == On::Pty;
    let size = settings.size.filter(|_| has_terminal);
    let term = settings.term.clone().filter(|_| has_terminal);
    let taken = [
        ("mask", !names.is_empty()),
        ("level", default(&mut options.level, level)),
        ("env", has_env),
        ("size", default(&mut options.size, size)),
        ("term", default(&mut options.term, term)),
        ("limit", default(&mut options.limit, limit)),
        (
            "virtual-limit",
            options.time.default_virtual_limit(settings.virtual_limit),
        ),
        (
            "output-limit",
            default(&mut options.output_limit, settings.output_limit),
        ),
    ];
    let taken = taken.iter().filter(|(_, is_taken)| *is_taken);
    let taken: Vec<&str> = taken.map(|(key, _)| *key).collect();
    if !taken.is_empty() {
        tell(&format!("strobe: from `{settings}`: {}", taken.join(", ")));
    }
    Ok(names)
}

/// Sets an option that is not given; returns whether it did.
fn default<T>(option: &mut Option<T>, value: Option<T>) -> bool {
    let is_taken = option.is_none() && value.is_some();
    *option = option.take().or(value);
    is_taken
}
