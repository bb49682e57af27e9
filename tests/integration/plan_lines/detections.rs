//! Steps 03 to 05: pass 1, PSF, pass 2.

use super::*;

#[test]
fn step_03_needs_clean_images_with_masks() {
    assert_needs("detect", &["frames"]);
    assert_reads("data/catalogs/p1", &[("frames", "mask")]);
}

#[test]
fn step_03_searches_with_the_plans_settings() {
    for folder in ["data/catalogs/p1", "data/catalogs/p2"] {
        let config = &smoke().manifest(folder)["config"];
        assert_eq!(number(&config["detect"]["min_area_px"]), 5.0, "DETECT_MINAREA");
        assert_eq!(number(&config["background"]["mesh_px"]), 64.0, "BACK_SIZE");
        assert_eq!(config["photometry"]["aperture_diameters_px"], serde_json::json!([5.0]), "PHOT_APERTURES");
        assert_eq!(number(&config["photometry"]["kron_factor"]), 2.5, "PHOT_AUTOPARAMS");
        assert_eq!(number(&config["photometry"]["kron_min_radius"]), 3.5, "PHOT_AUTOPARAMS");
    }
}

#[test]
fn step_03_has_the_plans_parameters() {
    let detect = &smoke().manifest("data/catalogs/p1")["config"]["detect"];
    assert_eq!(number(&detect["threshold_sigma"]), 5.0, "DETECT_THRESH");
    assert_eq!(number(&detect["deblend_levels"]), 32.0, "DEBLEND_NTHRESH");
    assert_eq!(number(&detect["deblend_contrast"]), 0.005, "DEBLEND_MINCONT");
}

#[test]
fn step_03_has_the_plans_fields() {
    let facts = &smoke().tile("data/catalogs/p1")["facts"];
    assert_eq!(facts["p1_cat"], format!("{TILE}.cat"));
    assert_members(facts, &["objects_detected", "threshold_sigma", "threshold_adu"]);
    assert!(facts.get("psf_model_used").is_none(), "pass 1 has no PSF: {facts}");
}

#[test]
fn step_03_smoke() {
    assert_line(3);
}

#[test]
fn step_03_writes_its_columns() {
    let path = smoke().folder("data/catalogs/p1").join(format!("{TILE}.cat"));
    let (_, table) = sky_fits::ldac::read(&path).expect("an LDAC file");
    for name in ["X_IMAGE", "Y_IMAGE", "MAG_AUTO", "XMIN_IMAGE", "YMAX_IMAGE", "FLAGS", "ALPHA_J2000"] {
        assert!(table.column(name).is_ok(), "{name} is missing");
    }
    assert!(table.column("SPREAD_MODEL").is_err(), "pass 1 knows no PSF");
}

#[test]
fn step_04_needs_the_catalogue_of_pass_1() {
    assert_needs("psf", &["frames", "catalog"]);
    assert_reads("data/psf", &[("frames", "mask"), ("catalog", "detect-p1")]);
}

#[test]
fn step_04_writes_its_file() {
    smoke().assert_files("data/psf", &of_tile(&[".psf"]));
}

#[test]
fn step_04_smoke() {
    assert_line(4);
}

#[test]
fn step_05_needs_the_model() {
    assert_reads("data/catalogs/p2", &[("frames", "mask"), ("psf", "psf")]);
    let root = tempfile::tempdir().expect("a folder");
    let refused = Command::new(integration_tests::skyledger())
        .args(["step", "detect", "run", "--out", "out", "--read", "psf=none.psf"])
        .current_dir(root.path())
        .output()
        .expect("the step runs");
    assert_eq!(refused.status.code(), Some(2), "a model that is not there");
}

#[test]
fn step_05_uses_the_model_of_step_04() {
    let manifest = smoke().manifest("data/catalogs/p2");
    let read = manifest["reads"].as_array().expect("reads").iter().find(|read| read["input"] == "psf");
    assert_eq!(read.expect("it reads a PSF")["label"], "psf");
    let facts = &smoke().tile("data/catalogs/p2")["facts"];
    assert_eq!(facts["p2_cat"], format!("{TILE}.cat"));
    assert_eq!(facts["psf_model_used"], format!("{TILE}.psf"));
    assert_members(facts, &["objects_detected"]);
}

#[test]
fn step_05_writes_its_columns() {
    let path = smoke().folder("data/catalogs/p2").join(format!("{TILE}.cat"));
    let (_, table) = sky_fits::ldac::read(&path).expect("an LDAC file");
    for name in ["FWHM_IMAGE", "SNR_WIN", "SPREAD_MODEL", "SPREADERR_MODEL", "XPSF_IMAGE", "FLUX_PSF"] {
        let values = table.numbers(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(values.iter().filter(|value| value.is_finite()).count() > values.len() / 2, "{name} has no values");
    }
}

#[test]
fn step_05_smoke() {
    assert_line(5);
}
