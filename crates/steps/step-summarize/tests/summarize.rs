//! The page of a run: its numbers add up, agree with one another, and are there also when nothing was found.
mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use common::{RUN_ID, TestRun, TestTile};
use products::{Summary, SummaryFacts};
use step_contract::Manifest;
use step_harness::testing::{InProcess, RunResult};
use step_summarize::{ANOMALY_COLUMNS, Summarize};

const CLAIM: &str = "on the plate and not in Gaia DR3 or PS1: star or defect";

fn summarize(run: &TestRun) -> (RunResult<Summary>, PathBuf) {
    let out = run.folder("summaries");
    let step = InProcess::<Summarize>::new(&out).root(run.root.path()).run_id(RUN_ID);
    let result = run.manifests().iter().fold(step, |step, manifest| step.read("run", manifest)).run();
    (result, out)
}

fn facts(manifest: &Manifest<Summary>) -> &SummaryFacts {
    assert_eq!(manifest.units.len(), 1);
    manifest.units[0].facts.as_ref().unwrap_or_else(|| panic!("not done: {:?}", manifest.units[0].reason))
}

fn tile(id: &'static str, left_mm: f64) -> TestTile {
    TestTile { id, left_mm, kept: Vec::new(), dropped: Vec::new(), complete: true, blocked: None }
}

/// Two tiles that overlap by half (one candidate in both), and one that waits for a catalogue.
fn three_tiles() -> Vec<TestTile> {
    let reasons = ["veto_gaia(0.3;5)", "veto_gaia(0.2;5)|snr(4;10)", "mask(1;27)|snr(3;10)", "snr(2;10)"];
    let spread = |n: usize| {
        (0..n).map(|i| (10.0 + (i * 47 % 280) as f64, 10.0 + (i * 89 % 280) as f64, reasons[i % 4])).collect()
    };
    vec![
        TestTile {
            kept: vec![(1, 200.0, 100.0, 80.0), (2, 50.0, 60.0, 15.0)],
            dropped: spread(60),
            ..tile("tile_a", 10.0)
        },
        TestTile { kept: vec![(7, 50.0, 100.0, 80.5)], dropped: spread(40), ..tile("tile_b", 10.0 - 0.025 * 150.0) },
        TestTile { dropped: spread(5), blocked: Some("catalog-ps1 has no unit of this tile"), ..tile("tile_c", 60.0) },
    ]
}

/// section, row, column -> value.
type Numbers = BTreeMap<(String, String, String), String>;

fn csv_numbers(path: &Path) -> Numbers {
    let text = fs::read_to_string(path).expect("summary.csv");
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("section,row,column,value"), "the schema of summary.csv");
    lines
        .map(|line| {
            let mut cells: Vec<String> = vec![String::new()];
            let mut quoted = false;
            for c in line.chars() {
                match c {
                    '"' => quoted = !quoted,
                    ',' if !quoted => cells.push(String::new()),
                    c => cells.last_mut().expect("a cell").push(c),
                }
            }
            assert_eq!(cells.len(), 4, "{line}");
            ((cells[0].clone(), cells[1].clone(), cells[2].clone()), cells[3].clone())
        })
        .collect()
}

/// The tables of the page; a heading is mapped to the name of its section.
fn page_numbers(page: &str) -> Numbers {
    let sections = [
        ("The run", "run"),
        ("The funnel", "funnel"),
        ("What was not done, and why", "not_done"),
        ("Tiles with a verdict", "tiles"),
        ("What the catalogues see", "sight"),
        ("Matches against each reference", "references"),
        ("True transients lost by chance", "chance_vetoes"),
        ("Candidates by distance from the plate's centre", "edges"),
        ("Plates", "plates"),
        ("Histograms", "histograms"),
    ];
    let (mut numbers, mut section, mut columns) = (Numbers::new(), "", Vec::new());
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            section = sections.iter().find(|(title, _)| *title == heading).map(|(_, id)| *id).expect("a known heading");
            columns.clear();
        } else if line.starts_with("| ") {
            let cells: Vec<String> = line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
            if columns.is_empty() {
                columns = cells;
            } else if !cells[0].starts_with("---") {
                for (column, cell) in columns.iter().zip(&cells).skip(1) {
                    numbers.insert((section.to_owned(), cells[0].clone(), column.clone()), cell.clone());
                }
            }
        }
    }
    numbers
}

