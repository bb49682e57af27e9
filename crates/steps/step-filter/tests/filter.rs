//! The step on a made tile: xmatch and filter run as their programs would run them.

#[path = "../../step-xmatch/tests/fixture/mod.rs"]
mod fixture;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fixture::{Detection, Star, TILE, grid, wcs, write_catalogue, write_missing_reference, write_reference};
use products::candidate_table::columns::COLUMNS;
use products::{CandidateFacts, CandidateTable, VetoStatus};
use sky_candidates::{
    Clip, DetectionRow, Extent, JudgeParams, NearStar, RuleSet, SpikeStars, Statistics, Veto, reasons_of,
};
use sky_catalog::Table;
use sky_coords::{PixelPos, SkyPos};
use sky_table::{ReadOptions, check_columns, read_table};
use step_contract::Status;
use step_filter::Filter;
use step_harness::testing::{InProcess, RunResult};
use step_xmatch::Xmatch;

/// Detections with a star in Gaia and PS1.
const N_STARS: usize = 60;

fn sky(pixel: (f64, f64)) -> SkyPos {
    wcs().sky_from_pixel(PixelPos::new(pixel.0, pixel.1))
}

fn still(position: SkyPos, mag: f64) -> Star {
    Star { position, pm_mas_yr: Some((0.0, 0.0)), mag }
}

/// What stands on the plate: stars, two vanished ones, one in the wing of a bright star, a masked, a faint and a truncated detection.
struct Scene {
    folder: tempfile::TempDir,
    stars: Vec<Star>,
    usnob: Vec<Star>,
}

/// Numbers of the detections that are not stars.
const VANISHED: [i64; 2] = [61, 62];
const SPIKE: i64 = 63;
const MASKED: i64 = 64;
const FAINT: i64 = 65;
const TRUNCATED: i64 = 66;

fn scene() -> Scene {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let places = grid(70);
    let mut detections: Vec<Detection> = places[..N_STARS]
        .iter()
        .enumerate()
        .map(|(i, &(x, y))| Detection {
            fwhm_px: 2.7 + 0.01 * (i % 7) as f32,
            spread_model: 0.001 * (i % 5) as f32,
            ..Detection::star(x, y)
        })
        .collect();
    let at = |i: usize| Detection::star(places[i].0, places[i].1);
    detections.extend([at(60), at(61), at(62)]);
    detections.push(Detection { mask_bits: 1, ..at(63) });
    detections.push(Detection { snr_win: 9.5, ..at(64) });
    detections.push(Detection { flags: 8, ..at(65) });
    write_catalogue(folder.path(), &detections);
    let stars: Vec<Star> = places[..N_STARS].iter().map(|&pixel| still(sky(pixel), 15.0)).collect();
    // USNO-B holds everything that was on the plate, the vanished stars too, and a star of 9 mag 50 arcsec from number 63.
    let mut usnob: Vec<Star> = places[..66].iter().map(|&pixel| still(sky(pixel), 15.0)).collect();
    let wing = sky(places[62]);
    usnob.push(still(SkyPos::new(wing.ra_deg, wing.dec_deg + 50.0 / 3600.0), 9.0));
    Scene { folder, stars, usnob }
}

impl Scene {
    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn references(&self) -> Vec<PathBuf> {
        vec![
            write_reference(self.path(), "gaia", &self.stars),
            write_reference(self.path(), "ps1", &self.stars),
            write_reference(self.path(), "usnob", &self.usnob),
        ]
    }

    /// Runs xmatch; the manifest of the matches.
    fn matched(&self, references: &[PathBuf]) -> PathBuf {
        let out = self.path().join("xmatch");
        let step = InProcess::<Xmatch>::new(&out).read("detections", self.path().join(format!("{TILE}.cat")));
        let step = references.iter().fold(step, |step, reference| step.read("references", reference));
        assert_eq!(step.run().exit, 0, "xmatch goes on without the references that are missing");
        out.join("manifest.json")
    }

    fn filter(&self, references: &[PathBuf]) -> InProcess<Filter> {
        let matches = self.matched(references);
        let step = InProcess::<Filter>::new(self.path().join("filter")).read("matches", matches);
        let step = step.read("detections", self.path().join(format!("{TILE}.cat")));
        references.iter().fold(step, |step, reference| step.read("references", reference))
    }

