//! The tables of archives and services, with the rows that they are known to have.
#![allow(clippy::print_stderr, reason = "tests say what they compared")]

use std::path::Path;

use sky_catalog::ColumnData;
use sky_table::{ReadOptions, TableChoice, TableFileError, read_table};

fn rows(data: &Path, name: &str, choice: TableChoice) -> usize {
    let options = ReadOptions { choice, ..ReadOptions::default() };
    let path = data.join("b_catalog").join(name);
    read_table(&path, &options).unwrap_or_else(|error| panic!("{name}: {error}")).table.n_rows()
}

#[test]
fn tables_of_the_field_have_their_rows() {
    let Some(data) = test_sky::real_data("sky-table tables_of_the_field_have_their_rows") else { return };
    let known = [
        ("astropy_votable/empty_table.xml", 0),
        ("astropy_votable/gemini.xml", 4),
        ("astropy_votable/nonstandard_units.xml", 0),
        ("astropy_votable/vizier_b2_votable.xml", 20),
        ("astroquery/astrometry_net_test-source-list.fit", 1000),
        ("astroquery/gaia_1712337806100O-result.ecsv", 5),
        ("astroquery/gaia_job_1.vot", 3),
        ("astroquery/imcce_skybot_query.vot", 4),
        ("astroquery/ipac_irsa_Cone.xml", 1),
        ("astroquery/simbad_simbad_linked_to_basic.xml", 24),
        ("astroquery/utils_tap_test_upload_file_1744351221317O-result.csv", 2),
        ("astroquery/utils_tap_test_upload_file_1744351221317O-result.ecsv", 2),
        ("astroquery/utils_tap_test_upload_file_1744351221317O-result_plain.vot", 2),
        ("astroquery/vizier_afgl2591_iram.xml", 14),
        ("astroquery/vizier_kang2010.xml", 50),
        ("astroquery/xmatch_posList.csv", 6),
        ("astroquery/xmatch_query_res.csv", 11),
        ("pyvo/dal_query_basic.xml", 3),
        ("pyvo/dal_query_overflowstatus.xml", 3),
        ("pyvo/dal_query_rootinfo.xml", 3),
        ("pyvo/dal_scs_result.xml", 1273),
        ("m67/m67_gaia_dr3_cone30arcmin_astro53396.csv.gz", 6185),
        ("m67/m67_gaia_edr3_epochJ2000_misfit13_cut.csv.gz", 8136),
        ("m67/m67_members_gaiadr2_ps1_sdss_2mass_wise_brutus_cut.fits.gz", 848),
        ("m67/m67_vizier_I355_gaiadr3_G16_skyplothelper.ecsv", 1037),
        ("vizier/m67_vizier_asu_tsv_pipe_gaiadr2_members_tab1b_cut.tsv", 1520),
        ("vizier/vizier_asu_tsv_V7.33_JAA677A163_members.tsv", 744),
        ("vizier/vizier_I284_outall_columns.tsv", 52),
        ("vizier_I_239_semicolon_2009.tsv", 1),
        ("vizier_I_259_tyc2_rows.tsv", 4),
        ("vizier_sharpless2.csv", 313),
        ("vizier_vdb.csv", 158),
        ("usno_a2_result.fits", 3),
        ("gaia_NGC188_results.fits", 4938),
        ("2MASS_NGC188_results.ecsv.gz", 5014),
        ("gaia_source_dr3_select_1_result.vot", 1),
    ];
    for (name, expected) in known {
        assert_eq!(rows(&data, name, TableChoice::Only), expected, "rows of {name}");
    }
    for (index, expected) in [5, 1, 0].into_iter().enumerate() {
        for name in ["regression.xml", "regression.bin.tabledata.truth.1.3.xml"] {
            let found = rows(&data, &format!("astropy_votable/{name}"), TableChoice::Index(index));
            assert_eq!(found, expected, "rows of table {} in {name}", index + 1);
        }
    }
    let gaia = "vizier/vizier_asu_tsv_I350_gaiaedr3_M29_5arcmin.tsv.gz";
    for (name, expected) in [("I/350/gaiaedr3", 1596), ("I/350/tyc2tdsc", 13), ("I/350/comscanl", 4)] {
        assert_eq!(rows(&data, gaia, TableChoice::Named(name.into())), expected, "rows of {name}");
    }
    eprintln!("{} tables have their rows", known.len() + 9);
}

