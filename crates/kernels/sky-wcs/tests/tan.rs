//! TAN and its distortions against astropy 8.0.2 (wcslib), and what is refused.

use proptest::prelude::*;
use sky_coords::{CelestialFrame, PixelPos, SkyPos};
use sky_image::{CardValue, Header};
use sky_wcs::{Solution, Wcs, WcsError};

const REFERENCE: [(&str, f64); 4] = [("CRPIX1", 100.5), ("CRPIX2", 50.25), ("CRVAL1", 150.0), ("CRVAL2", 20.0)];
const CD: [(&str, f64); 2] = [("CD1_1", -4.7e-4), ("CD2_2", 4.8e-4)];

fn header(ctypes: (&str, &str), cards: &[&[(&str, f64)]]) -> Header {
    let mut header = Header::new();
    header.set("CTYPE1", CardValue::Text(ctypes.0.to_owned()), "");
    header.set("CTYPE2", CardValue::Text(ctypes.1.to_owned()), "");
    for (keyword, value) in cards.iter().copied().flatten() {
        header.set(keyword, CardValue::Real(*value), "");
    }
    header
}

fn off_arcsec(wcs: &Wcs, (x, y): (f64, f64), (ra_deg, dec_deg): (f64, f64)) -> f64 {
    wcs.sky_from_pixel(PixelPos::from_fits(x, y)).separation_arcsec(SkyPos::new(ra_deg, dec_deg))
}

/// `astropy.wcs.WCS(header).all_pix2world(5.0, 7.0, 1)` on headers with these cards.
#[test]
fn every_form_of_the_matrix_gives_the_position_of_astropy() {
    let (tan, swapped) = (("RA---TAN", "DEC--TAN"), ("DEC--TAN", "RA---TAN"));
    let turned = [("CRVAL1", 20.0), ("CRVAL2", 150.0)];
    let pc =
        [("CDELT1", -4.7e-4), ("CDELT2", 4.8e-4), ("PC1_1", 0.98), ("PC1_2", -0.19), ("PC2_1", 0.2), ("PC2_2", 0.97)];
    let crota = [("CDELT1", -4.7e-4), ("CDELT2", 4.8e-4), ("CROTA2", 33.0)];
    let swapped_cd = [("CD1_1", 1e-5), ("CD1_2", 4.8e-4), ("CD2_1", -4.7e-4), ("CD2_2", 2e-5)];
    let swapped_crota = [("CDELT1", 4.8e-4), ("CDELT2", -4.7e-4), ("CROTA1", 33.0)];
    let cases: [(&str, Header, (f64, f64)); 8] = [
        ("PC and CDELT", header(tan, &[&REFERENCE, &pc]), (150.042_692_257_4, 19.970_689_696_9)),
        ("CROTA2", header(tan, &[&REFERENCE, &crota]), (150.052_094_278_5, 20.007_027_708_4)),
        (
            "declination first",
            header(swapped, &[&REFERENCE, &turned, &swapped_cd]),
            (150.046_838_634_0, 19.978_278_853_5),
        ),
        (
            "declination first, CROTA1",
            header(swapped, &[&REFERENCE, &turned, &swapped_crota]),
            (150.044_702_933_0, 19.972_620_894_9),
        ),
        ("LONPOLE", header(tan, &[&REFERENCE, &CD, &[("LONPOLE", 150.0)]]), (150.052_413_876_7, 20.004_456_106_1)),
        ("north pole", header(tan, &[&REFERENCE, &CD, &[("CRVAL2", 90.0)]]), (35.178_735_717_6, 89.950_546_591_5)),
        (
            "north pole, LONPOLE 180",
            header(tan, &[&REFERENCE, &CD, &[("CRVAL2", 90.0), ("LONPOLE", 180.0)]]),
            (215.178_735_717_6, 89.950_546_591_5),
        ),
        ("south pole", header(tan, &[&REFERENCE, &CD, &[("CRVAL2", -90.0)]]), (264.821_264_282_4, -89.950_546_591_5)),
    ];
    for (name, header, expected) in cases {
        let wcs = Wcs::from_header(&header).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(wcs.solution(), Solution::Tan);
        let off = off_arcsec(&wcs, (5.0, 7.0), expected);
        assert!(off < 1e-5, "{name}: {off} arcsec from astropy");
    }
}

