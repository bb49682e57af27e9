//! The catalogue clients against the loopback archive: complete whatever limit the service has, failed never empty, offline the same.

use std::path::Path;

use loopback_services::{CatalogueTable, Fault, LoopbackServices, Occasion, PlainSky};
use sky_catalog::{Column, ColumnData, Table};
use sky_coords::{SkyPos, StandardPos, TangentPlane};
use sky_services::{
    Cone, ConeQuery, ConeRows, CrossMatchQuery, FetchError, Protocol, ServiceClient, TransferSettings, cross_match,
};

const GAIA: &str = "I/355/gaiadr3";
const BOTH: [Protocol; 2] = [Protocol::AsuTsv, Protocol::Tap];

fn quick() -> TransferSettings {
    TransferSettings {
        retry: 2,
        first_wait_s: 0.001,
        gap_s: 0.0,
        connect_timeout_s: 1.0,
        read_timeout_s: 0.5,
        total_timeout_s: 20.0,
        ..TransferSettings::default()
    }
}

/// Places in a square of 100' about a centre: a lattice that no limit of rows divides evenly, and the corners of a tile of 60'.
fn places(centre: SkyPos, count: usize) -> Vec<SkyPos> {
    let plane = TangentPlane::new(centre);
    let at = |xi: f64, eta: f64| plane.deproject(StandardPos::new(xi * 60.0, eta * 60.0));
    let golden = |index: usize, step: f64| ((index as f64 * step).fract() - 0.5) * 100.0;
    // Roberts 2018, "The unreasonable effectiveness of quasirandom sequences": the R2 sequence.
    let mut places: Vec<SkyPos> = (1..=count)
        .map(|index| at(golden(index, 0.754_877_666_246_692_8), golden(index, 0.569_840_290_998_053_3)))
        .collect();
    places.extend([(-30.0, -30.0), (30.0, -30.0), (-30.0, 30.0), (30.0, 30.0)].map(|(xi, eta)| at(xi, eta)));
    places
}

fn column(name: &str, unit: &str, data: ColumnData) -> Column {
    Column { name: name.into(), unit: unit.into(), ucd: String::new(), data }
}

/// A catalogue with Gaia's columns; `Source` is beyond 2^53, every third proper motion is missing.
fn gaia(places: &[SkyPos]) -> CatalogueTable {
    let mut rows = Table::new();
    let floats = |value: &dyn Fn(usize) -> f64| ColumnData::F64((0..places.len()).map(value).collect());
    let ids = (0..places.len()).map(|index| Some(4_295_806_720_000_000_000 + index as i64)).collect();
    let pm = |index: usize| if index.is_multiple_of(3) { f64::NAN } else { index as f64 / 7.0 };
    for column in [
        column("Source", "", ColumnData::I64(ids)),
        column("RA_ICRS", "deg", floats(&|index| places[index].ra_deg)),
        column("DE_ICRS", "deg", floats(&|index| places[index].dec_deg)),
        column("pmRA", "mas/yr", floats(&pm)),
        column("Gmag", "mag", floats(&|index| 8.0 + (index % 120) as f64 / 10.0)),
    ] {
        rows.push(column).expect("equal lengths");
    }
    CatalogueTable { title: "Gaia DR3".into(), ra_column: "RA_ICRS".into(), dec_column: "DE_ICRS".into(), rows }
}

fn server(centre: SkyPos, count: usize) -> LoopbackServices {
    LoopbackServices::start(PlainSky::new(centre, 100).with_catalogue(GAIA, gaia(&places(centre, count))))
        .expect("a port is free")
}

fn archive(server: &LoopbackServices, cache: &Path) -> ServiceClient {
    ServiceClient::new(quick(), &server.addresses(), cache).expect("the loopback addresses are well formed")
}

fn query(protocol: Protocol, centre: SkyPos) -> ConeQuery {
    ConeQuery {
        protocol,
        table: GAIA.into(),
        columns: ["Source", "RA_ICRS", "DE_ICRS", "pmRA", "Gmag"].map(str::to_owned).to_vec(),
        ra_column: "RA_ICRS".into(),
        dec_column: "DE_ICRS".into(),
        id_columns: vec!["Source".into()],
        cone: Cone { centre, radius_arcmin: 45.5 },
        below: None,
        max_rows: 200_000,
    }
}

