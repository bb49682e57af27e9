//! A small simulated plate with its detections and catalogues, judged anew for each lie.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fs_err as fs;
use loopback_services::{SimSky, Sky as _};
use serde_json::Value;
use sky_coords::SkyPos;
use sky_sim::{ObjectKind, Scene, SceneKind, SceneParams};
use sky_table::{ReadOptions, read_table};

use super::lie::Lie;
use super::rows::Rows;
use crate::{Bench, confined};

/// Side of the plate, arc minutes.
pub(super) const SIDE_ARCMIN: f64 = 17.0;
/// Name of the tile.
const TILE: &str = "tile";
/// Catalogue, table of the simulation, columns of the position.
const CATALOGUES: [(&str, &str, &str, &str); 3] = [
    ("gaia", "I/355/gaiadr3", "RA_ICRS", "DE_ICRS"),
    ("ps1", "II/389/ps1_dr2", "RAJ2000", "DEJ2000"),
    ("usnob", "I/284/out", "RAJ2000", "DEJ2000"),
];
/// Settings with which nothing is distrusted: what the chain did before it looked.
const TRUSTFUL: [&str; 6] = [
    "sight.share_min_each=0.0",
    "sight.share_min_best=0.0",
    "sight.part_detections=100000",
    "displacement.min_rows=100000",
    "moved.max_chance=0.0",
    "moved.max_motion_mas_yr=0.0",
];

/// Every catalogue as it is.
const SOUND: [(&str, &str); 3] = [("gaia", "sound"), ("ps1", "sound"), ("usnob", "sound")];

/// A field.
pub(super) struct Field {
    program: PathBuf,
    folder: PathBuf,
    /// Centre of the plate.
    pub(super) centre: SkyPos,
    /// Bytes of its image.
    pub(super) image: Vec<u8>,
    /// Its catalogues as they are.
    pub(super) rows: BTreeMap<&'static str, Rows>,
    /// What stands on the plate, and where.
    pub(super) objects: Vec<(ObjectKind, SkyPos)>,
}

/// A kept row.
pub(super) struct KeptRow {
    pub(super) position: SkyPos,
    pub(super) class: String,
}

/// What filter said of the tile.
struct Seen {
    status: String,
    kind: String,
    candidates: u64,
    kept: PathBuf,
}

impl Field {
    /// Draws the field of that number, and runs mask, detect and the catalogues on it.
    pub(super) fn prepare(bench: &Bench, number: u64) -> Result<Self, String> {
        // Every field at another place, all of them where PS1 looks.
        let (ra, dec) = ((37.0 * number as f64) % 360.0, -20.0 + (29.0 * number as f64) % 95.0);
        Self::small(bench, &format!("lies-{number}"), number, (ra, dec))
    }

    /// A field that PS1 does not cover.
    pub(super) fn prepare_south(bench: &Bench) -> Result<Self, String> {
        Self::small(bench, "lies-south", 500, (150.0, -32.0))
    }

    fn small(bench: &Bench, name: &str, number: u64, (ra, dec): (f64, f64)) -> Result<Self, String> {
        let small = SceneKind::Small.scene(1000 * bench.seed + number);
        let params = SceneParams { centre_ra_deg: ra, centre_dec_deg: dec, n_catalogue_stars: 640, ..small };
        Self::of_scene(bench, name, &params, SIDE_ARCMIN)
    }

    /// Renders a scene, and runs mask, detect and the catalogues on it.
    pub(super) fn of_scene(bench: &Bench, name: &str, params: &SceneParams, side_arcmin: f64) -> Result<Self, String> {
        let folder = bench.folder(name).map_err(text)?;
        let sky = SimSky::new(Scene::generate(params), SceneKind::Small.render()).map_err(text)?;
        let centre = sky.scene().centre();
        let image = sky.image(centre, side_arcmin, side_arcmin).ok_or("the plate gives no image")?;
        let mut rows = BTreeMap::new();
        for (name, table, ra, dec) in CATALOGUES {
            let table = sky.scene().catalogue(table).map_err(text)?;
            rows.insert(name, Rows::of(&table, ra, dec)?);
        }
        let objects = sky.scene().objects().iter().map(|object| (object.kind, object.position)).collect();
        let field = Self { program: bench.skyledger(), folder, centre, image, rows, objects };
        fs::write(field.folder.join(format!("{TILE}.fits")), &field.image).map_err(text)?;
        let frames = format!("frames={}", field.folder.join(format!("{TILE}.fits")).display());
        field.step("mask", "mask", &[frames], &["catalog=\"none\""])?;
        field.step("detect", "detect", &[field.read("frames", "mask")], &[])?;
        for (name, ..) in CATALOGUES {
            field.catalog(name, &field.rows[name].csv("\n"), "csv", "sound")?;
        }
        Ok(field)
    }

