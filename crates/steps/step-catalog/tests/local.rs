//! Catalogues from local tables: formats, names, epochs, what is refused.

mod common;

use std::path::PathBuf;

use common::{Scene, facts, unit};
use step_contract::Status;
use step_harness::testing::InProcess;

fn local(scene: &Scene, files: &[(&str, &str)]) -> PathBuf {
    let folder = scene.folder.path().join("local");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    for (name, text) in files {
        std::fs::write(folder.join(name), text).expect("a file can be written");
    }
    folder
}

const GAIA_ARCHIVE: &str = "source_id,ra,dec,pmra,pmdec,phot_g_mean_mag\n\
    4295806720000000001,0.051,20.01,1.5,-2.5,11.0\n\
    4295806720000000002,359.99,19.99,,,15.5\n\
    4295806720000000003,10.0,20.0,,,9.0\n\
    4295806720000000004,,,,,9.0\n";

#[test]
fn a_table_with_the_names_of_the_gaia_archive_needs_no_map() {
    let scene = Scene::new();
    let folder = local(&scene, &[("gaia.csv", GAIA_ARCHIVE), ("other.csv", "a,b\n1,2\n")]);
    let result = scene.run().set("catalog", "gaia").set("local.file", "gaia.csv").input("local", &folder).run();
    let facts = facts(&result);
    assert_eq!((facts.rows_fetched, facts.epoch_yr), (Some(2), Some(2016.0)), "one row lies elsewhere, one nowhere");
    assert_eq!((facts.protocol.as_deref(), facts.local_file.as_deref()), (Some("local"), Some("gaia.csv")));
    let ids = scene.table().texts("id").expect("texts");
    assert_eq!(ids, ["4295806720000000002", "4295806720000000001"], "sorted by declination, no digit lost");
    assert_eq!(scene.server.log().requests.len(), 0, "no service is asked");
    let cut = scene.run().set("catalog", "gaia").set("local.file", "gaia.csv").set("brighter_than_mag", 12.0);
    let cut = cut.input("local", &folder).run();
    assert_eq!(cut.manifest.payload.rows_fetched, 1, "cut at G 12 for the bright stars");
}

#[test]
fn names_epoch_and_units_can_be_told() {
    let scene = Scene::new();
    let text = "# %ECSV 1.0\n# ---\n# datatype:\n# - {name: star, datatype: string}\n# - {name: alpha, unit: deg, datatype: float64}\n\
        # - {name: delta, unit: deg, datatype: float64}\n# - {name: mu_a, unit: arcsec / yr, datatype: float64}\n\
        # - {name: mu_d, unit: arcsec / yr, datatype: float64}\n# schema: astropy-2.0\n\
        star alpha delta mu_a mu_d\nx1 0.05 20.0 0.5 -0.25\n";
    let folder = local(&scene, &[("stars.ecsv", text)]);
    let result = scene
        .run()
        .config_toml(
            "catalog = \"gaia\"\n[local]\nfile = \"stars.ecsv\"\nepoch_yr = 1991.25\n[local.columns]\nid = [\"star\"]\n\
             ra = [\"alpha\"]\ndec = [\"delta\"]\npm_ra = [\"mu_a\"]\npm_dec = [\"mu_d\"]",
        )
        .input("local", &folder)
        .run();
    assert_eq!(facts(&result).epoch_yr, Some(1991.25));
    let table = scene.table();
    assert_eq!(table.numbers("pm_ra_mas_yr").expect("numbers"), [500.0], "arcsec/yr become mas/yr");
    assert_eq!(table.numbers("epoch_yr").expect("numbers"), [1991.25]);
}

