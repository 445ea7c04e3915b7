//! Why a picture of pixels cannot be made.

use super::Look;

/// Why a picture of pixels cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// The theme depends on what the viewer prefers.
    #[error("the theme `{0}` depends on the viewer, and only an SVG can: take `dark` or `light`")]
    Theme(&'static str),
    /// A GIF cannot be written.
    #[error("cannot write a GIF: {0}")]
    Gif(#[from] gif::EncodingError),
    /// A GIF cannot be written out.
    #[error("cannot write a GIF: {0}")]
    Io(#[from] std::io::Error),
    /// A PNG cannot be written.
    #[error("cannot write a PNG: {0}")]
    Png(#[from] png::EncodingError),
}

/// Whether a picture of pixels can look so.
pub(super) fn check(look: &Look) -> Result<(), PictureError> {
    if look.theme.is_auto() {
        return Err(PictureError::Theme(look.theme.name()));
    }
    Ok(())
}
