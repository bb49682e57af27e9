//! The plate XE486 (M67, 1951) against Gaia DR3: detect and xmatch run as their programs would run them.
#![allow(clippy::print_stderr, reason = "a comparison prints how many rows it compared")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use products::reference_catalog::{ReferenceRow, read_rows};
use sky_coords::SkyPos;
use sky_match::match_all;
use sky_stats::median;
use sky_table::{ReadOptions, read_table};
use sky_wcs::Wcs;
use step_detect::Detect;
use step_harness::testing::InProcess;
use step_xmatch::Xmatch;

const UNIT: &str = "dss1_red_M67_XE486";
const EPOCH_YR: f64 = 1951.91;
/// Edge of the frame that fast stars keep away from, pixels.
const MARGIN_PX: f64 = 8.0;

/// The complete Gaia DR3 cone as a reference catalogue.
fn gaia(data: &Path, folder: &Path) -> PathBuf {
    let path = data.join("b_catalog/m67/m67_gaia_dr3_cone30arcmin_astro53396.csv.gz");
    let table = read_table(&path, &ReadOptions::default()).expect("the Gaia table").table;
    let numbers = |name: &str| table.numbers(name).expect("a column of numbers");
    let columns = [numbers("ra"), numbers("dec"), numbers("pmra"), numbers("pmdec"), numbers("phot_g_mean_mag")];
    let mut text = String::from("id,ra_deg,dec_deg,epoch_yr,pm_ra_mas_yr,pm_dec_mas_yr,mag\n");
    let cell = |value: f64| if value.is_nan() { String::new() } else { value.to_string() };
    for (i, id) in table.texts("source_id").expect("ids").iter().enumerate() {
        let [ra, dec, pm_ra, pm_dec, mag] = columns.each_ref().map(|column| cell(column[i]));
        writeln!(text, "{id},{ra},{dec},2016.0,{pm_ra},{pm_dec},{mag}").expect("text grows");
    }
    let file = folder.join(format!("{UNIT}.csv"));
    std::fs::write(&file, text).expect("the test's folder can be written");
    file
}

/// Distance of the nearest detection to each place within 5 arcsec.
fn nearest_arcsec(places: &[SkyPos], detections: &[SkyPos]) -> Vec<Option<f64>> {
    let mut nearest = vec![None; places.len()];
    for pair in match_all(places, detections, 5.0).expect("5 arcsec is a radius").best1() {
        nearest[pair.detection] = Some(pair.separation_arcsec);
    }
    nearest
}

#[test]
fn gaia_is_found_on_the_plate_where_it_stood_in_1951() {
    let Some(data) = test_sky::real_data("step-xmatch: M67 plate against Gaia DR3") else { return };
    // One of the fast stars (G 18.15) stands 6.9 px from its companion of G 14.1: source-extractor finds it with a lower DEBLEND_MINCONT than 0.005 only.
    for (deblend_contrast, fast_matched) in [(0.005, 17), (0.002, 18)] {
        compare(&data, deblend_contrast, fast_matched);
    }
}