/// SCAMP's PV cards with TAN, radial terms included: astropy as above.
#[test]
fn pv_cards_with_tan_are_the_distortion_of_scamp() {
    let pv = [
        ("PV1_0", 1e-4),
        ("PV1_1", 1.001),
        ("PV1_3", 2e-4),
        ("PV1_7", 0.01),
        ("PV1_8", 0.02),
        ("PV2_1", 0.999),
        ("PV2_2", 1e-4),
        ("PV2_11", 0.02),
    ];
    let wcs = Wcs::from_header(&header(("RA---TAN", "DEC--TAN"), &[&REFERENCE, &CD, &pv])).expect("a SCAMP header");
    let off = off_arcsec(&wcs, (5.0, 7.0), (150.047_924_077_4, 19.979_261_232_3));
    assert!(off < 1e-5, "{off} arcsec from astropy");
}

/// `WCS(fits.getheader(file)).all_pix2world(x, y, 1)` at corners and middle.
#[test]
fn real_distorted_headers_give_the_positions_of_astropy() {
    let Some(data) = test_sky::real_data("sky-wcs real_distorted_headers_give_the_positions_of_astropy") else {
        return;
    };
    let cases = [
        ("c_camera/solutions/16bit-mono-M34.wcs", 1.0, 1.0, 40.878_993_052_9, 42.909_901_564_8),
        ("c_camera/solutions/16bit-mono-M34.wcs", 640.0, 480.0, 40.167_718_514_1, 42.599_885_582_6),
        (
            "c_camera/solutions/Light_M_94_10.0s_IRCUT_20250326-212046.wcs",
            1.0,
            1.0,
            193.273_180_876_5,
            41.740_775_673_7,
        ),
        (
            "c_camera/solutions/Light_M_94_10.0s_IRCUT_20250326-212046.wcs",
            540.0,
            960.0,
            192.777_926_248_3,
            41.117_178_852_6,
        ),
        (
            "c_camera/solutions/Light_M_94_10.0s_IRCUT_20250326-212046.wcs",
            1080.0,
            1920.0,
            192.290_867_058_6,
            40.491_101_653_8,
        ),
        ("c_camera/solutions/ngc4535-autofocus1.wcs", 1125.0, 1.0, 187.657_523_895_3, 8.158_257_023_3),
        ("c_camera/solutions/ngc4535-autofocus1.wcs", 1.0, 1034.0, 188.596_716_197_8, 7.525_889_434_4),
        ("c_camera/solutions/HATP-32171220013343.wcs", 650.0, 1.0, 30.563_658_819_8, 47.095_118_908_1),
        ("c_camera/solutions/HATP-32171220013343.wcs", 1.0, 500.0, 31.925_527_432_7, 46.382_194_243_6),
        ("f_nasty/astropy/irac_sip.hdr", 1.0, 1.0, 6.135_008_720_2, -2.129_820_199_4),
        ("f_nasty/astropy/irac_sip.hdr", 256.0, 1.0, 6.097_638_159_9, -2.052_057_817_1),
        ("f_nasty/wcslib/TPV3.keyrec", 1.0, 1.0, 337.607_050_064_1, 67.727_458_071_0),
        ("f_nasty/wcslib/TPV3.keyrec", 6576.0, 1.0, 348.058_848_905_0, 44.617_671_754_9),
        ("f_nasty/wcslib/TPV3.keyrec", 3288.0, 2192.0, 359.048_589_822_1, 57.200_097_587_2),
        ("f_nasty/wcslib/TPV3.keyrec", 6576.0, 4384.0, 10.300_096_707_7, 44.700_874_640_6),
    ];
    for (file, x, y, ra_deg, dec_deg) in cases {
        let mut header = test_sky::header_from_cards(&std::fs::read(data.join(file)).expect("the file is there"));
        // astropy's pixel_to_world_values are in the header's own frame.
        header.set("RADESYS", CardValue::Text("ICRS".to_owned()), "");
        let wcs = Wcs::from_header(&header).unwrap_or_else(|error| panic!("{file}: {error}"));
        let off = off_arcsec(&wcs, (x, y), (ra_deg, dec_deg));
        assert!(off < 1e-5, "{file} ({x}, {y}): {off} arcsec from astropy");
        let back = wcs.pixel_from_sky(wcs.sky_from_pixel(PixelPos::from_fits(x, y))).expect("inside the image");
        let off_px = (back.x_px + 1.0 - x).abs().max((back.y_px + 1.0 - y).abs());
        assert!(off_px <= 1e-6, "{file} ({x}, {y}) came back {off_px} px away");
    }
}

