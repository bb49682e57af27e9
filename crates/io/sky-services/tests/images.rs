//! The image clients against the loopback archive: every fault has its kind, what may pass is tried again, nothing false is kept.

use std::path::Path;

use loopback_services::{Fault, LoopbackServices, Occasion, PlainSky, PlainStar};
use sky_coords::SkyPos;
use sky_services::{
    Cutout, CutoutQuery, FetchError, ServiceClient, SkyViewQuery, TransferSettings, cutout, full_plate,
    resampled_cutout,
};

const CENTRE: SkyPos = SkyPos { ra_deg: 150.0, dec_deg: 20.0 };

/// Settings of a test: no pauses, short times.
fn quick() -> TransferSettings {
    TransferSettings {
        retry: 2,
        first_wait_s: 0.001,
        retry_after_max_s: 0.05,
        gap_s: 0.0,
        connect_timeout_s: 1.0,
        read_timeout_s: 0.4,
        total_timeout_s: 1.0,
        ..TransferSettings::default()
    }
}

fn sky() -> PlainSky {
    let mut sky = PlainSky::new(CENTRE, 600);
    sky.stars.push(PlainStar { position: SkyPos::new(150.01, 20.01), peak_adu: 9000.0 });
    sky
}

fn archive(server: &LoopbackServices, cache: &Path) -> ServiceClient {
    ServiceClient::new(quick(), &server.addresses(), cache).expect("the loopback addresses are well formed")
}

fn query() -> CutoutQuery {
    CutoutQuery { survey: "poss1_red".into(), centre: CENTRE, width_arcmin: 5.0, height_arcmin: 4.0 }
}

fn image(archive: &ServiceClient) -> Result<sky_services::Fetched, FetchError> {
    cutout(archive, &query()).map(|cutout| match cutout {
        Cutout::Image(fetched) => fetched,
        Cutout::NoCoverage(_) => panic!("the plate covers the position"),
    })
}

/// Files of a cache but its locks.
fn entries(cache: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let mut folders = vec![cache.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the folder can be listed") {
            let path = entry.expect("the entry can be read").path();
            let name = path.file_name().expect("it has a name").to_string_lossy().into_owned();
            match path.is_dir() {
                true => folders.push(path),
                false if name == "turn.lock" => {}
                false => names.push(name),
            }
        }
    }
    names.sort();
    names
}

#[test]
fn a_cutout_is_the_image_that_the_service_sent() {
    let (server, cache) =
        (LoopbackServices::start(sky()).expect("a port is free"), tempfile::tempdir().expect("a folder"));
    let fetched = image(&archive(&server, cache.path())).expect("an undisturbed service answers");
    let image =
        sky_fits::ImageReader::open(&fetched.path).and_then(|reader| reader.read()).expect("it is a FITS image");
    let (height, width) = image.pixels.dim();
    assert!(
        (170..=180).contains(&width) && (138..=145).contains(&height),
        "5' x 4' at 1.7\" is not {width} x {height}"
    );
    assert_eq!(fetched.effort.attempts, 1);
    assert_eq!(server.log().requests[0].target.matches("v=poss1_red").count(), 1, "the survey is sent under its name");
}

#[test]
fn every_fault_has_its_kind_and_leaves_nothing_in_the_cache() {
    let status = |code| Fault::Status { code, retry_after: None };
    let cases = [
        (Fault::HtmlPage, "not_fits", true),
        (Fault::EmptyBody, "not_fits", true),
        (Fault::NotHttp, "disconnected", true),
        (Fault::CloseAtOnce, "disconnected", true),
        (Fault::Reset, "disconnected", true),
        (Fault::HugeHeader, "disconnected", true),
        (Fault::Truncate { bytes: 30_000 }, "truncated", true),
        (Fault::SilentTruncate { bytes: 30_000 }, "truncated", true),
        (Fault::ResetInBody { bytes: 30_000 }, "truncated", true),
        (Fault::LengthTooLong { by: 10 }, "truncated", true),
        (Fault::LengthTooShort { by: 2880 * 3 }, "truncated", true),
        (Fault::HeaderTooTall, "truncated", true),
        (Fault::GzipCut, "truncated", true),
        (Fault::GzipBomb { bytes: 210_000_000 }, "oversize", false),
        (Fault::Hang, "timeout", true),
        (Fault::HangInBody { bytes: 5000 }, "timeout", true),
        (Fault::SlowDrip { pause_ms: 100 }, "timeout", true),
        (Fault::RedirectLoop, "redirect", false),
        (Fault::RedirectToFile, "redirect", false),
        (status(403), "http_error", false),
        (status(404), "http_error", false),
        (status(429), "http_error", true),
        (status(500), "http_error", true),
        (status(502), "http_error", true),
        (status(503), "http_error", true),
        (status(504), "http_error", true),
    ];
    let server = LoopbackServices::start(sky()).expect("a port is free");
    for (fault, kind, temporary) in cases {
        let cache = tempfile::tempdir().expect("a folder");
        server.reset();
        server.inject("stsci-dss", Occasion::Always, fault.clone());
        let error = image(&archive(&server, cache.path())).expect_err("a service that always fails gives no image");
        assert_eq!(error.kind.name(), kind, "{fault:?} gave {error:?}");
        assert_eq!(error.kind.is_temporary(), temporary, "{fault:?}");
        let tries = if temporary { 3 } else { 1 };
        assert_eq!(error.attempts, tries, "{fault:?}: a failure that may pass is tried three times, another once");
        assert_eq!(entries(cache.path()), Vec::<String>::new(), "{fault:?} left something in the cache");
        assert!(!error.to_string().contains("127.0.0.1"), "the message names no address: {error}");
    }
}

