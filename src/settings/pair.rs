//! Two recordings that are compared, with the settings of their folders.

use super::{Settings, beside};
use crate::recording::{Level, Mask, Recording, mask_events};

/// Masks what is given, or else either header, or else the settings say in both recordings, and adds it to their headers.
/// Returns the level that the first header says, or else the first settings that say one.
pub fn complete(
    first: &mut Recording,
    second: &mut Recording,
    given: &[Mask],
    settings: &[Settings],
) -> Option<Level> {
    let mut masks = given.to_vec();
    let of_settings = settings.iter().map(|settings| &settings.mask);
    let headers = [&first.header.mask, &second.header.mask];
    for others in headers.into_iter().chain(of_settings) {
        masks.extend(beside(others, &masks));
    }
    for recording in [&mut *first, second] {
        mask_events(&masks, &[], &mut recording.events);
        let own = &mut recording.header.mask;
        own.retain(|own| given.iter().all(|given| given.name() != own.name()));
        own.extend(beside(&masks, own));
        // In the same order, so that no diff shows one.
        own.sort_by_key(|own| masks.iter().position(|mask| mask.name() == own.name()));
    }
    let of_settings = || settings.iter().find_map(|settings| settings.level);
    first.header.level.or_else(of_settings)
}