    /// What the field says when its PS1 does not cover it.
    pub(super) fn is_silent(&self) -> Result<String, String> {
        let seen = self.judge(&SOUND, &[])?;
        match (seen.status.as_str(), seen.kind.as_str()) {
            // The catalogue step itself says that PS1 does not cover the place; filter is blocked by its unit.
            ("blocked", kind @ ("blocked" | "veto_blind" | "not_covered")) => Ok(format!("blocked {kind}")),
            (status, kind) => Err(format!("{status} {kind}, {} candidates", seen.candidates)),
        }
    }

    /// The kept rows of the field as it is.
    pub(super) fn kept_rows(&self) -> Result<Vec<KeptRow>, String> {
        let seen = self.judge(&SOUND, &[])?;
        if seen.status != "done" {
            return Err(format!("filter: {} {}", seen.status, seen.kind));
        }
        let table = read_table(&seen.kept, &ReadOptions::default()).map_err(text)?.table;
        let (ra, dec) = (table.numbers("ra_deg").map_err(text)?, table.numbers("dec_deg").map_err(text)?);
        let class = table.texts("class").map_err(text)?;
        let rows = ra.into_iter().zip(dec).zip(class);
        Ok(rows.map(|((ra, dec), class)| KeptRow { position: SkyPos::new(ra, dec), class }).collect())
    }

    /// Whether a lie gives no candidate, and what is said instead.
    pub(super) fn is_silent_about(&self, lie: &Lie) -> Result<String, String> {
        if let Some(image) = &lie.image {
            return self.refuses_image(image);
        }
        let mut references = Vec::new();
        for (name, ..) in CATALOGUES {
            let at = match lie.tables.get(name) {
                Some((table, ending)) => {
                    self.catalog(name, table, ending, "lie")?;
                    "lie"
                }
                None => "sound",
            };
            references.push((name, at));
        }
        let more: Vec<&str> = lie.settings.iter().map(String::as_str).collect();
        let seen = self.judge(&references, &more)?;
        if lie.is_harmless {
            let honest = self.judge(&SOUND, &more)?;
            let added = extra(&places(&seen.kept)?, &places(&honest.kept)?);
            return match added {
                0 => Ok(format!("{} {}: no row more, no row less", seen.status, seen.candidates)),
                count => Err(format!("{count} rows changed sides")),
            };
        }
        match (seen.status.as_str(), seen.candidates) {
            ("done", count @ 1..) => Err(format!("done with {count} candidates")),
            ("done", 0) => Ok("done without a candidate".to_owned()),
            (status, _) => Ok(format!("{status} {}", seen.kind)),
        }
    }

    /// Whether the field gives the same table as without any distrust, and the planted stars among its candidates.
    pub(super) fn loses_none(&self) -> Result<String, String> {
        let seen = self.judge(&SOUND, &[])?;
        if seen.status != "done" {
            return Err(format!("{} {}", seen.status, seen.kind));
        }
        let (table, count) = (fs::read_to_string(&seen.kept).map_err(text)?, seen.candidates);
        let trustful = self.judge(&SOUND, &TRUSTFUL)?;
        let before = fs::read_to_string(&trustful.kept).map_err(text)?;
        if table != before || count != trustful.candidates {
            return Err(format!("{count} candidates, {} without distrust", trustful.candidates));
        }
        if count == 0 { Err("no candidate at all".to_owned()) } else { Ok(format!("{count} candidates, all kept")) }
    }

    /// Removes what the field left.
    pub(super) fn forget(self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }

