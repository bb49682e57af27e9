//! Discs and spikes of catalogue stars on an image.

use ndarray::s;
use sky_coords::{PixelPos, SkyPos};
use sky_image::{Mask, mask_bits};
use sky_wcs::Wcs;

use crate::law::StarLaw;

/// A star at the epoch of the plate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BrightStar {
    /// Where it stood when the plate was exposed.
    pub position: SkyPos,
    /// Magnitude in the band of the law (red for POSS-I E).
    pub mag: f64,
}

/// What became of the stars of a catalogue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StarCounts {
    /// Stars that flag at least one pixel.
    pub masking: usize,
    /// Of these, stars whose centre lies outside the frame.
    pub masking_from_outside: usize,
    /// Fainter than the threshold, or without a magnitude.
    pub too_faint: usize,
    /// Too far from the frame, or where the solution has no pixel.
    pub out_of_reach: usize,
}

/// Flags the discs and spikes of `stars` in `mask`; existing bits stay.
///
/// `wcs` must be the solution of the very image that `mask` belongs to. The four arms lie along rows and columns: those of a Schmidt plate point to the
/// four directions of the plate, which is scanned along its edges, so they follow the pixels and not the meridian (at the pole the two differ).
/// No star at all is a valid answer: nothing is flagged.
pub fn mask_stars(mask: &mut Mask, wcs: &Wcs, stars: &[BrightStar], law: &StarLaw) -> StarCounts {
    let (height, width) = mask.dim();
    let footprint = wcs.footprint(width, height);
    let reach_arcsec = footprint.half_diagonal_arcsec + law.reach_arcsec();
    let mut counts = StarCounts::default();
    for star in stars {
        if star.mag.is_nan() || star.mag > law.mask_threshold_mag {
            counts.too_faint += 1;
            continue;
        }
        let near = star.position.is_valid() && star.position.separation_arcsec(footprint.centre) <= reach_arcsec;
        let Some(centre) = near.then(|| wcs.pixel_from_sky(star.position)).flatten() else {
            counts.out_of_reach += 1;
            continue;
        };
        if flag_star(mask, centre, footprint.pixel_scale_arcsec, star.mag, law) {
            counts.masking += 1;
            let inside =
                (-0.5..width as f64 - 0.5).contains(&centre.x_px) && (-0.5..height as f64 - 0.5).contains(&centre.y_px);
            counts.masking_from_outside += usize::from(!inside);
        } else {
            counts.out_of_reach += 1;
        }
    }
    counts
}

/// Flags one star; whether any pixel of the frame was reached.
fn flag_star(mask: &mut Mask, centre: PixelPos, pixel_scale_arcsec: f64, mag: f64, law: &StarLaw) -> bool {
    let radius_px = law.radius_arcsec(mag) / pixel_scale_arcsec;
    let length_px = law.spike_length_arcsec(mag) / pixel_scale_arcsec;
    let half_width_px = law.spike_half_width_arcsec(mag) / pixel_scale_arcsec;
    let disc = flag_box(mask, centre, (radius_px, radius_px), mask_bits::BRIGHT_STAR, |dx, dy| {
        dx * dx + dy * dy <= radius_px * radius_px
    });
    if half_width_px == 0.0 {
        return disc;
    }
    let row = flag_box(mask, centre, (length_px, half_width_px), mask_bits::SPIKE, |_, _| true);
    let column = flag_box(mask, centre, (half_width_px, length_px), mask_bits::SPIKE, |_, _| true);
    disc || row || column
}

/// Sets `bit` on the pixels within `half` (columns, rows) of `centre` that `inside` accepts; whether there was one.
fn flag_box(mask: &mut Mask, centre: PixelPos, half: (f64, f64), bit: u16, inside: impl Fn(f64, f64) -> bool) -> bool {
    let (height, width) = mask.dim();
    let (columns, rows) = (reached(centre.x_px, half.0, width), reached(centre.y_px, half.1, height));
    let mut any = false;
    for ((y, x), pixel) in mask.slice_mut(s![rows.clone(), columns.clone()]).indexed_iter_mut() {
        let (dx, dy) = ((x + columns.start) as f64 - centre.x_px, (y + rows.start) as f64 - centre.y_px);
        if inside(dx, dy) {
            *pixel |= bit;
            any = true;
        }
    }
    any
}

/// The pixels of an axis of `length` pixels whose centres lie within `half` of `centre`.
fn reached(centre: f64, half: f64, length: usize) -> std::ops::Range<usize> {
    // A float cast saturates: below 0 becomes 0.
    let first = (centre - half).ceil().max(0.0) as usize;
    let end = ((centre + half).floor() + 1.0).max(0.0) as usize;
    let end = end.min(length);
    first.min(end)..end
}
