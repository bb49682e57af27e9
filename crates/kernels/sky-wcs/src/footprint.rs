//! Where an image lies on the sky.

use sky_coords::{PixelPos, SkyPos};

use crate::wcs::Wcs;

/// Centre, corners and half diagonal of an image on the sky.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Footprint {
    /// Sky position of the middle of the image.
    pub centre: SkyPos,
    /// Outer corners of the corner pixels in the order (left, bottom), (right, bottom), (right, top), (left, top).
    pub corners: [SkyPos; 4],
    /// Largest separation of a corner from the centre, arcsec: a cone of this radius holds the image.
    pub half_diagonal_arcsec: f64,
    /// Side of a square with the area of the pixel in the middle, arcsec.
    pub pixel_scale_arcsec: f64,
}

impl Footprint {
    /// The footprint of an image of `width` x `height` pixels.
    pub fn new(wcs: &Wcs, width: usize, height: usize) -> Self {
        let (right, top) = (width as f64 - 0.5, height as f64 - 0.5);
        let middle = PixelPos::new((right - 0.5) / 2.0, (top - 0.5) / 2.0);
        let centre = wcs.sky_from_pixel(middle);
        let corners = [(-0.5, -0.5), (right, -0.5), (right, top), (-0.5, top)]
            .map(|(x, y)| wcs.sky_from_pixel(PixelPos::new(x, y)));
        let half_diagonal_arcsec = corners.iter().map(|corner| corner.separation_arcsec(centre)).fold(0.0, f64::max);
        Self { centre, corners, half_diagonal_arcsec, pixel_scale_arcsec: wcs.pixel_scale_arcsec_at(middle) }
    }
}

impl Wcs {
    /// Centre, corners and half diagonal of an image of `width` x `height` pixels.
    pub fn footprint(&self, width: usize, height: usize) -> Footprint {
        Footprint::new(self, width, height)
    }
}
