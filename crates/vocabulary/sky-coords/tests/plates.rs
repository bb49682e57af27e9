//! Dates of observation of real plates.

use sky_coords::DateObs;

/// DATE-OBS in the headers of 932 full plates at IRSA: from 1949-11-19 to 1958-12-10, and none needs repair.
#[test]
fn the_dates_of_all_full_plates_are_read_without_repair() {
    let Some(data) = test_sky::real_data("sky-coords the_dates_of_all_full_plates_are_read_without_repair") else {
        return;
    };
    let plates = test_sky::tar_gz_members(&data.join("a_dss/poss1e_full_plate_headers_share.tar.gz"));
    assert_eq!(plates.len(), 282, "the share holds 282 plates");
    for (name, json) in &plates {
        let header = test_sky::header_from_json(json);
        let text = header.text("DATE-OBS").unwrap_or_else(|| panic!("{name} has a DATE-OBS"));
        let date = DateObs::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(date.has_time && !date.corrected, "{name}: {date:?}");
        assert!((1949.88..1958.95).contains(&date.epoch_yr), "{name}: {date:?}");
    }
}

/// The three cutouts: minute 60 as STScI serves it today, the old form with a card UT, and a plain one.
#[test]
fn the_dates_of_the_cutouts_are_repaired_where_they_must_be() {
    let Some(data) = test_sky::real_data("sky-coords the_dates_of_the_cutouts_are_repaired_where_they_must_be") else {
        return;
    };
    for (file, normalised, corrected) in [
        ("dss1_red_HD219829_XE582.fits", "1951-08-09T10:00:00", true),
        ("dss1_red_M67_XE486.fits", "1951-11-29T12:07:00", false),
        ("dss1_blue_UKST_S134_alphaCen.fits.gz", "1976-03-11T17:38:00", false),
    ] {
        let header =
            test_sky::header_from_cards(&std::fs::read(data.join("a_dss").join(file)).expect("the image is there"));
        let text = header.text("DATE-OBS").expect("a DATE-OBS");
        let date = DateObs::parse_with_time(text, header.text("UT")).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!((date.normalised.as_str(), date.corrected), (normalised, corrected), "{file}: {date:?}");
    }
}