#[test]
fn a_fault_that_passes_is_overcome() {
    let server = LoopbackServices::start(sky()).expect("a port is free");
    let undisturbed = tempfile::tempdir().expect("a folder");
    let expected = image(&archive(&server, undisturbed.path())).expect("an undisturbed service answers").sha256;
    for fault in [
        Fault::Status { code: 503, retry_after: Some("1".into()) },
        Fault::Truncate { bytes: 100 },
        Fault::HtmlPage,
        Fault::Reset,
        Fault::RedirectOnce,
        Fault::Gzip,
        Fault::UnannouncedGzip,
        Fault::GzipLie,
    ] {
        let cache = tempfile::tempdir().expect("a folder");
        server.reset();
        server.inject("stsci-dss", Occasion::First(1), fault.clone());
        let fetched = image(&archive(&server, cache.path())).unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert_eq!(fetched.sha256, expected, "{fault:?}: the image is the one of an undisturbed service");
    }
}

#[test]
fn retry_after_is_waited_for_and_counted() {
    let (server, cache) =
        (LoopbackServices::start(sky()).expect("a port is free"), tempfile::tempdir().expect("a folder"));
    server.inject("stsci-dss", Occasion::First(2), Fault::Status { code: 429, retry_after: Some("1000".into()) });
    let fetched = image(&archive(&server, cache.path())).expect("the third try succeeds");
    assert_eq!(fetched.effort.attempts, 3);
    assert!(
        (fetched.effort.waits_s - 0.1).abs() < 1e-9,
        "two waits, each capped at 0.05 s, not {}",
        fetched.effort.waits_s
    );
}

#[test]
fn a_place_without_a_plate_is_no_failure() {
    let (server, cache) =
        (LoopbackServices::start(sky()).expect("a port is free"), tempfile::tempdir().expect("a folder"));
    let archive = archive(&server, cache.path());
    let far = CutoutQuery { centre: SkyPos::new(10.0, -60.0), ..query() };
    for _ in 0..2 {
        let answer = cutout(&archive, &far).expect("no coverage is an answer");
        assert!(matches!(answer, Cutout::NoCoverage(_)), "{answer:?}");
    }
    assert_eq!(server.log().count("stsci-dss"), 1, "it is asked once and remembered");
}

#[test]
fn what_was_fetched_once_is_replayed_offline_to_the_byte() {
    let cache = tempfile::tempdir().expect("a folder");
    let first = {
        let server = LoopbackServices::start(sky()).expect("a port is free");
        let fetched = image(&archive(&server, cache.path())).expect("an undisturbed service answers");
        std::fs::read(fetched.path).expect("the body can be read")
    };
    let settings = TransferSettings { offline: true, ..quick() };
    let offline = ServiceClient::new(
        settings,
        &[("stsci-dss".to_owned(), "http://elsewhere.invalid".to_owned())].into(),
        cache.path(),
    )
    .expect("the settings are sound");
    let again = image(&offline).expect("the address does not enter the key");
    assert_eq!(again.effort.cache_hits, 1);
    assert_eq!(std::fs::read(again.path).expect("the body can be read"), first);
    let other = CutoutQuery { width_arcmin: 5.5, ..query() };
    let error = cutout(&offline, &other).expect_err("another question has no answer in the cache");
    assert_eq!(error.kind.name(), "not_in_cache");
}

#[test]
fn a_damaged_entry_is_fetched_again() {
    let (server, cache) =
        (LoopbackServices::start(sky()).expect("a port is free"), tempfile::tempdir().expect("a folder"));
    let sound = image(&archive(&server, cache.path())).expect("an undisturbed service answers");
    let mut bytes = std::fs::read(&sound.path).expect("the body can be read");
    bytes[10_000] ^= 1;
    std::fs::write(&sound.path, &bytes).expect("the body can be damaged");
    let again = image(&archive(&server, cache.path())).expect("an undisturbed service answers");
    assert_eq!((again.effort.fetched, again.sha256), (1, sound.sha256), "one bit off is seen");
    std::fs::write(&sound.path, &bytes[..5000]).expect("the body can be cut");
    let third = image(&archive(&server, cache.path())).expect("an undisturbed service answers");
    assert_eq!(third.effort.fetched, 1, "a body cut off is seen");
}

