//! One source of a group while it is fitted.

use sky_coords::PixelPos;

use super::pixels::{Planes, View};
use crate::{LocalPsf, Rendering};

/// One source of the group.
pub(super) struct Member {
    pub(super) start: PixelPos,
    pub(super) position: PixelPos,
    pub(super) flux_adu: f64,
    pub(super) sigma_adu: f64,
    pub(super) psf: LocalPsf,
    /// On the pixels that are read; these are the fitted ones where there is no filter.
    pub(super) rendering: Rendering,
    /// On the fitted pixels behind the filter, and as they are; both unused where there is no filter.
    pub(super) filtered: Planes,
    pub(super) cropped: Planes,
    pub(super) good_pixels: usize,
    pub(super) flags: u16,
}

impl Member {
    /// Buffers for a PSF of that shape.
    pub(super) fn empty(psf: LocalPsf) -> Self {
        let origin = PixelPos::new(0.0, 0.0);
        Self {
            start: origin,
            position: origin,
            flux_adu: 0.0,
            sigma_adu: 0.0,
            psf,
            rendering: Rendering::default(),
            filtered: Planes::default(),
            cropped: Planes::default(),
            good_pixels: 0,
            flags: 0,
        }
    }

    /// Value and derivatives by column and row on the fitted pixels; `read`: how these were read.
    pub(super) fn planes(&self, view: View, read: View) -> [&[f32]; 3] {
        match (view, read) {
            (View::Filtered, _) => [&self.filtered.value, &self.filtered.by_x, &self.filtered.by_y],
            (View::Plain, View::Filtered) => [&self.cropped.value, &self.cropped.by_x, &self.cropped.by_y],
            (View::Plain, View::Plain) => [&self.rendering.value, &self.rendering.by_x, &self.rendering.by_y],
        }
    }
}
