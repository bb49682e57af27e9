//! The step on real and made plates, run as its program would run it.
#![allow(clippy::print_stderr, reason = "a test on real data prints what it measured")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use products::{FrameFacts, FrameSet};
use sky_coords::{PixelPos, SkyPos};
use sky_fits::{ImageReader, PixelData, read_header};
use sky_image::{CardValue, Header, mask_bits};
use sky_table::{ReadOptions, read_table};
use sky_wcs::Wcs;
use step_contract::{Manifest, Status};
use step_harness::testing::{InProcess, RunResult};
use step_mask::Mask;

const HEADER: &str = "id,ra_deg,dec_deg,epoch_yr,pm_ra_mas_yr,pm_dec_mas_yr,mag\n";

fn write_stars(path: &Path, stars: &[(SkyPos, f64)]) {
    let mut text = HEADER.to_owned();
    for (i, (place, mag)) in stars.iter().enumerate() {
        writeln!(text, "s{i},{},{},2000.0,0.0,0.0,{mag}", place.ra_deg, place.dec_deg).expect("text grows");
    }
    std::fs::write(path, text).expect("the test's folder can be written");
}

/// A plate of noise, 200 x 150 pixels of 1.7 arcsec, with a solution unless told otherwise.
fn write_noise(path: &Path, with_wcs: bool) -> Wcs {
    let wcs = Wcs::north_up(SkyPos::new(150.0, 20.0), PixelPos::new(99.5, 74.5), 1.7).expect("a sound solution");
    let mut header = Header::new();
    if with_wcs {
        assert!(wcs.write_to(&mut header), "a TAN solution can be written");
    }
    header.push("DATE-OBS", CardValue::Text("1951-11-29T04:65:00".to_owned()), "");
    let pixels = test_sky::white_noise(200, 150, 250.0, 3).mapv(|value| (value + 4_000.0).round() as i16);
    let mut file = std::fs::File::create(path).expect("the test's folder can be written");
    sky_fits::write_image(&mut file, &header, PixelData::I16(&pixels)).expect("an image can be written");
    wcs
}

fn facts(manifest: &Manifest<FrameSet>) -> &FrameFacts {
    let unit = &manifest.units[0];
    unit.facts.as_ref().unwrap_or_else(|| panic!("the unit is {:?}: {:?}", unit.status, unit.reason))
}

fn run(folder: &Path, image: &Path, stars: &Path) -> RunResult<FrameSet> {
    InProcess::<Mask>::new(folder.join("out")).read("frames", image).read("bright", stars).run()
}

fn fitsverify(file: &Path) {
    let Some(program) = test_sky::tool("fitsverify") else { return };
    let run = Command::new(program).arg("-e").arg(file).output().expect("fitsverify starts");
    let text = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(text.contains("and 0 error(s)"), "{}: {text}", file.display());
}

#[test]
fn stars_are_flagged_and_no_pixel_is_changed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let image = folder.path().join("tile.fits");
    let wcs = write_noise(&image, true);
    let star = wcs.sky_from_pixel(PixelPos::new(60.0, 80.0));
    let stars = folder.path().join("tile.csv");
    write_stars(&stars, &[(star, 10.0), (wcs.sky_from_pixel(PixelPos::new(150.0, 30.0)), 12.5)]);
    let result = run(folder.path(), &image, &stars);
    assert_eq!(result.exit, 0);
    let mask_facts = facts(&result.manifest).mask.clone().expect("facts of the mask");
    assert_eq!(mask_facts.bright_stars, 1, "one star is brighter than 12");
    let out = folder.path().join("out");
    let before = ImageReader::open(&image).and_then(|reader| reader.read_raw()).expect("the image");
    let after =
        ImageReader::open(&out.join("tile.clean.fits")).and_then(|reader| reader.read_raw()).expect("the clean image");
    assert_eq!(after.pixels, before.pixels, "a clean image keeps pixels and pixel type");
    let mask = ImageReader::open(&out.join("tile.mask")).and_then(|reader| reader.read()).expect("the mask is FITS");
    assert_eq!(mask.pixels.dim(), (150, 200));
    let bits = |x: usize, y: usize| mask.pixels[(y, x)] as u16;
    assert_ne!(bits(60, 80) & mask_bits::BRIGHT_STAR, 0, "the star's centre");
    assert_eq!(bits(150, 30), 0, "the fainter star");
    let counted = mask.pixels.iter().filter(|&&bits| bits != 0.0).count() as u64;
    assert_eq!(mask_facts.masked_pixels, counted);
    // 33 arcsec = 19.4 px: a disc of 1,184 pixels and the arms beyond it.
    assert!((1_184..1_900).contains(&counted), "{counted} masked pixels");
    for name in ["tile.clean.fits", "tile.mask", "tile.background.fits"] {
        fitsverify(&out.join(name));
    }
}