    fn table(&self, role: &str) -> Table {
        let path = self.path().join(format!("filter/{TILE}_{role}.csv"));
        read_table(&path, &ReadOptions::default()).unwrap_or_else(|error| panic!("{role}: {error}")).table
    }
}

fn facts(result: &RunResult<CandidateTable>) -> &CandidateFacts {
    let unit = &result.manifest.units[0];
    unit.facts.as_ref().unwrap_or_else(|| panic!("the unit is {:?}: {:?}", unit.status, unit.reason))
}

fn numbers(table: &Table) -> Vec<i64> {
    table.integers("number").map_or_else(|_| Vec::new(), |numbers| numbers.into_iter().flatten().collect())
}

/// First words of the reasons of each dropped detection.
fn reasons(table: &Table) -> BTreeMap<i64, Vec<String>> {
    let texts = table.texts("reasons").expect("reasons");
    let names =
        |text: &String| text.split('|').map(|reason| reason.split('(').next().unwrap_or("").to_owned()).collect();
    numbers(table).into_iter().zip(texts.iter().map(names)).collect()
}

#[test]
fn every_detection_is_kept_or_dropped_with_a_reason() {
    let scene = scene();
    let result = scene.filter(&scene.references()).run();
    assert_eq!(result.exit, 0, "{:?}", result.manifest.units[0].reason);
    let facts = facts(&result);
    let (kept, dropped) = (scene.table("kept"), scene.table("dropped"));
    assert_eq!(numbers(&kept), VANISHED, "the vanished stars alone are left");
    let all: BTreeSet<i64> = numbers(&kept).into_iter().chain(numbers(&dropped)).collect();
    assert_eq!(all, (1..=66).collect(), "each detection once");
    assert_eq!((facts.detections, facts.kept_count, facts.dropped_count, facts.candidates_count), (66, 2, 64, 2));
    assert_eq!(facts.first_reasons.values().sum::<u64>(), facts.dropped_count);
    let why = reasons(&dropped);
    assert_eq!(why[&1], ["veto_gaia", "veto_ps1"]);
    assert_eq!(why[&SPIKE], ["spike_const", "spike_line"]);
    assert_eq!(why[&MASKED], ["mask"]);
    assert_eq!(why[&FAINT], ["snr"]);
    assert_eq!(why[&TRUNCATED], ["flags"]);
    assert!(why.values().all(|reasons| !reasons.is_empty()), "no row without a reason");
}

#[test]
fn the_tables_have_the_declared_columns_and_say_when_and_where() {
    let scene = scene();
    scene.filter(&scene.references()).run();
    let kept = scene.table("kept");
    // Columns that are blank in every row have no type to check.
    let filled: Vec<_> = COLUMNS
        .iter()
        .filter(|spec| {
            kept.texts(spec.name).expect("every declared column is there").iter().any(|text| !text.is_empty())
        })
        .copied()
        .collect();
    check_columns(&kept, &filled).expect("declared types");
    let blank: BTreeSet<&str> =
        COLUMNS.iter().map(|spec| spec.name).filter(|name| !filled.iter().any(|spec| spec.name == *name)).collect();
    let expected = ["reasons", "plate_x_mm", "plate_y_mm", "gaia_separation_arcsec", "ps1_separation_arcsec"];
    assert!(expected.iter().all(|name| blank.contains(name)), "a kept row of a TAN tile has none of these: {blank:?}");
    for name in [
        "mjd_mid",
        "plate_id",
        "astrometric_solution",
        "fwhm_ratio",
        "spread_z",
        "edge_distance_px",
        "is_core",
        "chance_of_veto",
    ] {
        assert!(!blank.contains(name), "{name} is blank");
    }
    assert_eq!(kept.texts("plate_id").expect("plates"), ["XE486", "XE486"]);
    assert_eq!(kept.texts("is_candidate").expect("truth values"), ["true", "true"]);
    let mjd = kept.numbers("mjd_mid").expect("dates")[0];
    // 1951-11-29T04:40 is MJD 33979.19444.
    assert!((mjd - 33_979.194).abs() < 0.05, "MJD {mjd}");
}

