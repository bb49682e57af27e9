//! Download from services: facts, outcomes, exit codes.

mod common;

use common::{Scene, Tile, facts_of, unit};
use loopback_services::{Fault, Occasion};
use step_contract::Status;

#[test]
fn a_tile_from_stsci_has_the_facts_of_its_plate() {
    let scene = Scene::new();
    let result = scene.run(&[Tile::at("tile_a", 150.0, 20.0)]).run();
    assert_eq!(result.exit, 0);
    let facts = facts_of(&result, "tile_a");
    assert!((175..=178).contains(&facts.width_px), "5' at 1.70\" are not {} px", facts.width_px);
    let plate = facts.plate.as_ref().expect("the plate is described");
    assert_eq!((plate.plate_id.as_deref(), plate.survey.as_deref()), (Some("XE486"), Some("POSSI-E")));
    let exposure = facts.exposure.as_ref().expect("the exposure is described");
    assert_eq!(exposure.date_obs.as_deref().map(|date| &date[..19]), Some("1951-11-29T10:22:00"));
    assert_eq!((exposure.exposure_s, plate.hires), (Some(3000.0), Some(false)));
    let astrometry = facts.astrometry.as_ref().expect("it has world coordinates");
    assert_eq!(astrometry.solution, "tan", "the explicit solution counts where both are there");
    let difference = astrometry.tan_vs_plate_max_arcsec.expect("both solutions are there");
    assert!(difference < 0.01, "the plate of the test is linear, both solutions agree: {difference} arcsec");
    test_sky::assert_close!(astrometry.ra_deg, 150.0, abs = 0.001, "the tile's centre is the image's");
    let download = facts.download.as_ref().expect("it says where it came from");
    assert_eq!(download.endpoint, "stsci-dss", "the name of the service, not its address");
    assert_eq!(download.survey_query.as_deref(), Some("poss1_red"));
    assert_eq!(
        (download.survey_expected.as_deref(), download.survey_rule.as_deref()),
        (Some("POSSI-E"), Some("survey"))
    );
    let payload = &result.manifest.payload;
    assert_eq!((payload.fits_count, payload.survey.as_deref()), (1, Some("dss1-red")));
    let text =
        serde_json::to_string(&serde_json::json!({"units": result.manifest.units, "config": result.manifest.config}));
    let text = text.expect("JSON");
    assert!(!text.contains("127.0.0.1"), "no address outside execution");
    assert!(!text.contains("retry"), "retries are execution: {text}");
}

#[test]
fn every_outcome_has_its_status_and_kind() {
    let cases = [
        (Fault::NoCoveragePage, Status::NoWork, "no_coverage", 0),
        (Fault::WrongSurvey, Status::Unprocessable, "wrong_survey", 20),
        (Fault::NoWcs, Status::Unprocessable, "no_wcs", 20),
        (Fault::HtmlPage, Status::Failed, "not_fits", 75),
        (Fault::EmptyBody, Status::Failed, "not_fits", 75),
        (Fault::Truncate { bytes: 9000 }, Status::Failed, "truncated", 75),
        (Fault::SilentTruncate { bytes: 9000 }, Status::Failed, "truncated", 75),
        (Fault::Hang, Status::Failed, "timeout", 75),
        (Fault::Status { code: 429, retry_after: Some("9".into()) }, Status::Failed, "http_error", 75),
        (Fault::Status { code: 503, retry_after: None }, Status::Failed, "http_error", 75),
        (Fault::Status { code: 403, retry_after: None }, Status::Failed, "http_error", 20),
        (Fault::GzipBomb { bytes: 210_000_000 }, Status::Failed, "oversize", 20),
        (Fault::RedirectLoop, Status::Failed, "redirect", 20),
        (Fault::Reset, Status::Failed, "disconnected", 75),
    ];
    for (fault, status, kind, exit) in cases {
        let scene = Scene::new();
        scene.server.inject("stsci-dss", Occasion::Always, fault.clone());
        let result = scene.run(&[Tile::at("tile_a", 150.0, 20.0)]).run();
        let unit = unit(&result, "tile_a");
        let reason = unit.reason.as_ref().unwrap_or_else(|| panic!("{fault:?}: {:?} has no reason", unit.status));
        assert_eq!((unit.status, reason.kind.as_str(), result.exit), (status, kind, exit), "{fault:?}: {reason:?}");
        assert!(!scene.image("tile_a").exists(), "{fault:?} left a file at the final path");
        let text = serde_json::to_string(reason).expect("JSON");
        assert!(!text.contains("127.0.0.1") && !text.contains("attempt"), "{fault:?}: {text}");
        if matches!(kind, "no_coverage" | "wrong_survey" | "no_wcs" | "not_fits" | "http_error") {
            let named = reason.details.contains_key("body_sha256") && reason.details.contains_key("body_prefix");
            assert!(named, "{fault:?}: the body is named by its sum and its first characters: {text}");
        }
    }
}