/// DECam CCD N2 with TPV, 0.6 degrees off axis; cards of `c4d_170316_062107_ooi_z_ls9.N2.fits`, numbers by astropy.
#[test]
fn a_decam_chip_with_tpv_gives_the_positions_of_astropy() {
    let cards = [
        ("CRPIX1", -118.2001),
        ("CRPIX2", 7292.67),
        ("CRVAL1", 187.323_479_372_3),
        ("CRVAL2", 25.479_293_128_29),
        ("CD1_1", -1.104_488_698_978e-7),
        ("CD1_2", 7.285_275_995_8e-5),
        ("CD2_1", -7.288_270_893_501e-5),
        ("CD2_2", -1.255_065_383_381e-7),
        ("PV1_0", 0.002_023_803_505_134),
        ("PV1_1", 1.009_709_449_007),
        ("PV1_2", 0.000_173_422_874_473_9),
        ("PV1_3", 0.0),
        ("PV1_4", 0.007_772_465_501_686),
        ("PV1_5", 0.000_631_667_838_366_2),
        ("PV1_6", -0.000_665_990_530_698_8),
        ("PV1_7", 0.001_341_550_032_322),
        ("PV1_8", 0.000_719_349_570_349_6),
        ("PV1_9", -0.002_664_890_898_568),
        ("PV1_10", -0.004_662_820_322_857),
        ("PV2_0", 0.000_211_208_040_456),
        ("PV2_1", 1.006_626_107_812),
        ("PV2_2", 0.000_317_699_138_493_3),
        ("PV2_3", 0.0),
        ("PV2_4", -3.855_829_537_919e-5),
        ("PV2_5", 0.003_454_047_132_365),
        ("PV2_6", 0.000_657_228_161_545_5),
        ("PV2_7", -0.007_001_080_270_484),
        ("PV2_8", 0.001_548_700_744_88),
        ("PV2_9", -0.000_760_599_627_434_4),
        ("PV2_10", 0.000_307_957_934_876_1),
    ];
    let wcs = Wcs::from_header(&header(("RA---TPV", "DEC--TPV"), &[&cards])).expect("a DECam header");
    for (x, y, ra_deg, dec_deg) in [
        (1.0, 1.0, 186.733_807_352_8, 25.470_488_646_7),
        (251.0, 1.0, 186.733_866_216_4, 25.452_185_025_4),
        (125.0, 122.0, 186.743_624_836_0, 25.461_431_941_6),
        (251.0, 245.0, 186.753_604_276_0, 25.452_227_741_5),
    ] {
        let off = off_arcsec(&wcs, (x, y), (ra_deg, dec_deg));
        assert!(off < 1e-5, "({x}, {y}): {off} arcsec from astropy");
    }
}

/// `calabretta_expected_share.csv`: TAN is right, the other fourteen projections are refused.
#[test]
fn projections_are_right_or_refused() {
    let Some(data) = test_sky::real_data("sky-wcs projections_are_right_or_refused") else { return };
    let folder = data.join("f_nasty/calabretta_projections");
    let table = std::fs::read_to_string(folder.join("calabretta_expected_share.csv")).expect("the table is there");
    let (mut right, mut refused) = (0, 0);
    for line in table.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let number = |index: usize| fields[index].parse::<f64>().expect("a number");
        let mut header =
            test_sky::header_from_cards(&std::fs::read(folder.join(fields[0])).expect("the header is there"));
        // The table is about projections: positions are not carried from FK5 to ICRS (0.02 arcsec).
        header.set("RADESYS", CardValue::Text("ICRS".to_owned()), "");
        match Wcs::from_header(&header) {
            Ok(wcs) => {
                let off = off_arcsec(&wcs, (number(1), number(2)), (number(3), number(4)));
                assert!(off < 1e-4, "{line}: {off} arcsec off");
                right += 1;
            }
            Err(WcsError::Unsupported { .. }) => refused += 1,
            Err(error) => panic!("{line}: {error}"),
        }
    }
    assert_eq!((right, refused), (4, 56), "four pixels of TAN, four of each of the others");
}

