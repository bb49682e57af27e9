//! A scene is what its parameters say, and the same for any number of threads.

use sky_catalog::{ColumnData, Table};
use sky_coords::SkyPos;
use sky_image::mask_bits;
use sky_sim::{CATALOGUES, ObjectKind, RenderParams, Scene, SceneKind, SceneParams};

fn small() -> Scene {
    Scene::generate(&SceneKind::Small.scene(7))
}

fn kinds(truth: &Table) -> Vec<String> {
    truth.texts("kind").expect("the truth has kinds")
}

#[test]
fn one_thread_and_many_give_the_same_bytes() {
    let scene = small();
    let render = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of threads");
        pool.install(|| scene.render(&RenderParams::default()).expect("the field is on its plate"))
    };
    let (one, three) = (render(1), render(3));
    assert_eq!(one.image.pixels, three.image.pixels, "pixels");
    assert_eq!(one.image.mask, three.image.mask, "mask");
    // NaN is not equal to itself: compare as text.
    assert_eq!(format!("{:?}", one.truth), format!("{:?}", three.truth), "truth");
    assert_eq!(one.header, three.header, "header");
}

#[test]
fn more_of_one_class_changes_nothing_in_another() {
    let few = SceneKind::Small.scene(7);
    let more = SceneParams { n_dust: few.n_dust + 50, n_asteroids: 9, n_catalogue_stars: 500, ..few.clone() };
    let (few, more) = (Scene::generate(&few), Scene::generate(&more));
    for kind in [ObjectKind::Vanished, ObjectKind::HighProperMotion] {
        let of = |scene: &Scene| scene.objects().iter().filter(|o| o.kind == kind).copied().collect::<Vec<_>>();
        assert_eq!(of(&few), of(&more), "{kind:?}");
        assert!(!of(&few).is_empty());
    }
}

#[test]
fn the_standard_field_holds_what_the_demo_needs() {
    let scene = Scene::generate(&SceneKind::Standard.scene(1953));
    let cutout = scene.render(&RenderParams::default()).expect("the field is on its plate");
    assert!((2117..=2118).contains(&cutout.image.width()), "60 arcmin at 1.70 arcsec: {}", cutout.image.width());
    let kinds = kinds(&cutout.truth);
    let count = |kind: &str| kinds.iter().filter(|k| *k == kind).count();
    let catalogued = count("star") + count("galaxy");
    assert!((3800..4200).contains(&catalogued), "{catalogued} stars and galaxies");
    assert_eq!((count("vanished"), count("high_proper_motion"), count("asteroid")), (40, 5, 2));
    assert!(count("scratch") > 0 && count("dust") > 0 && count("spot") > 0 && count("hair") > 0);
    let snr = cutout.truth.numbers("snr_win").expect("numbers");
    let vanished: Vec<f64> = kinds.iter().zip(&snr).filter(|(k, _)| *k == "vanished").map(|(_, s)| *s).collect();
    let (low, high) = vanished.iter().fold((f64::MAX, 0.0_f64), |(l, h), s| (l.min(*s), h.max(*s)));
    assert!((9.0..13.0).contains(&low) && (170.0..210.0).contains(&high), "SNR {low} to {high}");
    let mask = cutout.image.mask.as_ref().expect("a truth mask");
    for bit in [mask_bits::BRIGHT_STAR, mask_bits::SPIKE, mask_bits::SATURATED, mask_bits::BAD] {
        assert!(mask.iter().any(|bits| bits & bit != 0), "no pixel has bit {bit}");
    }
    let masked = mask.iter().filter(|bits| **bits != 0).count() as f64 / mask.len() as f64;
    assert!((0.002..0.05).contains(&masked), "{masked} of the pixels are masked");
    assert!(cutout.image.pixels.iter().all(|v| v.fract() == 0.0 && (0.0..=32_000.0).contains(v)), "int16 counts");
}

#[test]
fn overlapping_cutouts_agree_pixel_by_pixel() {
    let scene = small();
    let render = RenderParams::default();
    let whole = scene.render(&render).expect("the field is on its plate");
    let east = SkyPos::new(scene.centre().ra_deg + 0.05, scene.centre().dec_deg + 0.02);
    let part = scene.cutout(east, 6.0, 5.0, &render).expect("on the plate");
    let corner = |header: &sky_image::Header, key: &str| header.integer(key).expect("a plate corner");
    let dx = (corner(&part.header, "CNPIX1") - corner(&whole.header, "CNPIX1")) as usize;
    let dy = (corner(&part.header, "CNPIX2") - corner(&whole.header, "CNPIX2")) as usize;
    let (height, width) = part.image.pixels.dim();
    let same = whole.image.pixels.slice(ndarray::s![dy..dy + height, dx..dx + width]);
    // Light is summed in the scene's order in both, but reaches end at whole pixels: equal to a count.
    let worst = same.iter().zip(&part.image.pixels).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst <= 1.0, "{width} x {height} pixels differ by up to {worst} ADU");
}