fn number(numbers: &Numbers, section: &str, row: &str, column: &str) -> u64 {
    let key = (section.to_owned(), row.to_owned(), column.to_owned());
    numbers.get(&key).unwrap_or_else(|| panic!("{key:?} is missing")).parse().expect("a count")
}

#[test]
fn page_csv_and_manifest_say_the_same() {
    let run = TestRun::new(&three_tiles());
    let (result, out) = summarize(&run);
    assert_eq!(result.exit, 0);
    let facts = facts(&result.manifest);
    let (csv, text) =
        (csv_numbers(&out.join("summary.csv")), fs::read_to_string(out.join("summary.md")).expect("summary.md"));
    let page = page_numbers(&text);
    assert!(page.len() > 80, "{} numbers on the page", page.len());
    for (key, value) in &page {
        assert_eq!(csv.get(key), Some(value), "{key:?}");
    }
    for (name, value) in [
        ("detections", facts.detections),
        ("kept_count", facts.kept_count),
        ("dropped_count", facts.dropped_count),
        ("candidates_count", facts.candidates_count),
        ("tiles_done", facts.tiles_done),
        ("duplicates_count", facts.duplicates_count),
        ("repeats_count", facts.repeats_count),
    ] {
        assert_eq!(number(&csv, "run", name, "value"), value, "{name}");
    }
    assert_eq!((facts.detections, facts.kept_count, facts.dropped_count, facts.candidates_count), (108, 3, 100, 3));
    let area: f64 = csv[&("run".into(), "area_deg2_covered".into(), "value".into())].parse().expect("a number");
    assert!((area - facts.area_deg2_covered).abs() < 1e-6);
    let one_tile = (300.0 * 1.7 / 3600.0_f64).powi(2);
    assert!(
        (area / one_tile - 1.5).abs() < 0.03,
        "{area}: the third tile is not covered, half of the second was covered before"
    );
}

#[test]
fn the_funnel_closes() {
    let run = TestRun::new(&three_tiles());
    let (_, out) = summarize(&run);
    let text = fs::read_to_string(out.join("summary.md")).expect("summary.md");
    let stages: Vec<Vec<String>> = text
        .split("## The funnel")
        .nth(1)
        .expect("a funnel")
        .lines()
        .skip_while(|line| !line.starts_with("| ---"))
        .skip(1)
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect();
    let count = |cell: &str| cell.parse::<u64>().expect("a count");
    assert_eq!(
        stages.iter().map(|stage| stage[0].as_str()).collect::<Vec<_>>(),
        ["in tiles with a verdict", "pass mask", "pass veto_gaia", "pass snr", "have every veto", "are no duplicates"]
    );
    let mut left = 108;
    for stage in &stages {
        assert_eq!(count(&stage[1]), left, "input of {}", stage[0]);
        left = count(&stage[1]) - count(&stage[2]);
        assert_eq!(count(&stage[3]), left, "output of {}", stage[0]);
    }
    assert_eq!(left, 2, "three candidates, two of them the same detection");
}

#[test]
fn a_tile_without_a_verdict_is_named_with_its_reason() {
    let run = TestRun::new(&three_tiles());
    let (result, out) = summarize(&run);
    assert_eq!(facts(&result.manifest).tiles_not_done, ["tile_c"]);
    let page = fs::read_to_string(out.join("summary.md")).expect("summary.md");
    assert!(page.contains("**1 tiles have no verdict and are not part of the area: tile_c.**"), "{page}");
    assert!(page.contains("| filter/tile_c | blocked | blocked | catalog-ps1 has no unit of this tile |"), "{page}");
}

#[test]
fn the_page_says_where_few_detections_decided() {
    let run = TestRun::new(&three_tiles());
    let (_, out) = summarize(&run);
    let page = fs::read_to_string(out.join("summary.md")).expect("summary.md");
    assert!(page.contains("2 tiles (tile_a) have few bright detections"), "{page}");
    assert!(page.contains("| tile_a gaia | done | 12 | 11 | 0.7700 | true | 0 |"), "{page}");
}