#[test]
fn what_would_be_silently_wrong_is_refused() {
    let tan = ("RA---TAN", "DEC--TAN");
    let text = |mut header: Header, keyword: &str, value: &str| {
        header.set(keyword, CardValue::Text(value.to_owned()), "");
        header
    };
    let good = || header(tan, &[&REFERENCE, &CD]);
    assert!(Wcs::from_header(&good()).is_ok(), "the header that the cases change is good");
    let cases = [
        ("declination off the sphere", header(tan, &[&REFERENCE, &CD, &[("CRVAL2", 200.0)]])),
        ("not a number", header(tan, &[&REFERENCE, &CD, &[("CRPIX1", f64::NAN)]])),
        ("singular", header(tan, &[&REFERENCE, &[("CD1_1", 1e-4), ("CD1_2", 2e-4), ("CD2_1", 2e-4), ("CD2_2", 4e-4)]])),
        ("no matrix", header(tan, &[&REFERENCE])),
        ("no CRVAL", header(tan, &[&[("CRPIX1", 1.0), ("CRPIX2", 1.0)], &CD])),
        ("two projections", header(("RA---TAN", "DEC--SIN"), &[&REFERENCE, &CD])),
        ("twice right ascension", header(("RA---TAN", "RA---TAN"), &[&REFERENCE, &CD])),
        ("galactic", header(("GLON-TAN", "GLAT-TAN"), &[&REFERENCE, &CD])),
        ("no projection", header(("RA", "DEC"), &[&REFERENCE, &CD])),
        ("pixels", header(("PIXEL", "PIXEL"), &[&REFERENCE, &CD])),
        ("sine", header(("RA---SIN", "DEC--SIN"), &[&REFERENCE, &CD])),
        ("TNX", header(("RA---TNX", "DEC--TNX"), &[&REFERENCE, &CD])),
        ("SIP without suffix", header(tan, &[&REFERENCE, &CD, &[("A_ORDER", 2.0), ("B_ORDER", 2.0)]])),
        ("SIP without B", header(("RA---TAN-SIP", "DEC--TAN-SIP"), &[&REFERENCE, &CD, &[("A_ORDER", 2.0)]])),
        ("TPV beyond its last term", header(("RA---TPV", "DEC--TPV"), &[&REFERENCE, &CD, &[("PV1_40", 1.0)]])),
        ("native reference point", header(tan, &[&REFERENCE, &CD, &[("PV1_1", 1.0), ("PV1_2", 0.0)]])),
        ("an equinox that is no year", header(tan, &[&REFERENCE, &CD, &[("EQUINOX", 19.5)]])),
        ("geocentric", text(good(), "RADESYS", "GAPPT")),
        ("arc seconds", text(good(), "CUNIT1", "arcsec")),
        ("one axis", {
            let mut header = good();
            header.remove("CTYPE2");
            header
        }),
    ];
    for (name, header) in cases {
        let found = Wcs::from_header(&header);
        assert!(found.is_err(), "{name}: {found:?}");
        assert_ne!(found, Err(WcsError::NoSolution), "{name}: the header claims a solution");
    }
    assert_eq!(Wcs::from_header(&Header::new()), Err(WcsError::NoSolution));
}