#[test]
fn a_service_is_asked_by_one_at_a_time() {
    let (server, cache) =
        (LoopbackServices::start(sky()).expect("a port is free"), tempfile::tempdir().expect("a folder"));
    server.delay(std::time::Duration::from_millis(20));
    // Two archives, as two processes would have: the turn is kept by a locked file.
    let archives = [archive(&server, cache.path()), archive(&server, cache.path())];
    std::thread::scope(|scope| {
        for number in 0..6 {
            let archive = &archives[number % 2];
            scope.spawn(move || {
                let one = CutoutQuery { width_arcmin: 3.0 + number as f64 / 10.0, ..query() };
                cutout(archive, &one).expect("an undisturbed service answers");
            });
        }
    });
    let log = server.log();
    assert_eq!(log.count("stsci-dss"), 6);
    assert_eq!(log.peak["stsci-dss"], 1, "never two requests at once");
}

#[test]
fn the_gap_between_two_requests_is_kept() {
    let (server, cache) =
        (LoopbackServices::start(sky()).expect("a port is free"), tempfile::tempdir().expect("a folder"));
    let settings = TransferSettings { gap_s: 0.3, ..quick() };
    let archive = ServiceClient::new(settings, &server.addresses(), cache.path()).expect("the settings are sound");
    let started = std::time::Instant::now();
    for width_arcmin in [3.0, 3.1, 3.2] {
        cutout(&archive, &CutoutQuery { width_arcmin, ..query() }).expect("an undisturbed service answers");
    }
    let seconds = started.elapsed().as_secs_f64();
    assert!((0.6..2.0).contains(&seconds), "two gaps of 0.3 s, none before the first request: {seconds} s");
}

#[test]
fn a_whole_plate_comes_from_irsa_and_a_missing_one_is_an_error() {
    let (server, cache) =
        (LoopbackServices::start(sky()).expect("a port is free"), tempfile::tempdir().expect("a folder"));
    let archive = archive(&server, cache.path());
    let plate = full_plate(&archive, "XE486").expect("the plate is there");
    let header = &sky_fits::read_header(&plate.path).expect("it is a FITS file")[0].header;
    assert_eq!(header.integer("NAXIS1"), Some(600));
    assert!(header.get("CTYPE1").is_none(), "IRSA's plates have no tangent-plane solution");
    let error = full_plate(&archive, "XE001").expect_err("this plate is not there");
    assert_eq!((error.kind.name(), error.attempts), ("http_error", 1));
}

#[test]
fn skyview_gives_floats_on_another_grid() {
    let (server, cache) =
        (LoopbackServices::start(sky()).expect("a port is free"), tempfile::tempdir().expect("a folder"));
    let query = SkyViewQuery { survey: "DSS1 Red".into(), centre: CENTRE, width_arcmin: 4.0, height_arcmin: 4.0 };
    let fetched = resampled_cutout(&archive(&server, cache.path()), &query).expect("an undisturbed service answers");
    let header = &sky_fits::read_header(&fetched.path).expect("it is a FITS file")[0].header;
    assert_eq!(header.integer("BITPIX"), Some(-32));
    assert!(header.get("AMDX1").is_none() && header.get("CTYPE1").is_some());
}

#[test]
fn an_unknown_service_or_a_bad_address_is_refused() {
    let cache = tempfile::tempdir().expect("a folder");
    let start =
        |name: &str, url: &str| ServiceClient::new(quick(), &[(name.to_owned(), url.to_owned())].into(), cache.path());
    let unknown = start("stsci", "http://127.0.0.1:1").expect_err("no such service").to_string();
    assert!(unknown.contains("stsci-dss"), "the message names the services that there are: {unknown}");
    for address in ["file:///etc", "not an address", "ftp://x"] {
        start("vizier", address).expect_err("not an address of the web");
    }
}

#[test]
fn asked_to_stop_no_wait_is_waited_for() {
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let faults = [Fault::Status { code: 503, retry_after: None }, Fault::Hang];
    for fault in faults {
        let server = LoopbackServices::start(sky()).expect("a port is free");
        let cache = tempfile::tempdir().expect("a folder");
        let slow = TransferSettings { first_wait_s: 60.0, read_timeout_s: 60.0, total_timeout_s: 60.0, ..quick() };
        server.inject("stsci-dss", Occasion::Always, fault.clone());
        let (asks, sets) = (stop.clone(), stop.clone());
        stop.store(false, std::sync::atomic::Ordering::Relaxed);
        let archive = ServiceClient::new(slow, &server.addresses(), cache.path())
            .expect("the loopback addresses are well formed")
            .stopped_by(move || asks.load(std::sync::atomic::Ordering::Relaxed));
        std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(300));
            sets.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        let begin = std::time::Instant::now();
        let error = image(&archive).expect_err("stopped");
        assert_eq!(error.kind.name(), "stopped", "{fault:?}");
        assert!(begin.elapsed().as_secs() < 20, "{fault:?}: {:?}", begin.elapsed());
    }
}
