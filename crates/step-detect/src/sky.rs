//! Sky positions of sources.

use rayon::prelude::*;
use sky_catalog::{Source, SourceSky};
use sky_coords::{DEG_PER_RAD, PixelPos, RAD_PER_DEG, TangentPlane};
use sky_wcs::Wcs;

/// Fills the sky positions of all sources.
pub(crate) fn fill_sky(sources: &mut [Source], wcs: &Wcs) {
    sources.par_iter_mut().for_each(|source| {
        let isophotal = PixelPos::new(source.x_px, source.y_px);
        let windowed = PixelPos::new(source.windowed.x_px, source.windowed.y_px);
        source.sky = Some(SourceSky {
            isophotal: wcs.sky_from_pixel(isophotal),
            windowed: wcs.sky_from_pixel(windowed),
            psf: source.psf.as_ref().map(|psf| wcs.sky_from_pixel(PixelPos::new(psf.x_px, psf.y_px))),
            pixel_scale_arcsec: wcs.pixel_scale_arcsec_at(isophotal),
            theta_deg: position_angle_deg(wcs, isophotal, source.isophotal.ellipse.angle_deg),
            theta_windowed_deg: position_angle_deg(wcs, windowed, source.windowed.ellipse.angle_deg),
        });
    });
}

/// Position angle, from north to east in (-90, 90] degrees, of the direction that makes `angle_deg` with the x axis.
fn position_angle_deg(wcs: &Wcs, at: PixelPos, angle_deg: f64) -> f64 {
    let (sin, cos) = (libm::sin(angle_deg * RAD_PER_DEG), libm::cos(angle_deg * RAD_PER_DEG));
    let plane = TangentPlane::new(wcs.sky_from_pixel(at));
    let next = wcs.sky_from_pixel(PixelPos::new(at.x_px + cos, at.y_px + sin));
    let Some(step) = plane.project(next) else { return f64::NAN };
    let angle = libm::atan2(step.xi_arcsec, step.eta_arcsec) * DEG_PER_RAD;
    if angle > 90.0 {
        angle - 180.0
    } else if angle <= -90.0 {
        angle + 180.0
    } else {
        angle
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sky_coords::SkyPos;

    #[test]
    fn the_y_axis_of_a_north_up_image_points_north_and_x_points_west() {
        let wcs = Wcs::north_up(SkyPos::new(150.0, 20.0), PixelPos::new(100.0, 100.0), 1.7).expect("a WCS");
        let centre = PixelPos::new(100.0, 100.0);
        assert!(position_angle_deg(&wcs, centre, 90.0).abs() < 1e-3, "along y");
        let along_x = position_angle_deg(&wcs, centre, 0.0);
        assert!((along_x - 90.0).abs() < 1e-3 || (along_x + 90.0).abs() < 1e-3, "along x: {along_x}");
        let between = position_angle_deg(&wcs, centre, 45.0);
        assert!((between + 45.0).abs() < 1e-3, "up and right is north-west: {between}");
    }
}
