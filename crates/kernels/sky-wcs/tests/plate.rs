//! The plate polynomial against wcslib.

use sky_coords::{PixelPos, SkyPos};
use sky_image::{CardValue, Header};
use sky_wcs::{Solution, Wcs, WcsError};

/// A whole POSSI-E plate in cards: a good solution for tests that change one card.
fn plate_header() -> Header {
    let mut header = Header::new();
    let geometry = [
        ("CNPIX1", 8734.0),
        ("CNPIX2", 7218.0),
        ("XPIXELSZ", 25.28445),
        ("YPIXELSZ", 25.28445),
        ("PPO3", 174_974.7),
        ("PPO6", 174_974.7),
    ];
    let centre =
        [("PLTRAH", 8.0), ("PLTRAM", 55.0), ("PLTRAS", 55.0), ("PLTDECD", 0.0), ("PLTDECM", 26.0), ("PLTDECS", 58.3)];
    for (keyword, value) in geometry.into_iter().chain(centre) {
        header.push(keyword, CardValue::Real(value), "");
    }
    header.push("PLTDECSN", CardValue::Text("+".to_owned()), "");
    let amd = [67.246, 0.71, -66.9, -9.6e-6, -8.6e-6, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.06e-6, 0.0];
    for stem in ["AMDX", "AMDY"] {
        for (index, coefficient) in amd.into_iter().enumerate() {
            let coefficient = if stem == "AMDY" && index == 1 { -coefficient } else { coefficient };
            header.push(&format!("{stem}{}", index + 1), CardValue::Real(coefficient), "");
        }
    }
    header
}

/// The header as ICRS: wcslib's `wcsp2s` gives positions in the header's own frame, which is FK5 on plates.
fn as_icrs(mut header: Header) -> Header {
    header.set("RADESYS", CardValue::Text("ICRS".to_owned()), "");
    header
}

/// What wcslib answers on the headers of XE325 and of XE002, whose corner is 5 degrees from the pole.
#[test]
fn full_plates_give_the_positions_of_wcslib() {
    let Some(data) = test_sky::real_data("sky-wcs full_plates_give_the_positions_of_wcslib") else { return };
    let plates = test_sky::tar_gz_members(&data.join("a_dss/poss1e_full_plate_headers_share.tar.gz"));
    let vectors = [
        ("XE325", 1.0, 1.0, 219.764_842_2, 26.079_294_0),
        ("XE325", 7000.0, 6999.5, 216.070_908_1, 29.421_732_4),
        ("XE325", 14000.0, 13999.0, 212.129_013_8, 32.656_080_3),
        ("XE325", 1.0, 13999.0, 219.979_631_3, 32.683_819_9),
        ("XE325", 14000.0, 1.0, 212.408_323_1, 26.053_021_0),
        ("XE002", 1.0, 1.0, 23.522_076_1, 80.829_940_5),
        ("XE002", 7000.0, 6999.5, 2.353_936_1, 84.754_382_9),
        ("XE002", 14000.0, 13999.0, 302.647_989_2, 86.177_983_9),
    ];
    for (plate, x, y, ra_deg, dec_deg) in vectors {
        let (_, json) = plates.iter().find(|(name, _)| name.contains(plate)).expect("the plate is in the archive");
        let wcs = Wcs::from_header(&as_icrs(test_sky::header_from_json(json))).expect("a polynomial");
        assert_eq!(wcs.solution(), Solution::Plate, "full plates have no CTYPE");
        let off_arcsec = wcs.sky_from_pixel(PixelPos::from_fits(x, y)).separation_arcsec(SkyPos::new(ra_deg, dec_deg));
        assert!(off_arcsec < 0.001, "{plate} ({x}, {y}) is {off_arcsec} arcsec from wcslib");
    }
}

#[test]
fn every_full_plate_comes_back_from_the_sky_to_its_pixel() {
    let Some(data) = test_sky::real_data("sky-wcs every_full_plate_comes_back_from_the_sky_to_its_pixel") else {
        return;
    };
    let plates = test_sky::tar_gz_members(&data.join("a_dss/poss1e_full_plate_headers_share.tar.gz"));
    assert_eq!(plates.len(), 282, "the share holds 282 plates");
    for (name, json) in &plates {
        let wcs = Wcs::from_header(&test_sky::header_from_json(json)).unwrap_or_else(|error| panic!("{name}: {error}"));
        for (x, y) in [(0.0, 0.0), (13_999.0, 0.0), (6_999.5, 6_999.5), (0.0, 13_998.0), (13_999.0, 13_998.0)] {
            let back = wcs.pixel_from_sky(wcs.sky_from_pixel(PixelPos::new(x, y))).expect("the plate is in front");
            let off_px = (back.x_px - x).abs().max((back.y_px - y).abs());
            assert!(off_px <= 1e-6, "{name}: ({x}, {y}) came back {off_px} px away");
        }
        let scale = wcs.pixel_scale_arcsec();
        assert!((1.67..1.71).contains(&scale) || (1.0..1.02).contains(&scale), "{name}: scale {scale} arcsec");
    }
}

