//! Two recordings that are compared, with the settings of their folders.

use super::Settings;
use crate::recording::{Level, Mask, Recording, mask_events};

/// Masks what either header, or else the settings, say in both recordings, and adds it to their headers. Returns the level
/// that the first header says, or else the first settings that say one.
pub fn complete(
    first: &mut Recording,
    second: &mut Recording,
    settings: &[Settings],
) -> Option<Level> {
    let mut masks: Vec<Mask> = Vec::new();
    let of_settings = settings.iter().map(|settings| &settings.mask);
    let all = [&first.header.mask, &second.header.mask];
    for mask in all.into_iter().chain(of_settings).flatten() {
        if masks.iter().all(|known| known.name() != mask.name()) {
            masks.push(mask.clone());
        }
    }
    for recording in [&mut *first, second] {
        mask_events(&masks, &mut recording.events);
        let own = |name| recording.header.mask.iter().any(|own| own.name() == name);
        let others: Vec<Mask> = masks
            .iter()
            .filter(|mask| !own(mask.name()))
            .cloned()
            .collect();
        recording.header.mask.extend(others);
    }
    let of_settings = || settings.iter().find_map(|settings| settings.level);
    first.header.level.or_else(of_settings)
}