#[test]
fn a_local_table_that_cannot_be_used_is_a_failure() {
    let truncated = "#\n#   VizieR Astronomical Server\n#INFO\t-out.max=2\t\n#\n\nRA_ICRS\tDE_ICRS\tGmag\ndeg\tdeg\tmag\n\
        --\t--\t--\n0.05\t20.0\t10\n0.06\t20.0\t11\n\n";
    let cases = [
        ("no_columns.csv", "a,b\n1,2\n", "columns_missing"),
        ("hours.csv", "<html><body>sorry</body></html>", "garbled"),
        ("cut.tsv", truncated, "rows_truncated"),
        ("odd.csv", "ra,dec,pmra\n0.05,20.0,fast\n", "bad_column"),
    ];
    for (name, text, kind) in cases {
        let scene = Scene::new();
        let folder = local(&scene, &[(name, text)]);
        let result = scene.run().set("catalog", "gaia").set("local.file", name).input("local", &folder).run();
        let unit = unit(&result);
        let reason = unit.reason.as_ref().unwrap_or_else(|| panic!("{name} was accepted"));
        assert_eq!((unit.status, result.exit), (Status::Failed, 20), "{name}: {reason:?}");
        let also = name == "hours.csv" && reason.kind == "service_error";
        assert!(reason.kind == kind || also, "{name}: {reason:?}");
        assert!(!reason.message.contains(&*folder.to_string_lossy()), "no path of this machine: {}", reason.message);
    }
}

#[test]
fn a_file_that_is_not_there_is_named_with_those_that_are() {
    let scene = Scene::new();
    let folder = local(&scene, &[("gaia.csv", GAIA_ARCHIVE)]);
    let run = || -> InProcess<step_catalog::Catalog> { scene.run().set("local.file", "usnob.csv") };
    let failure = run().input("local", &folder).try_run().expect_err("there is no such file");
    assert!(failure.message.contains("gaia.csv"), "{}", failure.message);
    let failure = run().try_run().expect_err("there is no folder");
    assert!(failure.message.contains("--input local=DIR"), "{}", failure.message);
    let result = scene.run().set("catalog", "gaia").input("local", &folder).run();
    assert_eq!(facts(&result).protocol.as_deref(), Some("asu-tsv"), "without local.file the folder is not looked at");
}

#[test]
fn the_simulated_usnob_in_vizier_layout_is_read() {
    let Some(data) = test_sky::real_data("the_simulated_usnob_in_vizier_layout_is_read") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let result = InProcess::<step_catalog::Catalog>::new(folder.path().join("ext"))
        .read("frames", data.join("i_sim/std/tile.fits.gz"))
        .input("local", data.join("i_sim/std"))
        .set("catalog", "usnob")
        .set("local.file", "usnob.tsv.gz")
        .run();
    let facts =
        result.manifest.units[0].facts.as_ref().unwrap_or_else(|| panic!("{:?}", result.manifest.units[0].reason));
    assert!(facts.rows_fetched.is_some_and(|rows| rows > 5000), "{:?} rows", facts.rows_fetched);
    assert_eq!(facts.epoch_yr, Some(2000.0));
}

#[test]
fn the_real_gaia_table_of_m67_is_read() {
    let Some(data) = test_sky::real_data("the_real_gaia_table_of_m67_is_read") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let run = || {
        InProcess::<step_catalog::Catalog>::new(folder.path().join("ext"))
            .read("frames", data.join("a_dss/dss1_red_M67_XE486.fits"))
            .input("local", data.join("b_catalog/m67"))
            .set("catalog", "gaia")
            .set("local.file", "m67_gaia_dr3_cone30arcmin_astro53396.csv.gz")
    };
    let all = run().run();
    let facts = all.manifest.units[0].facts.as_ref().unwrap_or_else(|| panic!("{:?}", all.manifest.units[0].reason));
    assert_eq!(facts.epoch_yr, Some(2016.0));
    let rows = facts.rows_fetched.expect("counted");
    assert!(rows > 2397, "the cutout alone holds 2,397 stars, the cone around it more: {rows}");
    let bright = run().set("brighter_than_mag", 12.0).run();
    let count = bright.manifest.payload.rows_fetched;
    assert!(count > 10 && count < 300, "stars brighter than G 12 in the cone: {count}");
}

