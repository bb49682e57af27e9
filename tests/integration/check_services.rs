//! `skyledger check-services` against the loopback archive, healthy and with faults, and against an address where nobody is.

use std::time::{Duration, Instant};

use loopback_services::{CatalogueTable, Fault, LoopbackServices, Occasion, PlainSky};
use serde_json::Value;
use sky_catalog::{Column, ColumnData, Table};
use sky_coords::SkyPos;

use crate::command::{Ended, skyledger};

/// Where the questions point.
const M67: SkyPos = SkyPos { ra_deg: 132.846, dec_deg: 11.814 };

fn server() -> LoopbackServices {
    let offsets = || (0..20).map(|index| f64::from(index) * 0.0005);
    let mut rows = Table::new();
    for (name, data) in [
        ("Source", ColumnData::I64((0..20).map(|index| Some(604_917_000_000_000_000 + index)).collect())),
        ("RA_ICRS", ColumnData::F64(offsets().map(|offset| M67.ra_deg + offset).collect())),
        ("DE_ICRS", ColumnData::F64(offsets().map(|offset| M67.dec_deg - offset).collect())),
        ("Gmag", ColumnData::F64(offsets().map(|offset| 12.0 + offset).collect())),
    ] {
        let column = Column { name: name.into(), unit: String::new(), ucd: String::new(), data };
        rows.push(column).expect("columns of one length");
    }
    let gaia = CatalogueTable { title: "Gaia".into(), ra_column: "RA_ICRS".into(), dec_column: "DE_ICRS".into(), rows };
    let sky = PlainSky::new(M67, 300).with_catalogue("I/355/gaiadr3", gaia);
    LoopbackServices::start(sky).expect("a port of this machine")
}

fn check(server: &LoopbackServices, more: &[&str]) -> Ended {
    let addresses: Vec<String> =
        server.addresses().iter().map(|(name, address)| format!("--base-url-of={name}={address}")).collect();
    let words: Vec<&str> = ["check-services"]
        .into_iter()
        .chain(addresses.iter().map(String::as_str))
        .chain(more.iter().copied())
        .collect();
    let ended = skyledger(&words);
    for line in ended.stdout.lines().filter(|_| !more.contains(&"--json")) {
        assert!(line.chars().count() <= 80, "a line of {} characters: {line}", line.chars().count());
    }
    ended
}

/// The verdict on one service in the table.
fn verdict<'a>(ended: &'a Ended, service: &str) -> &'a str {
    let line = ended.stdout.lines().find(|line| line.starts_with(&format!("{service} ")));
    let line = line.unwrap_or_else(|| panic!("no line about {service}:\n{}", ended.stdout));
    ["ok", "different", "no answer"].into_iter().find(|verdict| line.ends_with(verdict)).expect("a verdict")
}

#[test]
fn services_that_speak_as_expected_are_ok() {
    let ended = check(&server(), &[]).expect(0);
    for service in ["stsci-dss", "irsa-dss", "skyview", "vizier", "vizier-tap", "cds-xmatch"] {
        assert_eq!(verdict(&ended, service), "ok", "{}", ended.stdout);
    }
    for words in ["72 x 72 pixels of plate XE486", "300 x 300 pixels of plate XE486", "20 rows of 4 columns"] {
        assert!(ended.stdout.contains(words), "{words}:\n{}", ended.stdout);
    }
}

#[test]
fn one_small_question_goes_to_each_service() {
    let server = server();
    check(&server, &[]).expect(0);
    let log = server.log();
    assert_eq!(log.requests.len(), 6, "{:?}", log.requests);
}

#[test]
fn what_differs_is_said_and_is_no_matter_of_trying_again() {
    let cases = [
        ("stsci-dss", Fault::WrongSurvey, "SURVEY: found POSSII-F, expected POSSI-E"),
        ("stsci-dss", Fault::HtmlPage, "a page of HTML"),
        ("irsa-dss", Fault::WrongPlate, "REGION: found XE001, expected XE486"),
        ("irsa-dss", Fault::Status { code: 404, retry_after: None }, "HTTP status 404"),
        ("skyview", Fault::TypeLie, "media type: found \"text/html\""),
        ("vizier", Fault::EmptyTable, "rows: found none"),
        ("vizier", Fault::ColumnDropped, "lacks the columns Gmag"),
        ("vizier-tap", Fault::ErrorDocument, "the database is not available"),
        ("cds-xmatch", Fault::GarbledHeader, "cannot be read"),
    ];
    for (service, fault, words) in cases {
        let server = server();
        server.inject(service, Occasion::Always, fault.clone());
        let ended = check(&server, &["--services", service]).expect(20);
        assert_eq!(verdict(&ended, service), "different", "{fault:?}:\n{}", ended.stdout);
        let said = ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(words), "{fault:?}: {words:?} is not in\n{}", ended.stdout);
    }
}

#[test]
fn a_service_that_is_not_heard_may_be_asked_again() {
    let cases = [
        ("stsci-dss", Fault::Hang),
        ("vizier", Fault::SlowDrip { pause_ms: 100 }),
        ("vizier-tap", Fault::TooManyJobs),
        ("cds-xmatch", Fault::Status { code: 503, retry_after: None }),
        ("skyview", Fault::Reset),
    ];
    let server = server();
    for (service, fault) in cases {
        server.inject(service, Occasion::Always, fault);
    }
    let started = Instant::now();
    let ended = check(&server, &["--timeout-s", "1.5"]).expect(75);
    assert!(started.elapsed() < Duration::from_secs(8), "it took {:?}", started.elapsed());
    for (service, expected) in [
        ("stsci-dss", "no answer"),
        ("irsa-dss", "ok"),
        ("skyview", "no answer"),
        ("vizier", "no answer"),
        ("vizier-tap", "no answer"),
        ("cds-xmatch", "no answer"),
    ] {
        assert_eq!(verdict(&ended, service), expected, "{service}:\n{}", ended.stdout);
    }
}

#[test]
fn an_address_where_nobody_is_ends_in_time_with_a_line() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address").port();
    let address = format!("--base-url-of=vizier=http://127.0.0.1:{port}");
    let started = Instant::now();
    let ended = skyledger(&["check-services", "--services", "vizier", "--timeout-s", "2", &address]).expect(75);
    assert!(started.elapsed() < Duration::from_secs(5), "it took {:?}", started.elapsed());
    assert_eq!(verdict(&ended, "vizier"), "no answer");
    assert!(ended.stdout.contains("no connection to the service could be opened"), "{}", ended.stdout);
}

#[test]
fn the_same_is_said_as_json_and_wrong_words_are_usage() {
    let ended = check(&server(), &["--services", "vizier,stsci-dss", "--json"]).expect(0);
    let checks: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    let names: Vec<&str> = checks.as_array().expect("a list").iter().filter_map(|c| c["service"].as_str()).collect();
    assert_eq!(names, ["vizier", "stsci-dss"]);
    assert_eq!((&checks[0]["verdict"], &checks[0]["status"]), (&Value::from("as-expected"), &Value::from(200)));
    for words in [
        ["--services", "stsci"],
        ["--timeout-s", "0"],
        ["--base-url-of", "vizier=ftp://x"],
        ["--base-url-of", "vizir=http://127.0.0.1"],
    ] {
        skyledger(&[&["check-services"], words.as_slice()].concat()).expect(2);
    }
}