#[test]
fn missing_evidence_blocks_the_tile() {
    for status in [Status::Failed, Status::Skipped] {
        let scene = scene();
        let gaia = write_reference(scene.path(), "gaia", &scene.stars);
        let ps1 = write_missing_reference(scene.path(), "ps1", status);
        let usnob = write_reference(scene.path(), "usnob", &scene.usnob);
        let result = scene.filter(&[gaia, ps1, usnob]).run();
        let unit = &result.manifest.units[0];
        assert_eq!((unit.status, result.exit), (Status::Blocked, 20), "PS1 is {status:?}");
        let message = unit.reason.as_ref().map(|reason| reason.message.clone()).unwrap_or_default();
        assert!(message.contains("ps1"), "the reason names the catalogue: {message}");
        assert!(!scene.path().join(format!("filter/{TILE}_kept.csv")).exists(), "there is no table of candidates");
    }
}

#[test]
fn evidence_that_nobody_bound_blocks_too() {
    let scene = scene();
    let gaia = write_reference(scene.path(), "gaia", &scene.stars);
    let result = scene.filter(&[gaia]).run();
    assert_eq!(result.manifest.units[0].status, Status::Blocked, "neither PS1 nor USNO-B was asked");
}

#[test]
fn with_allowed_gaps_nothing_is_a_candidate() {
    let scene = scene();
    let gaia = write_reference(scene.path(), "gaia", &scene.stars);
    let ps1 = write_missing_reference(scene.path(), "ps1", Status::Skipped);
    let usnob = write_missing_reference(scene.path(), "usnob", Status::Skipped);
    let step = scene.filter(&[gaia, ps1, usnob]);
    let result = step.config_toml("allow_missing = [\"ps1\", \"usnob\"]").run();
    assert_eq!(result.exit, 0);
    let facts = facts(&result);
    assert_eq!((facts.veto_status, facts.candidates_count, facts.kept_count), (VetoStatus::Unknown, 0, 3));
    let kept = scene.table("kept");
    assert_eq!(kept.texts("is_candidate").expect("truth values"), ["false"; 3]);
    assert_eq!(kept.texts("veto_status").expect("statuses"), ["unknown"; 3]);
    let kinds: Vec<&str> = result.manifest.units[0].warnings.iter().map(|warning| warning.kind.as_str()).collect();
    assert!(kinds.contains(&"evidence_missing"), "the manifest says so: {kinds:?}");
}

#[test]
fn usnob_as_veto_removes_what_has_vanished() {
    let scene = scene();
    let step = scene.filter(&scene.references());
    let result = step.config_toml("evidence = [\"usnob\"]\nvetoes = [\"usnob\"]\nspike_sources = [\"usnob\"]").run();
    assert_eq!(facts(&result).kept_count, 0, "every detection of the plate is in USNO-B1.0, vanished since or not");
}

#[test]
fn a_veto_that_is_no_evidence_is_refused() {
    let scene = scene();
    let refused = scene.filter(&scene.references()).config_toml("vetoes = [\"vsx\"]").try_run();
    let failed = refused.map_or(true, |result| result.manifest.units.iter().all(|unit| unit.status != Status::Done));
    assert!(failed, "VSX could be missing without a word");
}

#[test]
fn a_wrong_separation_fails_the_tile() {
    let scene = scene();
    let references = scene.references();
    let step = scene.filter(&references);
    // As a matcher that writes degrees would: the table is changed and its sum made right.
    let (table, manifest) =
        (scene.path().join(format!("xmatch/{TILE}_xmatch.csv")), scene.path().join("xmatch/manifest.json"));
    let before = step_harness::sum_of_file(&table).expect("the table").sha256;
    let text = std::fs::read_to_string(&table).expect("the table");
    let first = text.lines().nth(1).expect("a pair").to_owned();
    let mut cells: Vec<&str> = first.split(',').collect();
    cells[3] = "4.00000";
    std::fs::write(&table, text.replacen(&first, &cells.join(","), 1)).expect("the table can be written");
    let after = step_harness::sum_of_file(&table).expect("the table");
    assert_eq!(cells[3].len(), first.split(',').nth(3).map_or(0, str::len), "the length stays");
    let json = std::fs::read_to_string(&manifest).expect("the manifest").replace(&before, &after.sha256);
    std::fs::write(&manifest, json).expect("the manifest can be written");
    let result = step.run();
    let reason = result.manifest.units[0].reason.clone().expect("the tile failed");
    assert_eq!((result.manifest.units[0].status, reason.kind.as_str()), (Status::Failed, "within5"));
    assert!(reason.message.contains("row 0"), "the reason names the row: {}", reason.message);
}