/// Rows of a reported table for the frame of 00-base at (150, +20), whatever the ends of its lines.
const REPORTED: &str = "source_id,ra,dec,pmra,pmdec,phot_g_mean_mag,ref_epoch\n\
    4567890123456789001,0.051,20.01,-12.5,3.25,15.2,2016.0\n\
    4567890123456789002,0.049,19.99,,,19.8,2016.0\n\
    4567890123456789003,0.052,19.98,250.0,-80.0,12.1,2016.0\n";

#[test]
fn lines_that_end_with_cr_alone_are_lines() {
    for line_end in ["\n", "\r\n", "\r"] {
        let scene = Scene::new();
        let folder = local(&scene, &[("gaia.csv", &REPORTED.replace('\n', line_end))]);
        let result = scene.run().set("catalog", "gaia").set("local.file", "gaia.csv").input("local", &folder).run();
        assert_eq!(facts(&result).rows_fetched, Some(3), "lines that end with {line_end:?}");
    }
}

#[test]
fn a_table_without_a_row_around_the_frame_is_warned_of() {
    for (name, text) in [
        ("another field", "source_id,ra,dec,pmra,pmdec,phot_g_mean_mag\n1,10.0,-45.0,0,0,15\n"),
        ("a header only", "source_id,ra,dec,pmra,pmdec,phot_g_mean_mag\n"),
    ] {
        let scene = Scene::new();
        let folder = local(&scene, &[("gaia.csv", text)]);
        let result = scene.run().set("catalog", "gaia").set("local.file", "gaia.csv").input("local", &folder).run();
        assert_eq!(facts(&result).rows_fetched, Some(0), "{name}");
        assert!(unit(&result).warnings.iter().any(|warning| warning.kind == "no_rows"), "{name}");
    }
}

/// The report behind it is astropy/astroquery#3626.
#[test]
fn an_error_told_among_the_comments_is_one() {
    let head = "#Name: I/355/gaiadr3\nSource\tRA_ICRS\tDE_ICRS\tpmRA\tpmDE\tGmag\n \tdeg\tdeg\tmas/yr\tmas/yr\tmag\n------\t-------\t-------\t----\t----\t----\n";
    for (rows, notice) in [
        (
            "1\t0.051\t20.01\t\t\t15.0\n2\t0.049\t19.99\t\t\t16.0\n",
            "#INFO Errors=Fatal: query interrupted after 2 rows",
        ),
        ("", "#INFO Errors=ERROR: cannot connect to the database"),
    ] {
        let scene = Scene::new();
        let folder = local(&scene, &[("gaia.tsv", &format!("{head}{rows}{notice}\n#END#\n"))]);
        let result = scene.run().set("catalog", "gaia").set("local.file", "gaia.tsv").input("local", &folder).run();
        let unit = unit(&result);
        assert_eq!(unit.status, Status::Failed, "{notice}: {:?}", unit.facts);
    }
}

/// The reported files themselves, for a frame at (150, +20).
#[test]
fn the_reported_tables_are_read_as_they_should_be() {
    let Some(data) = test_sky::real_data("k_reports b01 and b02 through catalog") else { return };
    let data = data.join("k_reports");
    let rows = |report: &str| {
        let folder = tempfile::tempdir().expect("a folder");
        let run = InProcess::<step_catalog::Catalog>::new(folder.path().join("ext"));
        let run = run.read("frames", data.join("00-base/plain.fits")).input("local", data.join(report));
        let result = run.set("catalog", "gaia").set("local.file", "gaia.csv").run();
        (facts(&result).rows_fetched, unit(&result).warnings.iter().any(|warning| warning.kind == "no_rows"))
    };
    assert_eq!(rows("b01-local-table-cr-line-ends"), (Some(3), false));
    assert_eq!(rows("b02-local-table-of-another-field"), (Some(0), true));
}
