//! Download from a local folder: whole images, windows of plates, damaged files.

mod common;

use std::io::Write as _;
use std::path::PathBuf;

use common::{Scene, Tile, facts_of, sky, unit};
use loopback_services::Sky as _;
use sky_coords::SkyPos;
use sky_wcs::Wcs;
use step_contract::Status;

fn plates(scene: &Scene, files: &[(&str, &[u8])]) -> PathBuf {
    let folder = scene.folder.path().join("plates");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    for (name, bytes) in files {
        std::fs::write(folder.join(name), bytes).expect("a file can be written");
    }
    folder
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory")
}

fn whole(id: &'static str, plate: &str) -> Tile {
    Tile { mode: "plates", plate: Some(plate.to_owned()), ..Tile::at(id, 150.0, 20.0) }
}

#[test]
fn an_image_that_is_the_tile_is_kept_to_the_byte() {
    let image = sky().image(common::CENTRE, 4.0, 4.0).expect("the plate covers its centre");
    let scene = Scene::new();
    let folder = plates(&scene, &[("plain.fits", &image), ("packed.fits.gz", &packed(&image))]);
    let result = scene.run(&[whole("tile_a", "plain"), whole("tile_b", "packed")]).input("plates", folder).run();
    assert_eq!(result.exit, 0);
    for tile in ["tile_a", "tile_b"] {
        assert!(std::fs::read(scene.image(tile)).expect("the image is there") == image, "{tile}: same bytes, unpacked");
    }
    let download = facts_of(&result, "tile_a").download.as_ref().expect("it says where it came from");
    assert_eq!((download.endpoint.as_str(), download.resampled), ("plates", false));
    assert_eq!(scene.server.log().requests.len(), 0, "no service is asked");
}

#[test]
fn a_window_of_a_plate_keeps_pixels_and_both_solutions() {
    let mut plate_sky = sky();
    plate_sky.side_px = 700;
    let size_arcmin = 700.0 * 1.7 / 60.0;
    // A cutout of nearly the whole plate has both solutions, and CNPIX that are not zero.
    let plate =
        plate_sky.image(common::CENTRE, size_arcmin - 2.0, size_arcmin - 2.0).expect("the plate covers its centre");
    for name in ["big.fits", "big.fits.gz"] {
        let scene = Scene::new();
        let bytes = if name.ends_with("gz") { packed(&plate) } else { plate.clone() };
        let folder = plates(&scene, &[(name, &bytes)]);
        let path = folder.join(name);
        let result = scene.run(&[Tile::at("tile_a", 150.03, 20.02)]).input("plates", &folder).run();
        let facts = facts_of(&result, "tile_a");
        assert!((175..=178).contains(&facts.width_px), "5' at 1.70\" are not {} px", facts.width_px);
        let (window, source) = (
            sky_fits::ImageReader::open(&scene.image("tile_a")).and_then(|reader| reader.read()),
            sky_fits::ImageReader::open(&path).and_then(|reader| reader.read()),
        );
        let (window, source) = (window.expect("an image"), source.expect("an image"));
        let offset = |keyword: &str| {
            let moved = window.header.number(keyword).expect("a card") - source.header.number(keyword).expect("a card");
            moved as usize
        };
        let (left, bottom) = (offset("CNPIX1"), offset("CNPIX2"));
        let (height, width) = window.pixels.dim();
        let mut compared = 0;
        for row in 0..height {
            for column in 0..width {
                assert_eq!(window.pixels[[row, column]], source.pixels[[row + bottom, column + left]]);
                compared += 1;
            }
        }
        assert!(compared > 30_000, "the test must compare something: {compared}");
        for solution in [Wcs::tan_from_header, Wcs::plate_from_header] {
            let (window, source) =
                (solution(&window.header).expect("it is there"), solution(&source.header).expect("it is there"));
            let here = window.sky_from_pixel(sky_coords::PixelPos::new(10.0, 20.0));
            let there = source.sky_from_pixel(sky_coords::PixelPos::new(10.0 + left as f64, 20.0 + bottom as f64));
            assert!(here.separation_arcsec(there) < 1e-6, "{name}: {here:?} against {there:?}");
        }
    }
}

#[test]
fn the_plate_that_shows_the_tile_best_is_cut_and_none_is_no_work() {
    let centres = [("east", 150.2), ("west", 149.8)];
    let scene = Scene::new();
    let images: Vec<(String, Vec<u8>)> = centres
        .iter()
        .map(|(name, ra)| {
            let mut sky = sky();
            (sky.centre, sky.plate) =
                (SkyPos::new(*ra, 20.0), if *name == "east" { "XE001" } else { "XE002" }.to_owned());
            (format!("{name}.fits"), sky.image(sky.centre, 20.0, 20.0).expect("the plate covers its centre"))
        })
        .collect();
    let files: Vec<(&str, &[u8])> = images.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let folder = plates(&scene, &files);
    let tiles = [Tile::at("far", 10.0, 20.0), Tile::at("left", 149.9, 20.0), Tile::at("right", 150.15, 20.0)];
    let result = scene.run(&tiles).input("plates", folder).run();
    let plate = |id| facts_of(&result, id).plate.as_ref().and_then(|plate| plate.plate_id.clone());
    assert_eq!((plate("left").as_deref(), plate("right").as_deref()), (Some("XE002"), Some("XE001")));
    let far = unit(&result, "far");
    assert_eq!(
        (far.status, far.reason.as_ref().map(|reason| reason.kind.as_str())),
        (Status::NoWork, Some("no_coverage"))
    );
}