/// What a cone must hold, from the truth: ids in the order of declination.
fn expected(centre: SkyPos, count: usize) -> Vec<String> {
    let mut inside: Vec<(SkyPos, usize)> = places(centre, count)
        .into_iter()
        .enumerate()
        .map(|(index, place)| (place, index))
        .filter(|(place, _)| centre.separation_arcsec(*place) <= 45.5 * 60.0)
        .collect();
    inside.sort_by(|a, b| a.0.dec_deg.total_cmp(&b.0.dec_deg).then(a.0.ra_deg.total_cmp(&b.0.ra_deg)));
    inside.into_iter().map(|(_, index)| (4_295_806_720_000_000_000 + index as i64).to_string()).collect()
}

fn ids(rows: &ConeRows) -> Vec<String> {
    rows.table.texts("Source").expect("the column was asked for")
}

#[test]
fn both_protocols_give_every_row_of_the_cone_once() {
    for centre in [SkyPos::new(150.0, 20.0), SkyPos::new(0.1, -5.0), SkyPos::new(200.0, 89.7)] {
        let (server, cache) = (server(centre, 3000), tempfile::tempdir().expect("a folder"));
        let archive = archive(&server, cache.path());
        let truth = expected(centre, 3000);
        assert!(truth.len() > 1500, "the test must compare something: {}", truth.len());
        for protocol in BOTH {
            let rows = archive.cone(&query(protocol, centre)).expect("an undisturbed service answers");
            assert_eq!(ids(&rows), truth, "{protocol:?} at {centre:?}");
            assert_eq!(rows.splits, 0);
            assert_eq!(rows.table.columns()[3].unit, "mas/yr", "units come with the rows");
        }
    }
}

#[test]
fn the_corners_of_a_tile_are_in_the_cone() {
    let centre = SkyPos::new(150.0, 20.0);
    let (server, cache) = (server(centre, 0), tempfile::tempdir().expect("a folder"));
    for protocol in BOTH {
        let rows =
            archive(&server, cache.path()).cone(&query(protocol, centre)).expect("an undisturbed service answers");
        assert_eq!(rows.table.n_rows(), 4, "{protocol:?}: stars at (+-30', +-30') are inside 45.5'");
    }
}

#[test]
fn whatever_limit_a_service_has_all_rows_come() {
    let centre = SkyPos::new(150.0, 20.0);
    let truth = expected(centre, 1000);
    let cases = [
        (Fault::RowCap { rows: 50 }, 200_000, "the trap of 50 rows without a word"),
        (Fault::NotedRowCap { rows: 73 }, 200_000, "any limit that the service tells"),
        (Fault::ByteOrderMark, 100, "our own limit"),
    ];
    for (fault, max_rows, why) in cases {
        for protocol in BOTH {
            let (server, cache) = (server(centre, 1000), tempfile::tempdir().expect("a folder"));
            server.inject(protocol.service().name(), Occasion::Always, fault.clone());
            let query = ConeQuery { max_rows, ..query(protocol, centre) };
            let rows = archive(&server, cache.path()).cone(&query).unwrap_or_else(|error| panic!("{why}: {error:?}"));
            assert_eq!(ids(&rows), truth, "{protocol:?}, {why}");
            assert!(rows.splits >= 5, "{why}: {} splits", rows.splits);
        }
    }
}

#[test]
fn the_default_limit_of_50000_rows_is_overcome() {
    let centre = SkyPos::new(150.0, 20.0);
    let (server, cache) = (server(centre, 85_000), tempfile::tempdir().expect("a folder"));
    server.inject("vizier", Occasion::Always, Fault::RowCap { rows: 50_000 });
    let rows =
        archive(&server, cache.path()).cone(&query(Protocol::AsuTsv, centre)).expect("an undisturbed service answers");
    let truth = expected(centre, 85_000);
    assert!(truth.len() > 50_000, "the cone holds more than the limit: {}", truth.len());
    assert_eq!((rows.splits, ids(&rows) == truth), (1, true), "{} rows, expected {}", rows.table.n_rows(), truth.len());
}

#[test]
fn what_cannot_be_had_even_in_small_pieces_is_a_failure() {
    let centre = SkyPos::new(150.0, 20.0);
    let crowd: Vec<SkyPos> = (0..60).map(|index| SkyPos::new(150.001 + f64::from(index) * 1e-6, 20.001)).collect();
    let sky = PlainSky::new(centre, 100).with_catalogue(GAIA, gaia(&crowd));
    let (server, cache) =
        (LoopbackServices::start(sky).expect("a port is free"), tempfile::tempdir().expect("a folder"));
    server.inject("vizier", Occasion::Always, Fault::RowCap { rows: 50 });
    let error =
        archive(&server, cache.path()).cone(&query(Protocol::AsuTsv, centre)).expect_err("60 stars in one spot");
    assert_eq!(error.kind.name(), "rows_truncated");
}