#[test]
fn answers_that_are_errors_are_not_tables() {
    let Some(data) = test_sky::real_data("sky-table answers_that_are_errors_are_not_tables") else { return };
    for name in [
        "pyvo/dal_query_errorstatus.xml",
        "astropy_votable/irsa-nph-error.xml",
        "astroquery/ipac_irsa_irsa_dust_dust-error.xml",
        "astroquery/ukidss_error.html",
        "astroquery/vo_conesearch_conesearch_error1.xml",
        "astroquery/vo_conesearch_conesearch_error3.xml",
        "pyvo/io_uws_job-error.xml",
    ] {
        let error = read_table(&data.join("b_catalog").join(name), &ReadOptions::default()).expect_err(name);
        assert!(matches!(error, TableFileError::Service { .. }), "{name}: {error}");
    }
    for name in [
        "astroquery/jplhorizons_tlist_error.txt",
        "astroquery/utils_tap_xmlparser_test_jobs_async.xml",
        "astroquery/gaia_cone_search.json",
    ] {
        assert!(read_table(&data.join("b_catalog").join(name), &ReadOptions::default()).is_err(), "{name} is no table");
    }
}

#[test]
fn overflow_of_a_service_is_seen() {
    let Some(data) = test_sky::real_data("sky-table overflow_of_a_service_is_seen") else { return };
    let read = |name: &str| read_table(&data.join("b_catalog").join(name), &ReadOptions::default()).expect(name);
    assert!(read("pyvo/dal_query_overflowstatus.xml").meta.truncated, "QUERY_STATUS OVERFLOW after the table");
    assert!(!read("pyvo/dal_query_basic.xml").meta.truncated, "QUERY_STATUS OK");
    assert!(read("astroquery/vizier_kang2010.xml").meta.truncated, "50 rows of at most 50");
    assert!(!read("astroquery/vizier_afgl2591_iram.xml").meta.truncated, "14 rows of at most 50");
}

#[test]
fn one_answer_is_the_same_in_three_formats() {
    let Some(data) = test_sky::real_data("sky-table one_answer_is_the_same_in_three_formats") else { return };
    let read = |end: &str| {
        let name = format!("b_catalog/astroquery/utils_tap_test_upload_file_1744351221317O-result{end}");
        read_table(&data.join(name), &ReadOptions::default()).expect(end).table
    };
    let csv = read(".csv");
    for other in [read(".ecsv"), read("_plain.vot")] {
        assert_eq!(other.integers("source_id").ok(), csv.integers("source_id").ok(), "ids");
        assert_eq!(other.numbers("ra").ok(), csv.numbers("ra").ok(), "right ascensions");
        assert_eq!(other.numbers("dec").ok(), csv.numbers("dec").ok(), "declinations");
        assert_eq!(other.column("ra").map(|ra| ra.unit.as_str()), Some("deg"), "unit");
    }
    assert_eq!(csv.n_rows(), 2, "compared 2 rows");
}

#[test]
fn every_datatype_of_votable_is_read() {
    let Some(data) = test_sky::real_data("sky-table every_datatype_of_votable_is_read") else { return };
    let options = ReadOptions { choice: TableChoice::Named("main_table".into()), ..ReadOptions::default() };
    let table = read_table(&data.join("b_catalog/astropy_votable/regression.xml"), &options).expect("regression").table;
    assert_eq!(table.texts("string test").expect("texts")[1], "String &amp; test", "CDATA is taken literally");
    assert_eq!(table.texts("unicode_test").expect("texts")[1], "வணக்கம்", "Tamil");
    let long = table.integers("long").expect("long");
    assert_eq!(
        long,
        [Some(922_337_203_685_477), None, Some(-1_152_921_504_606_846_976), Some(1_152_921_504_606_846_975), None],
        "long"
    );
    assert_eq!(
        table.column("boolean").map(|column| &column.data),
        Some(&ColumnData::Bool(vec![Some(true), Some(false), Some(true), Some(false), None])),
        "boolean"
    );
    assert_eq!(table.integers("nulls").expect("nulls"), [Some(0), None, Some(2), None, None], "null=-9 and blank");
    let double = table.numbers("double").expect("double");
    assert!(double[0] == 8.999_023_437_5 && double[3].is_nan(), "double: {double:?}");
    assert_eq!(
        table.texts("array").expect("arrays are texts")[2],
        "12 34 56 78 87 65 43 21",
        "an array keeps its text"
    );
    let gaia =
        read_table(&data.join("b_catalog/astroquery/gaia_job_1.vot"), &ReadOptions::default()).expect("BINARY2").table;
    assert_eq!(gaia.numbers("alpha").expect("alpha"), [1.0, 3.0, 5.0], "BINARY2 doubles, as astropy reads them");
}