#[test]
fn the_date_is_repaired_and_the_raw_text_kept() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (image, stars) = (folder.path().join("tile.fits"), folder.path().join("tile.csv"));
    write_noise(&image, true);
    write_stars(&stars, &[]);
    run(folder.path(), &image, &stars);
    let header = &read_header(&folder.path().join("out/tile.clean.fits")).expect("the clean image")[0].header;
    assert_eq!(header.text("DATE-OBS"), Some("1951-11-29T05:05:00"), "65 minutes past four");
    assert_eq!(header.text("RAWDATE"), Some("1951-11-29T04:65:00"));
}

#[test]
fn no_bright_star_is_a_valid_empty_mask() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (image, stars) = (folder.path().join("tile.fits"), folder.path().join("tile.csv"));
    write_noise(&image, true);
    write_stars(&stars, &[]);
    let result = run(folder.path(), &image, &stars);
    assert_eq!((result.exit, result.manifest.units[0].status), (0, Status::Done));
    let mask = ImageReader::open(&folder.path().join("out/tile.mask"))
        .and_then(|reader| reader.read())
        .expect("the mask is there");
    assert!(mask.pixels.iter().all(|&bits| bits == 0.0), "nothing is flagged");
    assert_eq!(facts(&result.manifest).mask.as_ref().map(|mask| mask.masked_fraction), Some(0.0));
}

#[test]
fn a_large_mask_is_a_warning() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (image, stars) = (folder.path().join("tile.fits"), folder.path().join("tile.csv"));
    let wcs = write_noise(&image, true);
    write_stars(&stars, &[(wcs.sky_from_pixel(PixelPos::new(100.0, 75.0)), 7.0)]);
    let result = run(folder.path(), &image, &stars);
    let kinds: Vec<&str> = result.manifest.units[0].warnings.iter().map(|warning| warning.kind.as_str()).collect();
    assert_eq!(kinds, ["masked_fraction"], "a star of 7 mag covers more than 5 % of 200 x 150 pixels");
}

#[test]
fn an_image_without_a_solution_is_unprocessable() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (image, stars) = (folder.path().join("tile.fits"), folder.path().join("tile.csv"));
    write_noise(&image, false);
    write_stars(&stars, &[]);
    let result = run(folder.path(), &image, &stars);
    let unit = &result.manifest.units[0];
    assert_eq!(unit.status, Status::Unprocessable);
    assert_eq!(unit.reason.as_ref().map(|reason| reason.kind.as_str()), Some("no_wcs"));
}

#[test]
fn the_wrong_catalogue_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (image, stars) = (folder.path().join("tile.fits"), folder.path().join("tile.csv"));
    write_noise(&image, true);
    write_stars(&stars, &[]);
    let step = InProcess::<Mask>::new(folder.path().join("out")).read("frames", &image).read("bright", &stars);
    let result = step.set("catalog", "tycho2").run();
    let reason = result.manifest.units[0].reason.clone().expect("a reason");
    assert_eq!(reason.kind, "wrong_catalogue", "{}", reason.message);
}

