//! The server by itself: where it listens, when it ends, what it logs; a simulated sky behind it.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use loopback_services::{Fault, LoopbackServices, Occasion, PlainSky, SERVICES, SimSky, Sky as _};
use sky_coords::SkyPos;
use sky_sim::{Scene, SceneKind};
use sky_wcs::Wcs;

const CENTRE: SkyPos = SkyPos { ra_deg: 150.0, dec_deg: 20.0 };

fn address(server: &LoopbackServices) -> SocketAddr {
    let url = server.address("vizier");
    url.trim_start_matches("http://")
        .split('/')
        .next()
        .and_then(|host| host.parse().ok())
        .expect("an address with a port")
}

fn get(server: &LoopbackServices, target: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(address(server)).expect("the server listens");
    stream.write_all(format!("GET {target} HTTP/1.1\r\nHost: loopback\r\n\r\n").as_bytes()).expect("a request");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    answer
}

#[test]
fn it_listens_on_this_machine_alone() {
    let server = LoopbackServices::start(PlainSky::new(CENTRE, 200)).expect("a port is free");
    assert!(address(&server).ip().is_loopback(), "{}", address(&server));
    for service in SERVICES {
        assert!(server.addresses()[service].starts_with("http://127.0.0.1:"), "{service}");
    }
}

#[test]
fn it_ends_when_it_is_dropped_even_while_a_client_waits() {
    let server = LoopbackServices::start(PlainSky::new(CENTRE, 200)).expect("a port is free");
    server.inject("vizier", Occasion::Always, Fault::Hang);
    let address = address(&server);
    let mut waiting = TcpStream::connect(address).expect("the server listens");
    waiting.write_all(b"GET /vizier/viz-bin/asu-tsv HTTP/1.1\r\n\r\n").expect("a request");
    std::thread::sleep(Duration::from_millis(50));
    let started = Instant::now();
    drop(server);
    assert!(started.elapsed() < Duration::from_secs(1), "it took {:?} to end", started.elapsed());
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
}

#[test]
fn it_ends_by_itself_when_its_life_is_over() {
    let sky = PlainSky::new(CENTRE, 200);
    let server = LoopbackServices::start_for(sky, Duration::from_millis(100)).expect("a port is free");
    std::thread::sleep(Duration::from_millis(400));
    assert!(TcpStream::connect(address(&server)).is_err(), "nobody listens after 0.1 s");
}

#[test]
fn simultaneous_requests_are_seen() {
    let server = LoopbackServices::start(PlainSky::new(CENTRE, 200)).expect("a port is free");
    server.delay(Duration::from_millis(200));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| get(&server, "/stsci-dss/cgi-bin/dss_search?r=150&d=20&v=poss1_red&w=2&h=2"));
        }
    });
    let log = server.log();
    assert_eq!((log.count("stsci-dss"), log.peak["stsci-dss"]), (3, 3), "a client that asks at once is found out");
}

#[test]
fn the_page_of_no_coverage_is_as_long_as_the_real_one() {
    let server = LoopbackServices::start(PlainSky::new(CENTRE, 200)).expect("a port is free");
    let answer = get(&server, "/stsci-dss/cgi-bin/dss_search?r=10&d=-60&v=poss1_red&w=2&h=2");
    let text = String::from_utf8(answer).expect("text");
    let (head, body) = text.split_once("\r\n\r\n").expect("head and body");
    assert!(head.starts_with("HTTP/1.1 200") && head.contains("text/html; charset=UTF-8"), "{head}");
    assert_eq!(body.len(), 1108);
}