/// The verdict follows from what is stored: columns of the tables, frozen statistics of the manifest, thresholds of the configuration.
#[test]
fn the_ledger_re_evaluates_from_the_stored_columns() {
    for (rule_set, name) in
        [(RuleSet::Solano2022, "solano2022"), (RuleSet::Calibrated, "calibrated"), (RuleSet::Evidence, "evidence")]
    {
        let scene = scene();
        let result = scene.filter(&scene.references()).set("judge.rule_set", name).run();
        let facts = facts(&result);
        let params = JudgeParams { rule_set, ..JudgeParams::default() };
        let statistics = statistics(facts);
        let mut compared = 0;
        for role in ["kept", "dropped"] {
            let table = scene.table(role);
            let stored = table.texts("reasons").expect("reasons");
            for (row, stored) in stored_rows(&table).iter().zip(stored) {
                let again = reasons_of(row, &statistics, &params);
                let text = again.iter().map(ToString::to_string).collect::<Vec<_>>().join("|");
                assert_eq!(text, stored, "detection {} under {name}", row.number);
                compared += 1;
            }
        }
        assert_eq!(compared, 66, "every detection was judged again");
    }
}

fn statistics(facts: &CandidateFacts) -> Statistics {
    let clip = |column: &'static str, is_star: bool| {
        let mut found = facts.clips.iter().filter(|clip| clip.column == column);
        // Of each column the statistics over the survivors come first, those over the stars last.
        let clip = if is_star { found.next_back() } else { found.next() };
        let clip = clip.unwrap_or_else(|| panic!("no statistics of {column}"));
        Clip { column, population: "", count: clip.count as usize, median: clip.median, mad: clip.mad }
    };
    Statistics {
        fwhm: clip("FWHM_IMAGE", false),
        elongation: clip("ELONGATION", false),
        star_fwhm: clip("FWHM_IMAGE", true),
        star_elongation: clip("ELONGATION", true),
        star_spread: clip("SPREAD_MODEL", true),
    }
}

fn stored_rows(table: &Table) -> Vec<DetectionRow> {
    let column = |name: &str| table.numbers(name).unwrap_or_else(|error| panic!("{error}"));
    let names = [
        "flags",
        "mask_bits",
        "snr_win",
        "fwhm_image_px",
        "elongation",
        "spread_model",
        "x_extent_px",
        "y_extent_px",
        "spike_star_mag",
        "spike_separation_arcsec",
        "bright_star_mag",
        "bright_star_separation_arcsec",
        "gaia_separation_arcsec",
        "ps1_separation_arcsec",
    ];
    let columns: BTreeMap<&str, Vec<f64>> = names.into_iter().map(|name| (name, column(name))).collect();
    let is_star = table.texts("is_star").expect("truth values");
    (0..table.n_rows())
        .map(|i| {
            let value = |name: &str| columns[name][i];
            let star = |mag: &str, distance: &str| {
                let star = NearStar { mag: value(mag), separation_arcsec: value(distance) };
                (!star.mag.is_nan()).then_some(star)
            };
            let veto = |catalog: &str| {
                let separation_arcsec = value(&format!("{catalog}_separation_arcsec"));
                let veto = Veto { catalog: catalog.to_owned(), separation_arcsec, radius_arcsec: 5.0 };
                (!separation_arcsec.is_nan()).then_some(veto)
            };
            DetectionRow {
                number: numbers(table)[i] as u32,
                flags: value("flags") as u16,
                mask_bits: value("mask_bits") as u16,
                snr_win: value("snr_win"),
                fwhm_px: value("fwhm_image_px"),
                elongation: value("elongation"),
                spread_model: value("spread_model"),
                extent: Extent { x_px: value("x_extent_px"), y_px: value("y_extent_px") },
                is_star: is_star[i] == "true",
                spikes: SpikeStars {
                    constant: star("bright_star_mag", "bright_star_separation_arcsec"),
                    line: star("spike_star_mag", "spike_separation_arcsec"),
                },
                vetoes: ["gaia", "ps1"].into_iter().filter_map(veto).collect(),
            }
        })
        .collect()
}
