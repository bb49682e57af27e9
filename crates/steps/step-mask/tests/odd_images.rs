//! Images that hold no sky: each ends in a typed outcome, none in a panic.

use std::path::Path;

use sky_coords::{PixelPos, SkyPos};
use sky_fits::PixelData;
use sky_image::{Header, Image};
use sky_wcs::Wcs;
use step_contract::Status;
use step_harness::testing::InProcess;
use step_mask::Mask;
use test_sky::white_noise;

const SIDE: usize = 96;

/// A name, the image, and whether it has a background: a row in which nothing varies is a defect, so an image of such rows has
/// none.
fn images() -> Vec<(&'static str, Image, bool)> {
    let noise = || white_noise(SIDE, SIDE, 5.0, 8).mapv(|value| value + 1000.0);
    let flat = |width, height, value| white_noise(width, height, 1.0, 1).mapv(|_| value);
    let mut huge_pixel = noise();
    huge_pixel[[40, 50]] = 1.0e30;
    let images = vec![
        ("blank", flat(SIDE, SIDE, 0.0), false),
        ("constant", flat(SIDE, SIDE, 1234.5), false),
        ("nan", flat(SIDE, SIDE, f32::NAN), false),
        ("infinite", flat(SIDE, SIDE, f32::INFINITY), false),
        ("single", flat(1, 1, 7.0), true),
        ("row", white_noise(300, 1, 5.0, 4), true),
        ("column", white_noise(1, 300, 5.0, 4), true),
        ("saturated", flat(SIDE, SIDE, 65_535.0), false),
        ("huge_pixel", huge_pixel, true),
        ("huge", noise().mapv(|value| value * 1.0e27), true),
        ("tiny", noise().mapv(|value| value * 1.0e-30), true),
    ];
    images.into_iter().map(|(name, pixels, sky)| (name, Image::new(pixels), sky)).collect()
}

fn run(folder: &Path, name: &str, image: &Image, stars: &str) -> (Status, Option<String>) {
    let wcs = Wcs::north_up(SkyPos::new(150.0, 20.0), PixelPos::new(0.5, 0.5), 1.7).expect("a WCS");
    let mut header = Header::new();
    assert!(wcs.write_to(&mut header), "a TAN solution can be written");
    let (path, table) = (folder.join(format!("{name}.fits")), folder.join(format!("{name}.csv")));
    let mut file = std::fs::File::create(&path).expect("a file in the temporary folder");
    sky_fits::write_image(&mut file, &header, PixelData::F32(&image.pixels)).expect("an image can be written");
    std::fs::write(&table, stars).expect("a file in the temporary folder");
    let out = folder.join(format!("{name}-out"));
    let result = InProcess::<Mask>::new(out).read("frames", &path).read("bright", &table).run();
    let unit = &result.manifest.units[0];
    (unit.status, unit.reason.as_ref().map(|reason| reason.kind.clone()))
}

#[test]
fn each_odd_image_ends_in_a_typed_outcome() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let faint = "id,ra_deg,dec_deg,epoch_yr,pm_ra_mas_yr,pm_dec_mas_yr,mag\ns0,150.0,20.0,2000.0,0.0,0.0,13.0\n";
    let mut others = Vec::new();
    for (name, image, has_background) in images() {
        let expected = if has_background {
            (Status::Done, None)
        } else {
            (Status::Unprocessable, Some("no_background".to_owned()))
        };
        let seen = run(folder.path(), name, &image, faint);
        if seen != expected {
            others.push((name, seen));
        }
    }
    assert!(others.is_empty(), "{others:?}");
}

#[test]
fn an_image_under_the_mask_of_one_star_has_no_background() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bright = "id,ra_deg,dec_deg,epoch_yr,pm_ra_mas_yr,pm_dec_mas_yr,mag\ns0,150.0,20.0,2000.0,0.0,0.0,-4.0\n";
    let small = Image::new(white_noise(20, 20, 5.0, 8).mapv(|value| value + 1000.0));
    let expected = (Status::Unprocessable, Some("no_background".to_owned()));
    assert_eq!(run(folder.path(), "masked", &small, bright), expected);
}