#[test]
fn a_written_solution_is_read_back_as_the_same() {
    let tpv = header(("RA---TPV", "DEC--TPV"), &[&REFERENCE, &CD, &[("PV1_7", 0.01), ("PV2_1", 0.999)]]);
    let sip = header(
        ("RA---TAN-SIP", "DEC--TAN-SIP"),
        &[&REFERENCE, &CD, &[("A_ORDER", 2.0), ("B_ORDER", 3.0), ("A_2_0", 1e-6), ("B_1_2", -1e-8)]],
    );
    let lonpole = header(("RA---TAN", "DEC--TAN"), &[&REFERENCE, &CD, &[("LONPOLE", 150.0)]]);
    let fk4 = header(("RA---TAN", "DEC--TAN"), &[&REFERENCE, &CD, &[("EQUINOX", 1950.0)]]);
    for original in [tpv, sip, lonpole, fk4] {
        let wcs = Wcs::from_header(&original).expect("a good header");
        let mut written = header(("RA---SIN", "DEC--SIN"), &[&[("CDELT1", 1.0), ("PC1_1", 3.0), ("CROTA2", 40.0)]]);
        assert!(wcs.write_to(&mut written), "a TAN solution can be written");
        assert_eq!(Wcs::from_header(&written), Ok(wcs), "from {written:?}");
    }
}

#[test]
fn the_footprint_of_a_square_degree_is_a_square_degree() {
    let wcs = Wcs::north_up(SkyPos::new(359.9, 60.0), PixelPos::new(1058.5, 1058.5), 1.7).expect("good parts");
    let footprint = wcs.footprint(2118, 2118);
    assert!(footprint.centre.separation_arcsec(SkyPos::new(359.9, 60.0)) < 1e-9, "{footprint:?}");
    let expected = 2118.0 * 1.7 * std::f64::consts::FRAC_1_SQRT_2;
    assert!(
        (footprint.half_diagonal_arcsec - expected).abs() < 0.3,
        "{} instead of {expected}",
        footprint.half_diagonal_arcsec
    );
    assert!((footprint.pixel_scale_arcsec - 1.7).abs() < 1e-6, "{footprint:?}");
    assert!(
        footprint.corners[0].ra_deg < 10.0 && footprint.corners[1].ra_deg > 350.0,
        "left is east, across RA 0: {footprint:?}"
    );
}

/// PV cards of a TAN header without an index of 5 or more are parameters of the projection: none but PVi_3 (LONPOLE) changes
/// anything. Positions: wcslib 8 through astropy 8.0.2.
#[test]
fn pv_cards_below_5_are_no_distortion() {
    let same_as = |pv: &[(&str, f64)], lonpole_deg: f64| {
        let found = Wcs::from_header(&header(("RA---TAN", "DEC--TAN"), &[&REFERENCE, &CD, pv])).expect("a good header");
        let plain = header(("RA---TAN", "DEC--TAN"), &[&REFERENCE, &CD, &[("LONPOLE", lonpole_deg)]]);
        let plain = Wcs::from_header(&plain).expect("a good header");
        let at = PixelPos::new(10.0, 180.0);
        let off_arcsec = found.sky_from_pixel(at).separation_arcsec(plain.sky_from_pixel(at));
        assert!(off_arcsec < 1e-9, "{pv:?}: {off_arcsec} arcsec from the plain projection");
    };
    same_as(&[("PV2_1", 0.0), ("PV2_2", 0.0)], 180.0);
    same_as(&[("PV2_1", 1.01), ("PV2_4", 0.5)], 180.0);
    same_as(&[("PV1_0", 1.0)], 180.0);
    same_as(&[("PV1_1", 0.0), ("PV1_2", 90.0)], 180.0);
    same_as(&[("PV1_3", 150.0)], 150.0);
}