#[test]
fn a_limit_of_magnitude_goes_with_the_question() {
    let centre = SkyPos::new(150.0, 20.0);
    let (server, cache) = (server(centre, 1000), tempfile::tempdir().expect("a folder"));
    for protocol in BOTH {
        let query = ConeQuery { below: Some(("Gmag".into(), 12.0)), ..query(protocol, centre) };
        let rows = archive(&server, cache.path()).cone(&query).expect("an undisturbed service answers");
        let magnitudes = rows.table.numbers("Gmag").expect("numbers");
        assert!(
            magnitudes.len() > 100 && magnitudes.iter().all(|mag| *mag < 12.0),
            "{protocol:?}: {}",
            magnitudes.len()
        );
    }
}

#[test]
fn a_place_without_stars_is_an_answer_without_rows() {
    let centre = SkyPos::new(150.0, 20.0);
    let (server, cache) = (server(centre, 100), tempfile::tempdir().expect("a folder"));
    for protocol in BOTH {
        let rows = archive(&server, cache.path())
            .cone(&query(protocol, SkyPos::new(10.0, -40.0)))
            .expect("no star is no failure");
        assert_eq!((rows.table.n_rows(), rows.table.columns().len()), (0, 5), "{protocol:?}");
    }
}

#[test]
fn a_failure_is_never_an_empty_table() {
    let centre = SkyPos::new(150.0, 20.0);
    let server = server(centre, 300);
    let cases = [
        (Fault::HtmlPage, "garbled"),
        (Fault::EmptyBody, "garbled"),
        (Fault::GarbledHeader, "garbled"),
        (Fault::TooManyJobs, "busy"),
        (Fault::ErrorDocument, "service_error"),
        (Fault::ColumnDropped, "columns_missing"),
        (Fault::Status { code: 503, retry_after: None }, "http_error"),
        (Fault::Status { code: 403, retry_after: None }, "http_error"),
        (Fault::Hang, "timeout"),
        (Fault::Reset, "disconnected"),
        (Fault::Truncate { bytes: 3000 }, "truncated"),
        (Fault::GzipCut, "truncated"),
        (Fault::RedirectLoop, "redirect"),
    ];
    for (fault, kind) in cases {
        for protocol in BOTH {
            let cache = tempfile::tempdir().expect("a folder");
            server.reset();
            server.inject(protocol.service().name(), Occasion::Always, fault.clone());
            let error =
                archive(&server, cache.path()).cone(&query(protocol, centre)).expect_err("the service always fails");
            let found = error.kind.name();
            let also = matches!((&fault, found), (Fault::EmptyBody, "truncated"));
            assert!(found == kind || also, "{protocol:?}, {fault:?}: {found}, expected {kind}: {error:?}");
        }
    }
    // A table cut anywhere, its length not announced, is never taken for whole.
    for protocol in BOTH {
        let whole = {
            let cache = tempfile::tempdir().expect("a folder");
            server.reset();
            let rows =
                archive(&server, cache.path()).cone(&query(protocol, centre)).expect("an undisturbed service answers");
            rows.table.n_rows()
        };
        for bytes in [200, 700, 1500, 3000, 5000, 5001, 5002, 5040, 5041, 5042, 5043, 5044] {
            let cache = tempfile::tempdir().expect("a folder");
            server.reset();
            server.inject(protocol.service().name(), Occasion::Always, Fault::SilentTruncate { bytes });
            let cut = archive(&server, cache.path()).cone(&query(protocol, centre));
            let error = cut.map(|rows| rows.table.n_rows()).expect_err("a cut table is a failure");
            assert!(
                matches!(error.kind.name(), "truncated" | "garbled"),
                "{protocol:?}, {bytes} of {whole} rows: {error:?}"
            );
        }
    }
    let cache = tempfile::tempdir().expect("a folder");
    server.reset();
    server.inject("vizier", Occasion::Always, Fault::NoUnitRow);
    let error =
        archive(&server, cache.path()).cone(&query(Protocol::AsuTsv, centre)).expect_err("rows would be read as units");
    assert_eq!(error.kind.name(), "garbled", "{error:?}");
}

#[test]
fn a_fault_that_passes_changes_nothing() {
    let centre = SkyPos::new(150.0, 20.0);
    let server = server(centre, 300);
    for protocol in BOTH {
        let undisturbed = tempfile::tempdir().expect("a folder");
        server.reset();
        let truth = archive(&server, undisturbed.path())
            .cone(&query(protocol, centre))
            .expect("an undisturbed service answers");
        for fault in [
            Fault::TooManyJobs,
            Fault::GarbledHeader,
            Fault::HtmlPage,
            Fault::ByteOrderMark,
            Fault::UnannouncedGzip,
            Fault::Truncate { bytes: 2000 },
            Fault::Status { code: 429, retry_after: Some("0".into()) },
        ] {
            let cache = tempfile::tempdir().expect("a folder");
            server.reset();
            server.inject(protocol.service().name(), Occasion::First(1), fault.clone());
            let rows = archive(&server, cache.path()).cone(&query(protocol, centre));
            let rows = rows.unwrap_or_else(|error| panic!("{protocol:?}, {fault:?}: {error:?}"));
            assert_eq!(rows.table, truth.table, "{protocol:?}, {fault:?}");
        }
    }
}