#[test]
fn wrong_answers_that_do_not_pass_are_not_asked_for_again() {
    for fault in [Fault::NoCoveragePage, Fault::WrongSurvey] {
        let scene = Scene::new();
        scene.server.inject("stsci-dss", Occasion::Always, fault.clone());
        scene.run(&[Tile::at("tile_a", 150.0, 20.0)]).run();
        assert_eq!(scene.server.log().count("stsci-dss"), 1, "{fault:?}");
    }
}

#[test]
fn odd_images_are_kept_and_said_to_be_odd() {
    let scene = Scene::new();
    scene.server.inject("stsci-dss", Occasion::Always, Fault::BadDate);
    let result = scene.run(&[Tile::at("tile_a", 150.0, 20.0)]).run();
    let exposure = facts_of(&result, "tile_a").exposure.as_ref().expect("the exposure is described");
    assert_eq!(exposure.date_obs_raw.as_deref(), Some("1951-11-29T04:65:00"));
    assert_eq!(
        exposure.date_obs.as_deref().map(|date| &date[..16]),
        Some("1951-11-29T05:05"),
        "65 minutes are carried"
    );
    assert_eq!(exposure.date_obs_corrected, Some(true));

    let scene = Scene::new();
    scene.server.inject("stsci-dss", Occasion::Always, Fault::SecondHdu);
    let result = scene.run(&[Tile::at("tile_a", 150.0, 20.0)]).run();
    let download = facts_of(&result, "tile_a").download.as_ref().expect("it says where it came from");
    assert_eq!(download.extension_hdus, ["er.mask"], "the second HDU is kept as received and named");

    let scene = Scene::new();
    scene.server.inject("stsci-dss", Occasion::Always, Fault::HiresScan);
    let result = scene.run(&[Tile::at("tile_a", 150.0, 20.0)]).run();
    let facts = facts_of(&result, "tile_a");
    assert_eq!(facts.plate.as_ref().and_then(|plate| plate.hires), Some(true));
    let scale = facts.astrometry.as_ref().expect("it has world coordinates").pixel_scale_arcsec;
    assert!((1.0..1.02).contains(&scale), "the scale comes from the header: {scale}");
    assert_eq!(unit(&result, "tile_a").warnings[0].kind, "hires_scan");

    let scene = Scene::new();
    scene.server.inject("stsci-dss", Occasion::Always, Fault::WrongPlate);
    let tile = Tile { plate: Some("dss1red_XE486.fits.header".into()), ..Tile::at("tile_a", 150.0, 20.0) };
    let result = scene.run(&[tile]).run();
    assert_eq!(
        unit(&result, "tile_a").warnings[0].kind,
        "other_plate",
        "the image's own plate counts, that of the tile plan is named"
    );
}

#[test]
fn one_failed_tile_leaves_the_others() {
    let scene = Scene::new();
    let tiles: Vec<Tile> =
        ["t0", "t1", "t2"].into_iter().enumerate().map(|(n, id)| Tile::at(id, 150.0 + n as f64 * 0.01, 20.0)).collect();
    scene.server.inject("stsci-dss", Occasion::Nth(2), Fault::WrongSurvey);
    let result = scene.run(&tiles).run();
    assert_eq!(result.exit, 3);
    assert_eq!(result.manifest.payload.units_done, 2);
    assert_eq!(scene.server.log().peak["stsci-dss"], 1, "one request at a time");
}

#[test]
fn a_second_run_asks_for_nothing_and_a_run_after_a_failure_asks_for_that_tile_alone() {
    let scene = Scene::new();
    let tiles = [Tile::at("t0", 150.0, 20.0), Tile::at("t1", 150.01, 20.0)];
    scene.server.inject("stsci-dss", Occasion::From(2), Fault::Status { code: 503, retry_after: None });
    let first = scene.run(&tiles).run();
    assert_eq!((first.exit, first.manifest.payload.units_done), (3, 1));
    scene.server.reset();
    let second = scene.run(&tiles).run();
    assert_eq!((second.exit, second.manifest.payload.units_done), (0, 2));
    assert_eq!(scene.server.log().count("stsci-dss"), 1, "only the failed tile is asked for");
    let third = scene.run(&tiles).run();
    assert_eq!(scene.server.log().count("stsci-dss"), 1, "everything is reused");
    assert_eq!(third.identity, second.identity);
}