/// Frames as the standard reads them: table 24 and the note on EPOCH.
#[test]
fn the_frame_is_the_one_that_the_cards_name() {
    let fk4 =
        |equinox_yr: f64, epoch_yr: Option<f64>, e_terms: bool| CelestialFrame::Fk4 { equinox_yr, epoch_yr, e_terms };
    let fk5 = |equinox_yr: f64| CelestialFrame::Fk5 { equinox_yr };
    let dated = Some(1955.0 + 113.208_333_333_333_3 / 365.25);
    let name = |text: &str| CardValue::Text(text.to_owned());
    let number = CardValue::Real;
    for (cards, expected, warnings) in [
        (vec![], CelestialFrame::Icrs, 0),
        (vec![("EPOCH", number(1950.0))], fk4(1950.0, None, true), 0),
        (vec![("EPOCH", number(2000.0))], fk5(2000.0), 0),
        (vec![("EPOCH", number(1955.31)), ("DATE-OBS", name("1955-04-24"))], CelestialFrame::Icrs, 0),
        (vec![("EPOCH", number(2015.5))], fk5(2015.5), 1),
        (vec![("EPOCH", number(1950.0)), ("EQUINOX", number(2000.0))], fk5(2000.0), 0),
        (vec![("EQUINOX", name("J2000"))], fk5(2000.0), 0),
        (vec![("EQUINOX", name("2000.0"))], fk5(2000.0), 0),
        (vec![("EQUINOX", name("B1950"))], fk4(1950.0, None, true), 0),
        (vec![("RADECSYS", name("FK4"))], fk4(1950.0, None, true), 0),
        (vec![("RADESYS", name("FK4-NO-E"))], fk4(1950.0, None, false), 0),
        (vec![("RADESYS", name("FK5")), ("EQUINOX", number(1950.0))], fk5(1950.0), 1),
        (vec![("RADESYS", name("FK4")), ("EQUINOX", number(2000.0))], fk4(2000.0, None, true), 1),
        (vec![("RADESYS", name("ICRS")), ("EQUINOX", number(1950.0))], CelestialFrame::Icrs, 1),
        (vec![("RADESYS", name("ICRS")), ("RADECSYS", name("FK5"))], CelestialFrame::Icrs, 1),
        (vec![("EQUINOX", number(1950.0)), ("DATE-OBS", name("1955-04-24T05:00:00"))], fk4(1950.0, dated, true), 0),
    ] {
        let mut header = header(("RA---TAN", "DEC--TAN"), &[&REFERENCE, &CD]);
        cards.iter().for_each(|(keyword, value)| header.set(keyword, value.clone(), ""));
        let wcs = Wcs::from_header(&header).unwrap_or_else(|error| panic!("{cards:?}: {error}"));
        let same = match (wcs.frame(), expected) {
            (
                CelestialFrame::Fk4 { epoch_yr: Some(found), .. },
                CelestialFrame::Fk4 { epoch_yr: Some(expected), .. },
            ) => (found - expected).abs() < 1e-2,
            (found, expected) => found == expected,
        };
        assert!(same, "{cards:?}: {:?}, expected {expected:?}", wcs.frame());
        assert_eq!(wcs.warnings().len(), warnings, "{cards:?}: {:?}", wcs.warnings());
    }
}

#[test]
fn the_far_side_of_the_sky_has_no_pixel() {
    let wcs = Wcs::north_up(SkyPos::new(10.0, 40.0), PixelPos::new(50.0, 50.0), 1.0).expect("good parts");
    assert_eq!(wcs.pixel_from_sky(SkyPos::new(190.0, -40.0)), None, "the antipode");
    assert_eq!(wcs.pixel_from_sky(SkyPos::new(10.0, -50.1)), None, "90.1 degrees away");
}

proptest! {
    #[test]
    fn sky_and_pixel_are_inverse_with_any_sip(
        ra in 0.0..360.0f64, dec in -90.0..=90.0f64, turn in 0.0..std::f64::consts::TAU, scale in 1e-5..1e-3f64,
        a in proptest::array::uniform4(-1.0..1.0f64), x in 0.0..4000.0f64, y in 0.0..4000.0f64,
    ) {
        let (sin, cos) = (turn.sin() * scale, turn.cos() * scale);
        let cards = [
            ("CRPIX1", 2000.0), ("CRPIX2", 2100.0), ("CRVAL1", ra), ("CRVAL2", dec),
            ("CD1_1", -cos), ("CD1_2", sin), ("CD2_1", sin), ("CD2_2", cos),
            ("A_ORDER", 3.0), ("B_ORDER", 3.0), ("A_2_0", a[0] * 5e-6), ("A_1_2", a[1] * 2e-9), ("B_0_2", a[2] * 5e-6), ("B_3_0", a[3] * 2e-9),
        ];
        let wcs = Wcs::from_header(&header(("RA---TAN-SIP", "DEC--TAN-SIP"), &[&cards])).expect("a good header");
        let back = wcs.pixel_from_sky(wcs.sky_from_pixel(PixelPos::new(x, y))).expect("in front and without a fold");
        prop_assert!((back.x_px - x).abs() < 1e-6 && (back.y_px - y).abs() < 1e-6, "({x}, {y}) came back as {back:?}");
    }
}