/// `expected_positions_share.csv`: both solutions at nine pixels of each cutout, by astropy (wcslib).
#[test]
fn both_solutions_of_the_cutouts_give_the_positions_of_wcslib() {
    let Some(data) = test_sky::real_data("sky-wcs both_solutions_of_the_cutouts_give_the_positions_of_wcslib") else {
        return;
    };
    let table = std::fs::read_to_string(data.join("a_dss/expected_positions_share.csv")).expect("the table is there");
    let (mut polynomials, mut explicit) = (0, 0);
    for line in table.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let number = |index: usize| fields[index].parse::<f64>().expect("a number");
        let bytes = std::fs::read(data.join(fields[0])).expect("the image is there");
        let header = as_icrs(test_sky::header_from_cards(&bytes));
        let pixel = PixelPos::from_fits(number(1), number(2));
        let compare = |wcs: &Wcs, ra_deg: f64, dec_deg: f64| {
            let off_arcsec = wcs.sky_from_pixel(pixel).separation_arcsec(SkyPos::new(ra_deg, dec_deg));
            assert!(off_arcsec < 1e-4, "{line}: {:?} is {off_arcsec} arcsec off", wcs.solution());
        };
        compare(&Wcs::plate_from_header(&header).expect("every cutout has the polynomial"), number(3), number(4));
        polynomials += 1;
        let chosen = Wcs::from_header(&header).expect("a good header");
        if fields[5].is_empty() {
            assert_eq!(chosen.solution(), Solution::Plate, "{line}: only the polynomial is there");
        } else {
            assert_eq!(chosen.solution(), Solution::Tan, "{line}: the explicit solution wins");
            compare(&chosen, number(5), number(6));
            explicit += 1;
        }
    }
    assert_eq!((polynomials, explicit), (27, 18), "nine pixels of three images, two with TAN");
}

/// The table's largest separations at the corners and edges: 0.021" on XE582, 0.686" on S134; none without TAN.
#[test]
fn the_distance_of_the_two_solutions_is_that_of_wcslib() {
    let Some(data) = test_sky::real_data("sky-wcs the_distance_of_the_two_solutions_is_that_of_wcslib") else { return };
    for (file, size, expected) in [
        ("dss1_red_HD219829_XE582.fits", 141, Some(0.021)),
        ("dss1_blue_UKST_S134_alphaCen.fits.gz", 100, Some(0.686)),
        ("dss1_red_M67_XE486.fits", 1059, None),
    ] {
        let bytes = std::fs::read(data.join("a_dss").join(file)).expect("the image is there");
        let wcs = Wcs::from_header(&test_sky::header_from_cards(&bytes)).expect("a good header");
        let found = wcs.tan_vs_plate_max_arcsec(size, size);
        let agrees = match (found, expected) {
            (Some(found), Some(expected)) => (found - expected).abs() < 0.001,
            (found, expected) => found == expected,
        };
        assert!(agrees, "{file}: {found:?} arcsec, expected {expected:?}");
    }
}

#[test]
fn the_middle_of_the_scan_is_the_middle_of_the_plate() {
    let header = plate_header();
    let wcs = Wcs::from_header(&header).expect("a good plate");
    // PPO3 / XPIXELSZ columns of the scan lie left of the centre of the plate.
    let centre_px = 174_974.7 / 25.28445;
    let mm = wcs
        .plate_mm_from_pixel(PixelPos::from_fits(centre_px - 8734.0 + 0.5, centre_px - 7218.0 + 0.5))
        .expect("a plate");
    assert!(mm.x_mm.abs() < 1e-9 && mm.y_mm.abs() < 1e-9, "{mm:?}");
    let right = wcs.plate_mm_from_pixel(PixelPos::from_fits(centre_px - 8734.0 + 1000.5, 0.0)).expect("a plate");
    assert!((right.x_mm + 25.284_45).abs() < 1e-9, "1000 columns to the right are -25.28445 mm, found {}", right.x_mm);
}

#[test]
fn the_sign_of_the_plate_counts_at_zero_degrees() {
    let mut header = plate_header();
    let north = Wcs::from_header(&header).expect("a good plate").tangent_point();
    header.set("PLTDECSN", CardValue::Text("-".to_owned()), "");
    let south = Wcs::from_header(&header).expect("a good plate").tangent_point();
    assert!(north.dec_deg > 0.44 && (north.dec_deg + south.dec_deg).abs() < 1e-12, "{north:?} {south:?}");
}

#[test]
fn a_plate_that_lacks_a_card_is_refused_by_its_name() {
    for keyword in ["CNPIX1", "XPIXELSZ", "PPO6", "AMDX7", "AMDY13", "PLTRAS", "PLTDECSN"] {
        let mut header = plate_header();
        header.remove(keyword);
        let found = Wcs::from_header(&header);
        assert!(
            matches!(&found, Err(WcsError::Missing { keyword: named, .. }) if named == keyword),
            "{keyword}: {found:?}"
        );
    }
}

#[test]
fn senseless_values_of_a_plate_are_refused() {
    for (keyword, value) in [
        ("XPIXELSZ", 0.0),
        ("PLTRAH", 24.0),
        ("PLTDECM", 60.0),
        ("PLTDECD", -5.0),
        ("AMDX1", f64::NAN),
        ("EQUINOX", 19.5),
    ] {
        let mut header = plate_header();
        header.set(keyword, CardValue::Real(value), "");
        let found = Wcs::from_header(&header);
        assert!(
            matches!(found, Err(WcsError::BadValue { .. } | WcsError::Unsupported { .. })),
            "{keyword} = {value}: {found:?}"
        );
    }
}