    /// Whether mask refuses the image.
    fn refuses_image(&self, image: &[u8]) -> Result<String, String> {
        let path = self.folder.join("broken").join(format!("{TILE}.fits"));
        fs::create_dir_all(self.folder.join("broken")).and_then(|()| fs::write(&path, image)).map_err(text)?;
        let frames = format!("frames={}", path.display());
        self.step("mask", "broken-mask", &[frames], &["catalog=\"none\""])?;
        let unit = self.unit("broken-mask")?;
        let (status, kind) = (word(&unit["status"]), word(&unit["reason"]["kind"]));
        if status == "unprocessable" { Ok(format!("{status} {kind}")) } else { Err(format!("mask: {status} {kind}")) }
    }

    /// Fetches a catalogue from a table of our own.
    fn catalog(&self, name: &str, table: &str, ending: &str, at: &str) -> Result<(), String> {
        let local = self.folder.join(format!("{at}-{name}-local"));
        let _ = std::fs::remove_dir_all(&local);
        let file = format!("{name}.{ending}");
        fs::create_dir_all(&local).and_then(|()| fs::write(local.join(&file), table)).map_err(text)?;
        let reads = [self.read("frames", "mask"), format!("local={}", local.display())];
        let (catalog, file) = (format!("catalog=\"{name}\""), format!("local.file=\"{file}\""));
        self.step("catalog", &format!("{at}-{name}"), &reads, &[&catalog, &file])
    }

    /// Matches with the references of those names and places, and judges.
    fn judge(&self, references: &[(&str, &str)], settings: &[&str]) -> Result<Seen, String> {
        let references: Vec<String> =
            references.iter().map(|(name, at)| self.read("references", &format!("{at}-{name}"))).collect();
        let detections = self.read("detections", "detect");
        self.step("xmatch", "xmatch", &[&references[..], std::slice::from_ref(&detections)].concat(), &[])?;
        let reads = [&references[..], &[detections, self.read("matches", "xmatch")]].concat();
        self.step("filter", "filter", &reads, settings)?;
        let unit = self.unit("filter")?;
        Ok(Seen {
            status: word(&unit["status"]),
            kind: word(&unit["reason"]["kind"]),
            candidates: unit["facts"]["candidates_count"].as_u64().unwrap_or(0),
            kept: self.folder.join("filter").join(format!("{TILE}_kept.csv")),
        })
    }

    fn read(&self, input: &str, at: &str) -> String {
        format!("{input}={}", self.folder.join(at).join("manifest.json").display())
    }

    /// Runs a step into a folder; how it ended stands in its manifest.
    fn step(&self, step: &str, out: &str, reads: &[String], settings: &[&str]) -> Result<(), String> {
        let folder = self.folder.join(out);
        let _ = std::fs::remove_dir_all(&folder);
        let mut words: Vec<String> = ["step", step, "run", "--out"].map(str::to_owned).into();
        words.extend([folder.display().to_string(), "--root".to_owned(), self.folder.display().to_string()]);
        words.extend(reads.iter().flat_map(|read| ["--read".to_owned(), read.clone()]));
        words.extend(settings.iter().flat_map(|setting| ["--set".to_owned(), (*setting).to_owned()]));
        let ended = confined::run_free(&self.program, &words, &self.folder.join("work"))?;
        match ended.wrong {
            Some(wrong) => Err(format!("{step}: {wrong}")),
            None if !folder.join("manifest.json").is_file() => Err(format!("{step} left no manifest: {}", ended.said)),
            None => Ok(()),
        }
    }

    /// The one unit of a manifest.
    fn unit(&self, at: &str) -> Result<Value, String> {
        let file = fs::read_to_string(self.folder.join(at).join("manifest.json")).map_err(text)?;
        let manifest: Value = serde_json::from_str(&file).map_err(text)?;
        Ok(manifest["units"][0].clone())
    }
}

/// Numbers of the rows of a table.
fn places(table: &Path) -> Result<Vec<String>, String> {
    let file = fs::read_to_string(table).map_err(text)?;
    Ok(file.lines().skip(1).map(|line| line.split(',').take(2).collect::<Vec<_>>().join(",")).collect())
}

/// Rows of one list that the other lacks, both ways.
fn extra(a: &[String], b: &[String]) -> usize {
    a.iter().filter(|row| !b.contains(row)).count() + b.iter().filter(|row| !a.contains(row)).count()
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn text(error: impl ToString) -> String {
    error.to_string()
}