#[test]
fn a_file_cut_at_its_final_path_is_made_anew() {
    let scene = Scene::new();
    let tiles = [Tile::at("t0", 150.0, 20.0)];
    let first = scene.run(&tiles).run();
    let whole = std::fs::read(scene.image("t0")).expect("the image is there");
    std::fs::write(scene.image("t0"), &whole[..whole.len() - 2880]).expect("it can be cut");
    let second = scene.run(&tiles).run();
    assert_eq!(std::fs::read(scene.image("t0")).expect("the image is there"), whole);
    assert_eq!(first.identity, second.identity);
}

#[test]
fn skyview_is_used_only_when_asked_for_and_says_that_it_resampled() {
    let scene = Scene::new();
    let result = scene.run(&[Tile::at("tile_a", 150.0, 20.0)]).set("source", "skyview").run();
    let download = facts_of(&result, "tile_a").download.as_ref().expect("it says where it came from");
    assert!(download.resampled);
    assert_eq!((download.endpoint.as_str(), download.survey_rule.as_deref()), ("skyview", Some("service")));
    assert_eq!(scene.server.log().count("stsci-dss"), 0);
}

#[test]
fn a_window_of_irsas_plate_is_stscis_cutout_to_the_pixel() {
    let scene = Scene::new();
    let tile = || Tile { plate: Some("XE486".into()), ..Tile::at("tile_a", 150.02, 20.01) };
    scene.run(&[tile()]).set("source", "irsa").run();
    let window =
        sky_fits::ImageReader::open(&scene.image("tile_a")).and_then(|reader| reader.read()).expect("it is an image");
    let other = Scene::new();
    other.run(&[tile()]).set("source", "stsci").run();
    let cutout =
        sky_fits::ImageReader::open(&other.image("tile_a")).and_then(|reader| reader.read()).expect("it is an image");
    for keyword in ["NAXIS1", "NAXIS2", "CNPIX1", "CNPIX2"] {
        assert_eq!(window.header.number(keyword), cutout.header.number(keyword), "{keyword}");
    }
    assert!(window.pixels.len() > 30_000, "the test must compare something");
    assert!(window.pixels == cutout.pixels, "nothing is resampled");
    assert!(window.header.get("CTYPE1").is_none(), "the plate polynomial is the only solution there");
    // Two tiles of one plate: the plate is fetched once.
    let scene = Scene::new();
    let second = Tile { id: "tile_b", ..Tile { plate: Some("XE486".into()), ..Tile::at("tile_b", 149.97, 19.99) } };
    scene.run(&[tile(), second]).set("source", "irsa").run();
    assert_eq!(scene.server.log().count("irsa-dss"), 1);
}

#[test]
fn offline_a_tile_comes_from_the_cache_with_the_same_identity() {
    let scene = Scene::new();
    let tiles = [Tile::at("tile_a", 150.0, 20.0)];
    let first = scene.run(&tiles).run();
    std::fs::remove_dir_all(scene.folder.path().join("downloads")).expect("the step's folder can be removed");
    scene.server.reset();
    let again = scene.run(&tiles).set("transfer.offline", true).run();
    assert_eq!(scene.server.log().count("stsci-dss"), 0);
    assert_eq!(again.identity, first.identity, "offline is execution");
}

#[test]
fn an_image_that_made_its_tile_fail_is_asked_for_again_by_the_next_run() {
    for fault in [Fault::WrongSurvey, Fault::NoWcs, Fault::BlankImage] {
        let scene = Scene::new();
        let tiles = [Tile::at("tile_a", 150.0, 20.0)];
        scene.server.inject("stsci-dss", Occasion::First(1), fault.clone());
        let first = scene.run(&tiles).run();
        let first = unit(&first, "tile_a");
        assert_eq!((first.status, first.key.as_ref()), (Status::Unprocessable, None), "{fault:?}: {:?}", first.reason);
        let again = scene.run(&tiles).run();
        assert_eq!(
            unit(&again, "tile_a").status,
            Status::Done,
            "{fault:?}: damaged in transit is not damaged for ever"
        );
        assert_eq!(scene.server.log().count("stsci-dss"), 2, "{fault:?}");
    }
}

#[test]
fn a_wait_for_the_next_try_ends_at_once_when_the_step_is_stopped() {
    let scene = Scene::new();
    scene.server.inject("stsci-dss", Occasion::Always, Fault::Status { code: 503, retry_after: None });
    let run = scene.run(&[Tile::at("tile_a", 150.0, 20.0)]).set("transfer.retry", 5).set("transfer.first_wait_s", 60.0);
    let stop = run.stopper();
    let stopper = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(500));
        stop();
    });
    let begin = std::time::Instant::now();
    let ended = run.try_run().expect_err("stopped");
    stopper.join().expect("it stopped");
    assert_eq!(ended.exit, 143, "{}", ended.message);
    assert!(begin.elapsed().as_secs() < 20, "a wait of a minute was cut short: {:?}", begin.elapsed());
}