#[test]
fn a_simulated_plate_is_served_as_the_archive_would() {
    let params = SceneKind::Small.scene(7);
    let scene = Scene::generate(&params);
    let centre = scene.centre();
    let sky = SimSky::new(scene, SceneKind::Small.render()).expect("the scene can be served");
    let file = sky.image(centre, 4.0, 3.0).expect("the plate covers its centre");
    let hdus =
        sky_fits::check_length_bytes(&file, &sky_fits::Limits::default()).expect("it is as long as its headers say");
    assert_eq!(hdus.len(), 2, "the image and the map of residuals");
    assert_eq!(hdus[1].header.text("EXTNAME"), Some("xe.mask"));
    assert_eq!(
        (hdus[1].header.integer("NAXIS1"), hdus[1].header.integer("NAXIS2")),
        (Some(24), Some(1600)),
        "as at STScI"
    );
    assert_eq!(hdus[0].header.integer("BITPIX"), Some(16));
    let wcs = Wcs::from_header(&hdus[0].header).expect("it has world coordinates");
    let (width, height) = hdus[0].kind.image_size().expect("it is an image");
    let footprint = wcs.footprint(width as usize, height as usize);
    assert!(footprint.centre.separation_arcsec(centre) < 3.0, "the cutout lies around the centre that was asked for");
    assert!(sky.image(SkyPos::new(centre.ra_deg + 90.0, 0.0), 4.0, 3.0).is_none(), "no plate there");
    for table in sky_sim::CATALOGUES {
        let catalogue = sky.catalogue(table).expect("the scene has this catalogue");
        let ra = catalogue.rows.numbers(&catalogue.ra_column).expect("its column of right ascension");
        assert!(!ra.is_empty(), "{table} has rows");
    }
    assert!(sky.catalogue("I/1/nothing").is_none());
}

#[test]
fn every_fault_has_one_name_and_there_are_many() {
    let every = Fault::every();
    let mut names: Vec<&str> = every.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), every.len(), "no name stands for two faults");
    let mut kinds: Vec<_> = every.iter().map(|(_, fault)| format!("{fault:?}")).collect();
    kinds.iter_mut().for_each(|kind| kind.truncate(kind.find(' ').unwrap_or(kind.len())));
    kinds.sort();
    kinds.dedup();
    assert!(kinds.len() >= 60, "{} kinds of faults", kinds.len());
}

#[test]
fn skyview_answers_on_the_grid_that_was_asked_for_and_with_404_where_nothing_is() {
    let server = LoopbackServices::start(PlainSky::new(CENTRE, 200)).expect("a port is free");
    let ask = |position: &str, survey: &str| {
        let target = format!(
            "/skyview/current/cgi/runquery.pl?Position={position}&Survey={survey}&Size=0.05,0.04&Pixels=90,60&Return=FITS"
        );
        get(&server, &target)
    };
    let answer = ask("150.0,20.0", "DSS1+Red");
    let body = answer.windows(4).position(|four| four == b"\r\n\r\n").map(|at| &answer[at + 4..]).expect("a body");
    let hdus = sky_fits::check_length_bytes(body, &sky_fits::Limits::default()).expect("it is as long as it says");
    assert_eq!((hdus[0].kind.image_size(), hdus[0].header.integer("BITPIX")), (Some((90, 60)), Some(-32)));
    let wcs = Wcs::from_header(&hdus[0].header).expect("it has world coordinates");
    let footprint = wcs.footprint(90, 60);
    assert!(footprint.centre.separation_arcsec(CENTRE) < 0.1, "its centre is the one that was asked for");
    assert!(ask("10.0,-60.0", "DSS1+Red").starts_with(b"HTTP/1.1 404"), "no image there");
    assert!(ask("150.0,20.0", "2MASS").windows(6).any(|six| six == b"<html>"), "another survey is refused in words");
}

#[test]
fn the_start_of_a_plate_can_be_asked_for() {
    let server = LoopbackServices::start(PlainSky::new(CENTRE, 200)).expect("a port is free");
    let mut stream = TcpStream::connect(address(&server)).expect("the server listens");
    let target = "/irsa-dss/data/DSS/images/dss1red/dss1red_XE486.fits";
    let request = format!("GET {target} HTTP/1.1\r\nHost: loopback\r\nRange: bytes=0-2879\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("a request");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    let text = String::from_utf8_lossy(&answer);
    let (head, body) = text.split_once("\r\n\r\n").expect("head and body");
    let whole = get(&server, target).windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4);
    let whole = get(&server, target).len() - whole.expect("a body");
    assert!(head.starts_with("HTTP/1.1 206") && head.contains(&format!("bytes 0-2879/{whole}")), "{head}");
    assert!(body.len() == 2880 && body.starts_with("SIMPLE"), "{} bytes", body.len());
}