#[test]
fn a_damaged_file_of_ours_is_a_failure_that_does_not_pass() {
    let image = sky().image(common::CENTRE, 4.0, 4.0).expect("the plate covers its centre");
    let html = b"<html><body>not an image</body></html>".to_vec();
    for (name, bytes, kind) in [
        ("cut.fits", image[..20_000].to_vec(), "truncated"),
        ("cut2.fits.gz", packed(&image)[..3000].to_vec(), "truncated"),
        ("page.fits", html, "not_fits"),
    ] {
        let scene = Scene::new();
        let folder = plates(&scene, &[(name, &bytes)]);
        let stem = name.split('.').next().expect("a name");
        let result = scene.run(&[whole("tile_a", stem)]).input("plates", folder).run();
        let unit = unit(&result, "tile_a");
        let reason = unit.reason.as_ref().expect("a reason");
        assert_eq!((unit.status, reason.kind.as_str(), result.exit), (Status::Failed, kind, 20), "{name}: {reason:?}");
        let here = scene.folder.path().to_string_lossy();
        assert!(!reason.message.contains(here.as_ref()), "no path of this machine: {}", reason.message);
    }
}

#[test]
fn the_real_m67_plate_is_accepted_by_its_region() {
    let Some(data) = test_sky::real_data("the_real_m67_plate_is_accepted_by_its_region") else { return };
    let scene = Scene::new();
    let folder = scene.folder.path().join("plates");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    std::os::unix::fs::symlink(data.join("a_dss/dss1_red_M67_XE486.fits"), folder.join("m67.fits")).expect("a link");
    let result = scene.run(&[whole("tile_m67", "m67")]).input("plates", folder).run();
    let facts = facts_of(&result, "tile_m67");
    let download = facts.download.as_ref().expect("it says where it came from");
    assert_eq!(download.survey_rule.as_deref(), Some("region"), "SURVEY is absent, REGION is XE486");
    let (plate, exposure) = (facts.plate.as_ref(), facts.exposure.as_ref());
    let (plate, exposure) = plate.zip(exposure).expect("plate and exposure are described");
    assert_eq!(plate.plate_id.as_deref(), Some("XE486"));
    assert!(
        exposure.date_obs.as_deref().is_some_and(|date| date.starts_with("1951-11-29")),
        "dd/mm/yy is read: {exposure:?}"
    );
    test_sky::assert_close!(
        exposure.epoch_yr.expect("it has an epoch"),
        1951.91,
        abs = 0.01,
        "the plate was taken on 1951-11-29"
    );
    assert_eq!(facts.astrometry.as_ref().expect("it has world coordinates").solution, "plate");
    assert_eq!((facts.width_px, facts.height_px), (1059, 1059));
}

#[test]
fn a_real_cutout_of_stsci_has_both_solutions_and_a_repaired_date() {
    let Some(data) = test_sky::real_data("a_real_cutout_of_stsci_has_both_solutions_and_a_repaired_date") else {
        return;
    };
    let scene = Scene::new();
    let folder = scene.folder.path().join("plates");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let files = [("dss1_red_HD219829_XE582.fits", "hd.fits"), ("dss1_blue_UKST_S134_alphaCen.fits.gz", "acen.fits.gz")];
    for (from, to) in files {
        std::os::unix::fs::symlink(data.join("a_dss").join(from), folder.join(to)).expect("a link");
    }
    let result = scene.run(&[whole("tile_acen", "acen"), whole("tile_hd", "hd")]).input("plates", folder).run();
    let facts = facts_of(&result, "tile_hd");
    let exposure = facts.exposure.as_ref().expect("the exposure is described");
    assert_eq!(exposure.date_obs_raw.as_deref(), Some("1951-08-09T09:60:00"));
    assert_eq!(
        exposure.date_obs.as_deref().map(|date| &date[..16]),
        Some("1951-08-09T10:00"),
        "60 minutes are carried"
    );
    let difference = facts.astrometry.as_ref().and_then(|astrometry| astrometry.tan_vs_plate_max_arcsec);
    assert!(difference.is_some_and(|difference| difference < 3.0), "both solutions are there: {difference:?}");
    let other = unit(&result, "tile_acen");
    assert_eq!(
        other.reason.as_ref().map(|reason| reason.kind.as_str()),
        Some("wrong_survey"),
        "a southern plate is refused"
    );
}
