//! What the `strobe.toml` of the folders says of two recordings that are compared.

use super::DiffArgs;
use std::path::Path;
use stroboscope::{
    recording::{Level, Recording},
    settings::{Settings, SettingsError, pair},
};

/// Completes two recordings, each with its path; returns how closely they are compared.
pub fn complete(
    (first_path, first): (&Path, &mut Recording),
    (second_path, second): (&Path, &mut Recording),
    options: &DiffArgs,
) -> Result<Level, SettingsError> {
    let mut settings = Vec::new();
    for path in [first_path, second_path] {
        settings.extend(Settings::of(path.parent().unwrap_or(Path::new("")))?);
    }
    let level = pair::complete(first, second, &options.mask, &settings);
    let level = options.level.map(Level::from).or(level);
    Ok(level.unwrap_or(Level::Exact))
}
