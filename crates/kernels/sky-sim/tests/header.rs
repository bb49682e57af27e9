//! The header's two solutions lead to the objects, by the reader that the chain uses.

use sky_coords::{PixelPos, SkyPos};
use sky_sim::{Cutout, RenderParams, Scene, SceneKind, SceneParams};
use sky_wcs::Wcs;

fn rendered(polynomial_offset_arcsec: [f64; 2], centre: SkyPos) -> (Scene, Cutout) {
    let mut params =
        SceneParams { centre_ra_deg: centre.ra_deg, centre_dec_deg: centre.dec_deg, ..SceneKind::Standard.scene(3) };
    params.plate.polynomial_offset_arcsec = polynomial_offset_arcsec;
    params.plate.objects_offset_arcsec = [0.0, 0.0];
    (params.n_catalogue_stars, params.n_scratches) = (200, 0);
    let scene = Scene::generate(&params);
    let cutout = scene.render(&RenderParams::default()).expect("the field is on its plate");
    (scene, cutout)
}

/// Largest distance of objects from where a solution puts their pixel, arc seconds.
fn worst(cutout: &Cutout, wcs: &Wcs) -> f64 {
    let column = |name: &str| cutout.truth.numbers(name).expect("a column of numbers");
    let (x, y, ra, dec) = (column("X_IMAGE"), column("Y_IMAGE"), column("ra_deg"), column("dec_deg"));
    assert!(x.len() > 200);
    (0..x.len())
        .map(|i| wcs.sky_from_pixel(PixelPos::from_fits(x[i], y[i])).separation_arcsec(SkyPos::new(ra[i], dec[i])))
        .fold(0.0, f64::max)
}

#[test]
fn both_solutions_agree_with_the_truth() {
    for centre in [SkyPos::new(150.0, 20.0), SkyPos::new(0.1, -25.0), SkyPos::new(80.0, 84.0)] {
        let (_, cutout) = rendered([0.0, 0.0], centre);
        let plate = Wcs::plate_from_header(&cutout.header).expect("a plate polynomial");
        let tan = Wcs::tan_from_header(&cutout.header).expect("an explicit solution");
        let (by_plate, by_tan) = (worst(&cutout, &plate), worst(&cutout, &tan));
        assert!(by_plate < 1e-3, "{centre:?}: the polynomial is off by {by_plate} arcsec");
        assert!(
            (0.001..0.6).contains(&by_tan),
            "{centre:?}: real TAN solutions differ by 0.02 to 0.6 arcsec, this {by_tan}"
        );
    }
}

#[test]
fn a_third_of_real_plates_has_a_polynomial_that_is_off() {
    let (_, cutout) = rendered([1.8, -1.4], SkyPos::new(150.0, 20.0));
    let plate = Wcs::plate_from_header(&cutout.header).expect("a plate polynomial");
    let tan = Wcs::tan_from_header(&cutout.header).expect("an explicit solution");
    assert!((worst(&cutout, &plate) - 2.28).abs() < 0.02, "{}", worst(&cutout, &plate));
    assert!(worst(&cutout, &tan) < 0.6);
}