/// Gaia stars of the M67 field as a reference catalogue, at their own epoch.
fn gaia(data: &Path, folder: &Path, unit: &str) -> PathBuf {
    let path = data.join("b_catalog/m67/m67_gaia_dr3_cone30arcmin_astro53396.csv.gz");
    let table = read_table(&path, &ReadOptions::default()).expect("the Gaia table").table;
    let numbers = |name: &str| table.numbers(name).expect("a column of numbers");
    let (ra, dec, pm_ra, pm_dec) = (numbers("ra"), numbers("dec"), numbers("pmra"), numbers("pmdec"));
    let mag = numbers("phot_g_mean_mag");
    let ids = table.texts("source_id").expect("ids");
    let mut text = HEADER.to_owned();
    let cell = |value: f64| if value.is_nan() { String::new() } else { value.to_string() };
    for i in 0..ids.len() {
        let numbers = [ra[i], dec[i], 2016.0, pm_ra[i], pm_dec[i], mag[i]].map(cell).join(",");
        writeln!(text, "{},{numbers}", ids[i]).expect("text grows");
    }
    let file = folder.join(format!("{unit}.csv"));
    std::fs::write(&file, text).expect("the test's folder can be written");
    file
}

#[test]
fn bright_stars_of_the_m67_plate_are_masked() {
    let Some(data) = test_sky::real_data("step-mask: bright stars of the M67 plate") else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let image = data.join("a_dss/dss1_red_M67_XE486.fits");
    let stars = gaia(&data, folder.path(), "dss1_red_M67_XE486");
    let result = run(folder.path(), &image, &stars);
    assert_eq!(result.exit, 0);
    let mask_facts = facts(&result.manifest).mask.clone().expect("facts of the mask");
    let out = folder.path().join("out");
    let mask =
        ImageReader::open(&out.join("dss1_red_M67_XE486.mask")).and_then(|reader| reader.read()).expect("the mask");
    let wcs = Wcs::from_header(&ImageReader::open(&image).and_then(|reader| reader.read()).expect("the plate").header)
        .expect("the plate polynomial");
    let rows = products::reference_catalog::read_rows(&stars).expect("the stars");
    let (mut inside, mut saturated) = (0, 0);
    for star in rows.iter().filter(|star| star.mag <= 12.0) {
        let Some(place) = wcs.pixel_from_sky(star.position_at(1951.91)) else { continue };
        let (x, y) = (place.x_px.round(), place.y_px.round());
        if (0.0..1059.0).contains(&x) && (0.0..1059.0).contains(&y) {
            let bits = mask.pixels[(y as usize, x as usize)] as u16;
            assert_ne!(bits & mask_bits::BRIGHT_STAR, 0, "the star of G {} at {x} {y} is not masked", star.mag);
            inside += 1;
            saturated += usize::from(bits & mask_bits::SATURATED != 0);
        }
    }
    eprintln!(
        "M67: {inside} stars of G <= 12 inside, {} masking; {:.2} % masked; plateau {:?} ADU, {saturated} of the stars on it; {} bad lines",
        mask_facts.bright_stars,
        100.0 * mask_facts.masked_fraction,
        mask_facts.saturation_plateau_adu,
        mask_facts.bad_lines.unwrap_or(0)
    );
    assert!(inside >= 30, "{inside} bright stars compared");
    assert!(mask_facts.bright_stars >= inside, "stars outside the frame mask as well");
    assert!(mask_facts.masked_fraction < 0.2, "{} of a cluster's field is masked", mask_facts.masked_fraction);
    let plateau = mask_facts.saturation_plateau_adu.expect("the bright stars of M67 are saturated");
    assert!((12_000.0..13_400.0).contains(&plateau), "plateau at {plateau} ADU, the brightest pixel has 13,374");
    for name in ["clean.fits", "mask"] {
        fitsverify(&out.join(format!("dss1_red_M67_XE486.{name}")));
    }
}

#[test]
fn the_archives_second_hdu_is_dropped() {
    let Some(data) = test_sky::real_data("step-mask: second HDU of an STScI cutout") else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let stars = folder.path().join("dss1_red_HD219829_XE582.csv");
    write_stars(&stars, &[]);
    let result = run(folder.path(), &data.join("a_dss/dss1_red_HD219829_XE582.fits"), &stars);
    assert_eq!(result.exit, 0);
    assert_eq!(facts(&result.manifest).mask.as_ref().map(|mask| mask.hdus_dropped), Some(1));
    let hdus = read_header(&folder.path().join("out/dss1_red_HD219829_XE582.clean.fits")).expect("the clean image");
    assert_eq!(hdus.len(), 1, "the primary alone");
    assert_eq!(hdus[0].header.text("DATE-OBS"), Some("1951-08-09T10:00:00"), "minute 60 is carried");
}

