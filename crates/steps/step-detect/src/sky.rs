//! Sky positions of sources.

use rayon::prelude::*;
use sky_catalog::{SkyJacobian, Source, SourceSky};
use sky_coords::{ARCSEC_PER_DEG, CelestialFrame, PixelPos, TangentPlane};
use sky_wcs::Wcs;

/// Fills the sky positions of all sources.
pub(crate) fn fill_sky(sources: &mut [Source], wcs: &Wcs) {
    sources.par_iter_mut().for_each(|source| {
        let isophotal = PixelPos::new(source.x_px, source.y_px);
        let windowed = PixelPos::new(source.windowed.x_px, source.windowed.y_px);
        let jacobian = jacobian(wcs, isophotal);
        source.sky = Some(SourceSky {
            isophotal: wcs.sky_from_pixel(isophotal),
            windowed: wcs.sky_from_pixel(windowed),
            psf: source.psf.as_ref().map(|psf| wcs.sky_from_pixel(PixelPos::new(psf.x_px, psf.y_px))),
            pixel_scale_arcsec: wcs.pixel_scale_arcsec_at(isophotal),
            theta_deg: jacobian.position_angle_deg(source.isophotal.ellipse.angle_deg),
            theta_windowed_deg: jacobian.position_angle_deg(source.windowed.ellipse.angle_deg),
            peak: wcs.sky_from_pixel(PixelPos::new(
                f64::from(source.isophotal.x_peak_px),
                f64::from(source.isophotal.y_peak_px),
            )),
            jacobian,
        });
    });
}

/// What a reader must know of the frame: that positions were carried from another one by more than 0.03", and what in the header
/// does not fit together.
pub(crate) fn frame_warnings(wcs: &Wcs) -> Vec<String> {
    let frame = wcs.frame();
    let is_close = matches!(frame, CelestialFrame::Icrs) || frame == CelestialFrame::Fk5 { equinox_yr: 2000.0 };
    let carried = (!is_close).then(|| format!("the header's solution is in {frame}; positions were carried to ICRS"));
    wcs.warnings().iter().cloned().chain(carried).collect()
}

/// How the sky turns and stretches around a place: central differences over a pixel.
fn jacobian(wcs: &Wcs, at: PixelPos) -> SkyJacobian {
    let plane = TangentPlane::new(wcs.sky_from_pixel(at));
    let step = |dx: f64, dy: f64| {
        let place = |sign: f64| {
            let next = wcs.sky_from_pixel(PixelPos::new(at.x_px + 0.5 * sign * dx, at.y_px + 0.5 * sign * dy));
            plane.project(next).map_or((f64::NAN, f64::NAN), |step| (step.xi_arcsec, step.eta_arcsec))
        };
        let ((east, north), (before_east, before_north)) = (place(1.0), place(-1.0));
        ((east - before_east) / ARCSEC_PER_DEG, (north - before_north) / ARCSEC_PER_DEG)
    };
    let ((east_by_x_deg, north_by_x_deg), (east_by_y_deg, north_by_y_deg)) = (step(1.0, 0.0), step(0.0, 1.0));
    SkyJacobian { east_by_x_deg, east_by_y_deg, north_by_x_deg, north_by_y_deg }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sky_coords::SkyPos;

    #[test]
    fn the_y_axis_of_a_north_up_image_points_north_and_x_points_west() {
        let wcs = Wcs::north_up(SkyPos::new(150.0, 20.0), PixelPos::new(100.0, 100.0), 1.7).expect("a WCS");
        let jacobian = jacobian(&wcs, PixelPos::new(100.0, 100.0));
        assert!((jacobian.north_by_y_deg * 3600.0 - 1.7).abs() < 1e-6, "{jacobian:?}");
        assert!((jacobian.east_by_x_deg * 3600.0 + 1.7).abs() < 1e-6, "{jacobian:?}");
        assert!(jacobian.position_angle_deg(90.0).abs() < 1e-3, "along y");
        assert!((jacobian.position_angle_deg(45.0) + 45.0).abs() < 1e-3, "up and right is north-west");
    }
}