#[test]
fn every_page_says_what_a_candidate_is_and_magnitudes_are_instrumental() {
    let run = TestRun::new(&three_tiles());
    let (_, out) = summarize(&run);
    let page = fs::read_to_string(out.join("summary.md")).expect("summary.md");
    assert!(page.contains(CLAIM) && page.contains("Magnitudes are instrumental"));
    let table = fs::read_to_string(out.join("anomalies_minimal.csv")).expect("anomalies_minimal.csv");
    assert!(table.lines().skip(1).all(|line| line.ends_with(CLAIM)));
    for plot in ["sky.svg", "plate.svg"] {
        assert!(
            fs::read_to_string(out.join(plot)).expect("a plot").contains("not in Gaia DR3 or PS1: star or defect"),
            "{plot}"
        );
    }
    assert!(fs::read_to_string(out.join("histogram_mag_auto.svg")).expect("a plot").contains("instrumental"));
}

#[test]
fn anomalies_have_a_stable_schema_and_name_their_duplicates() {
    let run = TestRun::new(&three_tiles());
    let (_, out) = summarize(&run);
    let text = fs::read_to_string(out.join("anomalies_minimal.csv")).expect("anomalies_minimal.csv");
    let mut lines = text.lines();
    assert_eq!(
        lines.next(),
        Some(
            "run_id,source_id,ra_deg,dec_deg,astrometric_solution,plate_id,plate_x_mm,plate_y_mm,mjd_mid,mag_auto_instrumental,snr_win,\
             fwhm_image_px,duplicates,repeats,claim"
        ),
        "version 1 of the columns: never changed, only added to at the end"
    );
    assert_eq!(ANOMALY_COLUMNS.len(), 15);
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    assert_eq!(
        rows.iter().map(|row| (row[1], row[12])).collect::<Vec<_>>(),
        [("tile_a:1", "tile_b:7"), ("tile_a:2", "")]
    );
    assert!(rows.iter().all(|row| row[0] == RUN_ID && row[4] == "tan+tie" && row[8] == "34486.43403"));
}

#[test]
fn histograms_hold_every_detection() {
    let run = TestRun::new(&three_tiles());
    let (_, out) = summarize(&run);
    let csv = csv_numbers(&out.join("summary.csv"));
    for quantity in ["FWHM_IMAGE", "MAG_AUTO", "SNR_WIN"] {
        let missing = number(&csv, "histograms", &format!("{quantity} missing"), "count");
        let bins: Vec<u64> =
            (1..=40).map(|bin| number(&csv, "histograms", &format!("{quantity} {bin:03}"), "count")).collect();
        assert_eq!(bins.iter().sum::<u64>() + missing, 108, "{quantity}");
        assert!(bins.iter().filter(|count| **count > 0).count() >= 10, "{quantity}: {bins:?}");
    }
    assert_eq!(number(&csv, "histograms", "MAG_AUTO missing", "count"), 3, "99 stands for no magnitude, once a tile");
}

#[test]
fn the_edge_statistic_expects_what_the_area_lets_expect() {
    let run = TestRun::new(&three_tiles());
    let (_, out) = summarize(&run);
    let csv = csv_numbers(&out.join("summary.csv"));
    let rings: Vec<(u64, f64)> = csv
        .iter()
        .filter(|((section, _, column), _)| section == "edges" && column == "observed")
        .map(|((_, ring, _), observed)| {
            let expected = &csv[&("edges".to_owned(), ring.clone(), "expected".to_owned())];
            (observed.parse().expect("a count"), expected.parse().expect("a number"))
        })
        .collect();
    assert_eq!(rings.iter().map(|(observed, _)| observed).sum::<u64>(), 2, "distinct candidates");
    assert!((rings.iter().map(|(_, expected)| expected).sum::<f64>() - 2.0).abs() < 0.02, "{rings:?}");
}