#[test]
fn the_published_masks_file_holds_the_defaults() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (image, stars) = (folder.path().join("tile.fits"), folder.path().join("tile.csv"));
    write_noise(&image, true);
    write_stars(&stars, &[]);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../config/masks/poss1e.toml");
    let with =
        |out: &str| InProcess::<Mask>::new(folder.path().join(out)).read("frames", &image).read("bright", &stars);
    let (plain, published) = (with("plain").run(), with("published").config_file(&file).run());
    assert_eq!(
        published.manifest.config, plain.manifest.config,
        "config/masks/poss1e.toml is what the step does anyway"
    );
}

/// A plate of noise with that share of its pixels negative, as the archive's copies have them near the edge of some plates.
fn write_broken(path: &Path, fraction: f64, is_plate: bool) {
    let wcs = Wcs::north_up(SkyPos::new(150.0, 20.0), PixelPos::new(99.5, 74.5), 1.7).expect("a sound solution");
    let mut header = Header::new();
    assert!(wcs.write_to(&mut header), "a TAN solution can be written");
    if is_plate {
        header.push("PLTSCALE", CardValue::Real(67.2), "");
    }
    let broken = (30_000.0 * fraction) as usize;
    let mut pixels = test_sky::white_noise(200, 150, 250.0, 3).mapv(|value| (value + 4_000.0).round() as i16);
    // Spread over the image, so that no line is a defect of its own.
    for i in 0..broken {
        let at = (i * 7919) % 30_000;
        pixels[(at / 200, at % 200)] = if i % 2 == 0 { -4_000 } else { i16::MAX };
    }
    let mut file = std::fs::File::create(path).expect("the test's folder can be written");
    sky_fits::write_image(&mut file, &header, PixelData::I16(&pixels)).expect("an image can be written");
}

#[test]
fn a_plate_with_impossible_pixels_is_warned_of_and_then_refused() {
    for (fraction, is_plate, status, warned) in [
        (0.0, true, Status::Done, false),
        (0.009, true, Status::Done, false),
        (0.02, true, Status::Done, true),
        (0.049, true, Status::Done, true),
        (0.06, true, Status::Unprocessable, false),
        (0.34, true, Status::Unprocessable, false),
        (0.34, false, Status::Done, false),
    ] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let image = folder.path().join("tile.fits");
        write_broken(&image, fraction, is_plate);
        let result =
            InProcess::<Mask>::new(folder.path().join("out")).read("frames", &image).set("catalog", "none").run();
        let unit = &result.manifest.units[0];
        let name = format!("{fraction} of a {}", if is_plate { "plate" } else { "CCD" });
        assert_eq!(unit.status, status, "{name}: {:?}", unit.reason);
        assert_eq!(unit.warnings.iter().any(|warning| warning.kind == "broken_pixels"), warned, "{name}");
        let told = unit.facts.as_ref().and_then(|facts| facts.mask.as_ref()).and_then(|mask| mask.broken_fraction);
        match (status, is_plate) {
            (Status::Done, true) => {
                let told = told.expect("a fact of every plate");
                assert!((told - fraction).abs() < 1e-4, "{name}: {told}");
            }
            (Status::Done, false) => assert_eq!(told, None, "{name}: negative pixels are lawful there"),
            _ => assert_eq!(unit.reason.as_ref().map(|reason| reason.kind.as_str()), Some("broken_pixels"), "{name}"),
        }
    }
}

#[test]
fn the_real_plate_has_no_impossible_pixel() {
    let Some(data) = test_sky::real_data("broken pixels of XE486") else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let image = data.join("a_dss/dss1_red_M67_XE486.fits");
    let result = InProcess::<Mask>::new(folder.path().join("out")).read("frames", &image).set("catalog", "none").run();
    let mask = facts(&result.manifest).mask.clone().expect("facts of the mask");
    assert_eq!(mask.broken_fraction, Some(0.0));
}