#[test]
fn offline_the_same_rows_come_from_the_cache() {
    let centre = SkyPos::new(150.0, 20.0);
    let cache = tempfile::tempdir().expect("a folder");
    for protocol in BOTH {
        let first = {
            let server = server(centre, 500);
            server.inject(protocol.service().name(), Occasion::Always, Fault::NotedRowCap { rows: 200 });
            archive(&server, cache.path()).cone(&query(protocol, centre)).expect("an undisturbed service answers")
        };
        let settings = TransferSettings { offline: true, ..quick() };
        let offline = ServiceClient::new(settings, &[].into(), cache.path()).expect("the settings are sound");
        let again = offline.cone(&query(protocol, centre)).expect("everything is in the cache");
        assert_eq!((&again.table, &again.responses_sha256), (&first.table, &first.responses_sha256));
        assert_eq!((again.effort.fetched, again.effort.attempts), (0, 0), "no request is made");
        let other = ConeQuery { max_rows: 1000, ..query(protocol, centre) };
        assert_eq!(offline.cone(&other).expect_err("another question").kind.name(), "not_in_cache");
    }
}

fn matched(archive: &ServiceClient, positions: &[SkyPos]) -> Result<sky_services::CrossMatchRows, FetchError> {
    cross_match(archive, &CrossMatchQuery { positions, table: GAIA.into(), radius_arcsec: 5.0 })
}

#[test]
fn the_cross_match_service_gives_the_pairs_of_brute_force() {
    let centre = SkyPos::new(0.0, 20.0);
    let (server, cache) = (server(centre, 2000), tempfile::tempdir().expect("a folder"));
    let theirs = places(centre, 2000);
    let ours: Vec<SkyPos> =
        theirs.iter().step_by(3).map(|place| SkyPos::new(place.ra_deg + 0.0009, place.dec_deg - 0.0006)).collect();
    let rows = matched(&archive(&server, cache.path()), &ours).expect("an undisturbed service answers");
    let mut brute = Vec::new();
    for (row, position) in ours.iter().enumerate() {
        let mut near: Vec<f64> = theirs
            .iter()
            .map(|place| position.separation_arcsec(*place))
            .filter(|separation| *separation <= 5.0)
            .collect();
        near.sort_by(f64::total_cmp);
        brute.extend(near.into_iter().map(|separation| (row, separation)));
    }
    assert!(brute.len() > 600, "the test must compare something: {}", brute.len());
    assert_eq!(rows.rows, brute.iter().map(|(row, _)| *row).collect::<Vec<_>>());
    for (found, (_, expected)) in rows.separation_arcsec.iter().zip(&brute) {
        assert!((found - expected).abs() < 2e-6, "{found} arcsec, expected {expected}: angDist is in arc seconds");
    }
    assert_eq!(rows.columns[0], "Source");
}

#[test]
fn the_cross_match_service_may_be_busy_or_broken() {
    let centre = SkyPos::new(150.0, 20.0);
    let (server, positions) = (server(centre, 100), places(centre, 20));
    let cases = [
        (Fault::TooManyJobs, "busy"),
        (Fault::ErrorDocument, "http_error"),
        (Fault::HtmlPage, "garbled"),
        (Fault::GarbledHeader, "garbled"),
        (Fault::EmptyBody, "truncated"),
        (Fault::Status { code: 504, retry_after: None }, "http_error"),
        (Fault::Reset, "disconnected"),
    ];
    for (fault, kind) in cases {
        let cache = tempfile::tempdir().expect("a folder");
        server.reset();
        server.inject("cds-xmatch", Occasion::Always, fault.clone());
        let error = matched(&archive(&server, cache.path()), &positions).expect_err("the service always fails");
        assert_eq!(error.kind.name(), kind, "{fault:?}: {error:?}");
    }
    let cache = tempfile::tempdir().expect("a folder");
    server.reset();
    server.inject("cds-xmatch", Occasion::First(2), Fault::TooManyJobs);
    let rows = matched(&archive(&server, cache.path()), &positions).expect("the third try succeeds");
    assert_eq!((rows.effort.attempts, rows.rows.len()), (3, 24));
}