#[test]
fn references_are_summed_and_only_those_that_veto_lose_transients_by_chance() {
    let run = TestRun::new(&three_tiles());
    let (_, out) = summarize(&run);
    let csv = csv_numbers(&out.join("summary.csv"));
    let of =
        |section: &str, row: &str, column: &str| csv[&(section.to_owned(), row.to_owned(), column.to_owned())].clone();
    assert_eq!(number(&csv, "references", "gaia", "pairs"), 93, "31 in each of three tiles");
    assert_eq!(of("references", "gaia", "chance_matches_expected"), "2.4", "2 % of 120 detections");
    assert_eq!(of("chance_vetoes", "expected_loss", "value"), "2.000", "USNO-B vetoes nothing here");
    assert_eq!(
        (of("tiles", "tile_a", "tie"), of("tiles", "tile_a", "tie_median_arcsec")),
        ("ok".into(), "0.210".into())
    );
}

#[test]
fn a_run_without_a_candidate_has_its_page() {
    let run = TestRun::new(&[tile("tile_a", 10.0)]);
    let (result, out) = summarize(&run);
    assert_eq!(facts(&result.manifest).candidates_count, 0);
    let page = fs::read_to_string(out.join("summary.md")).expect("summary.md");
    assert!(page.contains("**No candidate was found.**") && page.contains(CLAIM));
    assert_eq!(fs::read_to_string(out.join("anomalies_minimal.csv")).expect("a table").lines().count(), 1);
    assert!(out.join("sky.png").is_file() && !out.join("candidates.png").exists());
}

#[test]
fn rows_whose_vetoes_are_unknown_are_shown_but_are_no_candidates() {
    let run =
        TestRun::new(&[TestTile { kept: vec![(1, 100.0, 100.0, 50.0)], complete: false, ..tile("tile_a", 10.0) }]);
    let (result, out) = summarize(&run);
    assert_eq!((facts(&result.manifest).kept_count, facts(&result.manifest).candidates_count), (1, 0));
    let page = fs::read_to_string(out.join("summary.md")).expect("summary.md");
    assert!(page.contains("Evidence is missing in 1 of 1 tiles (in tile_a: ps1)"), "{page}");
    assert!(page.contains("on the plate and not in Gaia DR3 (PS1 not asked): star or defect"), "{page}");
    assert_eq!(facts(&result.manifest).area_deg2_covered, 0.0, "nothing can be found there: it is no searched area");
    assert!(out.join("kept_rows.png").is_file(), "the rows that are left can be looked at");
}

#[test]
fn counts_that_disagree_end_the_summary() {
    let run = TestRun::new(&[TestTile { kept: vec![(1, 100.0, 100.0, 50.0)], ..tile("tile_a", 10.0) }]);
    let kept = run.folder("filter").join("tile_a_kept.csv");
    let text = fs::read_to_string(&kept).expect("a table");
    fs::write(&kept, format!("{text}{}\n", text.lines().last().expect("a row"))).expect("a row more");
    let (result, _) = summarize(&run);
    let reason = result.manifest.units[0].reason.as_ref().expect("it failed");
    assert_eq!(reason.kind, "counts_disagree");
    assert!(reason.message.contains("found 2, expected 1"), "{}", reason.message);
}

#[test]
fn two_folders_give_one_identity() {
    let deep = tempfile::tempdir().expect("a folder");
    let nested = deep.path().join("a/b");
    fs::create_dir_all(&nested).expect("folders");
    let (one, two) =
        (summarize(&TestRun::new(&three_tiles())).0, summarize(&TestRun::below(&nested, &three_tiles())).0);
    assert_eq!(one.identity, two.identity);
    assert_eq!(one.manifest.files.len(), 3 + 12 + 1, "{:?}", one.manifest.files.keys());
}

#[test]
fn the_pictures_can_be_looked_at() {
    let run = TestRun::new(&three_tiles());
    let (_, out) = summarize(&run);
    if let Some(folder) = std::env::var_os("SKYLEDGER_PLOT_DIR") {
        for file in fs::read_dir(&out).expect("the folder").flatten() {
            fs::copy(file.path(), Path::new(&folder).join(file.file_name())).expect("a copy");
        }
    }
    assert!(fs::metadata(out.join("candidates.png")).expect("a contact sheet").len() > 1000);
}