#[test]
fn each_catalogue_has_the_sky_at_its_own_epoch() {
    let scene = small();
    let fast = scene.objects().iter().filter(|o| o.kind == ObjectKind::HighProperMotion).max_by(|a, b| {
        let speed = |o: &sky_sim::SkyObject| o.pm_ra_mas_yr.hypot(o.pm_dec_mas_yr);
        speed(a).total_cmp(&speed(b))
    });
    let fast = fast.expect("a fast star");
    let nearest = |table: &Table, ra: &str, dec: &str, place: SkyPos| {
        let (ra, dec) = (table.numbers(ra).expect("RA"), table.numbers(dec).expect("Dec"));
        ra.iter().zip(&dec).map(|(a, d)| SkyPos::new(*a, *d).separation_arcsec(place)).fold(f64::MAX, f64::min)
    };
    let gaia = scene.catalogue("I/355/gaiadr3").expect("Gaia");
    let years = 2016.0 - scene.epoch_yr();
    assert!((62.0..63.5).contains(&years), "the plate was exposed in 1953, {years} years before");
    assert!(nearest(&gaia, "RA_ICRS", "DE_ICRS", fast.position_after(years)) < 0.01, "Gaia's place at 2016.0");
    assert!(nearest(&gaia, "RA_ICRS", "DE_ICRS", fast.position) > 5.0, "it left its place on the plate");
    let ps1 = scene.catalogue("II/389/ps1_dr2").expect("PS1");
    assert!(nearest(&ps1, "RAJ2000", "DEJ2000", fast.position_after(2012.5 - scene.epoch_yr())) < 0.1);
    for name in CATALOGUES {
        let table = scene.catalogue(name).expect("one of the scene's catalogues");
        assert!(table.n_rows() > 0 || name == "I/259/tyc2", "{name} is empty");
    }
}

#[test]
fn the_vanished_are_in_usnob_alone_and_only_when_asked() {
    let params = SceneKind::Small.scene(7);
    let (without, with) =
        (Scene::generate(&params), Scene::generate(&SceneParams { vanished_in_usnob: true, ..params.clone() }));
    let rows = |scene: &Scene, name: &str| scene.catalogue(name).expect("a catalogue").n_rows();
    assert_eq!(rows(&with, "I/284/out"), rows(&without, "I/284/out") + params.n_vanished as usize);
    let gaia = |scene: &Scene| format!("{:?}", scene.catalogue("I/355/gaiadr3").expect("Gaia"));
    assert!(gaia(&with) == gaia(&without), "Gaia does not know of it");
}

#[test]
fn a_minute_overflow_is_written_as_the_archive_does() {
    let mut params = SceneKind::Small.scene(7);
    params.plate.minute_overflow = true;
    let cutout = Scene::generate(&params).render(&RenderParams::default()).expect("on the plate");
    assert_eq!(cutout.header.text("DATE-OBS"), Some("1953-04-19T09:60:00"));
}

#[test]
fn the_distortion_table_has_the_archives_shape() {
    let cutout = small().render(&RenderParams::default()).expect("on the plate");
    let table = cutout.distortion.expect("the second HDU");
    assert_eq!(table.n_rows(), 1600);
    assert_eq!(
        table.columns().iter().map(|c| c.name.as_str()).collect::<Vec<_>>(),
        ["XI", "ETA", "XI_CORR", "ETA_CORR"]
    );
    assert!(matches!(&table.columns()[0].data, ColumnData::F64(v) if v[0] == -3.12 && v[1] == -2.96));
}

#[test]
fn a_place_far_from_the_plate_is_refused() {
    let error = small().cutout(SkyPos::new(200.0, -40.0), 10.0, 10.0, &RenderParams::default());
    assert!(error.is_err_and(|e| e.to_string().contains("not on plate XE999")));
}

#[test]
fn a_finer_scan_has_more_pixels_of_the_same_counts() {
    let scene = small();
    let coarse = scene.render(&RenderParams::default()).expect("on the plate");
    let fine = scene.render(&RenderParams { pixel_size_um: 15.0295, ..RenderParams::default() }).expect("on the plate");
    let ratio = fine.image.width() as f64 / coarse.image.width() as f64;
    assert!((ratio - 25.2845 / 15.0295).abs() < 0.01, "{ratio}");
    let median = |image: &sky_image::Image| {
        let mut values: Vec<f32> = image.pixels.iter().copied().collect();
        values.sort_by(f32::total_cmp);
        values[values.len() / 2]
    };
    let (a, b) = (median(&coarse.image), median(&fine.image));
    assert!((a - b).abs() < 10.0, "sky {a} and {b} ADU");
}
