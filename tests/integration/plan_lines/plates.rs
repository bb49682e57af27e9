//! Steps 00 to 02: tiles, images, masks.

use super::*;

#[test]
fn step_00_takes_the_flags_of_the_plan() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |mode: &str| {
        let output = Command::new(integration_tests::skyledger())
            .args(["step", "tiling", "run", "--tile-size", "60x60", "--mode", mode, "--out", "tiles"])
            .args(["--set", "targets=[{ ra_deg = 150.0, dec_deg = 20.0 }]"])
            .current_dir(folder.path())
            .output()
            .expect("the step runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = run("hex30");
    assert_eq!(code, Some(0), "{said}");
    let payload = &json(&folder.path().join("tiles/manifest.json"))["payload"];
    assert_eq!((&payload["tile_size"], &payload["tiling_mode"]), (&"60x60".into(), &"hex30".into()));
    assert_eq!(run("triangles").0, Some(21), "a mode that there is not");
}

#[test]
fn step_00_smoke() {
    assert_line(0);
}

#[test]
fn step_01_needs_tiles() {
    assert_needs("download", &["tiles"]);
    assert_reads("data/downloads", &[("tiles", "tiling")]);
}

#[test]
fn step_01_writes_its_files() {
    smoke().assert_files("data/downloads", &[format!("{TILE}.fits"), "downloads.manifest.json".to_owned()]);
    let folder = smoke().folder("data/downloads");
    let read = |name: &str| std::fs::read(folder.join(name)).expect("a manifest");
    assert_eq!(read("manifest.json"), read("downloads.manifest.json"), "the survey plan's name, the same bytes");
}

#[test]
fn step_01_has_the_plans_fields() {
    let manifest = smoke().manifest("data/downloads");
    assert_members(&manifest["payload"], &["endpoint", "survey", "tiles_processed", "fits_count"]);
    assert_eq!(manifest["payload"]["endpoint"], "stsci-dss");
    assert!(manifest["execution"]["attempts"].is_object(), "retries are execution");
}

#[test]
fn step_01_smoke() {
    assert_line(1);
}

#[test]
fn step_02_needs_images() {
    assert_needs("mask", &["frames"]);
    assert_reads("data/masks", &[("frames", "download"), ("bright", "catalog-bright")]);
}

#[test]
fn step_02_writes_its_files() {
    smoke().assert_files("data/masks", &of_tile(&[".clean.fits", ".mask", ".background.fits"]));
}

#[test]
fn step_02_has_the_plans_fields() {
    let facts = &smoke().tile("data/masks")["facts"]["mask"];
    assert_eq!(facts["input_fits"], format!("{TILE}.fits"));
    assert_eq!(facts["clean_fits"], format!("{TILE}.clean.fits"));
    assert_eq!(facts["mask_file"], format!("{TILE}.mask"));
    assert_members(facts, &["mask_threshold_mag", "max_radius_arcsec", "bright_stars", "masked_pixels"]);
}

#[test]
fn step_02_takes_the_flags_of_the_plan() {
    let output = Command::new(integration_tests::skyledger())
        .args(["step", "mask", "run", "--help"])
        .output()
        .expect("the step runs");
    let help = String::from_utf8_lossy(&output.stdout).into_owned();
    for flag in ["--mask-threshold", "--max-radius", "--catalog"] {
        assert!(help.contains(flag), "{flag} is missing in {help}");
    }
}

#[test]
fn step_02_leaves_the_solution_that_the_detector_uses() {
    let solution = |folder: &str, ending: &str| {
        let image = sky_fits::ImageReader::open(&smoke().folder(folder).join(format!("{TILE}{ending}")))
            .and_then(|reader| reader.read())
            .expect("an image");
        sky_wcs::Wcs::from_header(&image.header).expect("a solution")
    };
    let (received, clean) = (solution("data/downloads", ".fits"), solution("data/masks", ".clean.fits"));
    let astrometry = |folder: &str| smoke().tile(folder)["facts"]["astrometry"].clone();
    assert_eq!(astrometry("data/masks"), astrometry("data/catalogs/p1"), "mask and detector name one solution");
    for (x_px, y_px) in [(0.0, 0.0), (350.0, 350.0), (700.0, 10.0), (5.0, 690.0)] {
        let place = sky_coords::PixelPos::new(x_px, y_px);
        let apart = received.sky_from_pixel(place).separation_arcsec(clean.sky_from_pixel(place));
        assert!(apart < 1e-9, "{apart} arcsec apart at {x_px} {y_px}");
    }
}

#[test]
fn step_02_smoke() {
    assert_line(2);
}