fn compare(data: &Path, deblend_contrast: f64, fast_matched: usize) {
    eprintln!("M67: deblend_contrast {deblend_contrast}");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let image = data.join("a_dss/dss1_red_M67_XE486.fits");
    let catalogue = gaia(data, folder.path());
    let detect = InProcess::<Detect>::new(folder.path().join("detect")).read("frames", &image);
    let detected = detect.set("detect.deblend_contrast", deblend_contrast).run();
    assert_eq!(detected.exit, 0, "{:?}", detected.manifest.units[0].reason);
    let step = InProcess::<Xmatch>::new(folder.path().join("out")).set("tie.reference", "local");
    let step = step.read("detections", folder.path().join("detect/manifest.json")).read("references", &catalogue);
    let result = step.run();
    let facts = result.manifest.units[0].facts.clone().expect("the tile was matched");
    let tie = &facts.tie;
    assert!(tie.ok, "{:?}", tie.reason);

    // Each detection stands in the table of pairs or in that of the unmatched.
    let mut places: BTreeMap<i64, SkyPos> = BTreeMap::new();
    for role in ["xmatch", "local"] {
        let path = folder.path().join(format!("out/{UNIT}_{role}.csv"));
        let table = read_table(&path, &ReadOptions::default()).expect("a table of matches").table;
        let column = |name: &str| table.numbers(name).expect("a column of numbers");
        for ((number, ra), dec) in column("number").iter().zip(column("det_ra_deg")).zip(column("det_dec_deg")) {
            places.insert(*number as i64, SkyPos::new(ra, dec));
        }
    }
    let detections: Vec<SkyPos> = places.into_values().collect();
    assert_eq!(detections.len() as u64, facts.detections, "no detection is lost");

    let wcs = Wcs::from_header(
        &sky_fits::ImageReader::open(&image).and_then(|reader| reader.read()).expect("the plate").header,
    )
    .expect("its polynomial");
    let inside = |star: &ReferenceRow, margin: f64| {
        let pixel = wcs.pixel_from_sky(star.position_at(EPOCH_YR));
        let within = |at: f64| (margin..1058.0 - margin).contains(&at);
        pixel.is_some_and(|pixel| within(pixel.x_px) && within(pixel.y_px))
    };
    let stars: Vec<ReferenceRow> =
        read_rows(&catalogue).expect("Gaia").into_iter().filter(|star| inside(star, 0.0)).collect();
    let carried: Vec<SkyPos> = stars.iter().map(|star| star.position_at(EPOCH_YR)).collect();
    let distances = nearest_arcsec(&carried, &detections);

    // Measured with source-extractor 2.25 at 5 sigma: 98.0 % at G 12 to 16, 95.8 % at 16 to 18; at most 0.5 % less.
    for (low, high, floor_percent) in [(12.0, 16.0, 97.5), (16.0, 18.0, 95.3)] {
        let of_magnitude = stars.iter().zip(&distances).filter(|(star, _)| (low..high).contains(&star.mag));
        let (n, found) = of_magnitude.fold((0, 0), |(n, found), (_, d)| (n + 1, found + usize::from(d.is_some())));
        let percent = 100.0 * found as f64 / n as f64;
        eprintln!("M67: {found} of {n} Gaia stars of G {low} to {high} detected within 5 arcsec: {percent:.2} %");
        assert!(n > 100, "{n} stars compared");
        assert!(percent >= floor_percent, "{percent:.2} % of G {low} to {high}, {floor_percent} % asked for");
    }

    let measured =
        stars.iter().zip(&distances).filter(|(s, _)| (12.0..17.0).contains(&s.mag) && s.pm_ra_mas_yr.is_finite());
    let mut separations: Vec<f64> = measured.filter_map(|(_, distance)| *distance).collect();
    let rms = (separations.iter().map(|d| d * d).sum::<f64>() / separations.len() as f64).sqrt();
    let (n, middle) = (separations.len(), median(&mut separations).expect("stars were compared"));
    eprintln!(
        "M67: {} detections; tie of degree {:?} on {:?} stars, median {:.3} -> {:.3}, rms {:.3} arcsec; {n} stars of G 12 to 17: median {middle:.3}, rms {rms:.3} arcsec",
        facts.detections,
        tie.degree.unwrap_or(0),
        tie.ties.unwrap_or(0),
        tie.median_before_arcsec.unwrap_or(f64::NAN),
        tie.median_after_arcsec.unwrap_or(f64::NAN),
        tie.rms_after_arcsec.unwrap_or(f64::NAN),
    );
    assert!(n > 300, "{n} stars compared");
    assert!(middle <= 0.3, "median distance after the tie {middle:.3} arcsec, 0.3 allowed");

    // The gate of the leakers: fast stars match where they stood, and not where they stand.
    let speed = |star: &ReferenceRow| star.pm_ra_mas_yr.hypot(star.pm_dec_mas_yr);
    let fast: Vec<&ReferenceRow> =
        stars.iter().filter(|star| star.mag < 18.5 && speed(star) > 40.0 && inside(star, MARGIN_PX)).collect();
    let matched = |places: Vec<SkyPos>| {
        nearest_arcsec(&places, &detections).iter().flatten().filter(|distance| **distance <= 2.5).count()
    };
    let with = matched(fast.iter().map(|star| star.position_at(EPOCH_YR)).collect());
    let without = matched(fast.iter().map(|star| star.position).collect());
    eprintln!("M67: of {} fast stars {with} match within 2.5 arcsec when carried, {without} when not", fast.len());
    assert_eq!(fast.len(), 18, "the survey counted 18 stars of G < 18.5 faster than 40 mas/yr");
    assert!(
        with >= fast_matched,
        "{with} match carried by proper motion, {fast_matched} do in source-extractor's catalogue"
    );
    assert!(without <= 1, "{without} match without proper motion");
}
