//! A whole plate, 14000 x 14000 pixels as 44 tiles, through detect, psf, detect.

use std::path::{Path, PathBuf};

use sky_sim::SceneKind;

use crate::engines::{Pass, Workplace};
use crate::process::Usage;
use crate::{Bench, Part, Row, Table, fields, speed};

/// Numbers of tiles.
const TILES: [usize; 4] = [1, 4, 16, 44];
/// Different tiles; more tiles are copies of them under other names.
const DIFFERENT: usize = 4;
/// Objects of a tile, to have as many detections as the standard tile has (4,600).
const OBJECTS: u32 = 7_500;
/// Threads.
const THREADS: usize = 2;
/// The plate in units of source-extractor's PSF pass on one standard tile.
const TIME_GOAL: f64 = 1.5;
/// Memory for it, MiB.
const MEMORY_MIB: f64 = 2048.0;
/// A tile may take this much longer in 44 than in 4.
const LINEAR_SHARE: f64 = 1.25;

/// Runs it.
pub fn run(bench: &Bench) -> Result<Part, String> {
    let mut part = Part {
        title: "A whole plate".into(),
        about: format!(
            "44 tiles of 2118 x 2118 pixels (a plate of 14000 x 14000 with its overlaps), {DIFFERENT} different ones simulated with {OBJECTS} objects each, \
             through `skyledger step` detect, psf and detect with {THREADS} threads."
        ),
        ..Part::default()
    };
    let tiles = simulate(bench)?;
    let mut table = Table::new("Tiles", &["tiles", "wall s", "CPU s", "wall s a tile", "peak MiB"]);
    let mut taken = Vec::new();
    for n in TILES.into_iter().take(if bench.quick { 2 } else { TILES.len() }) {
        let usage = chain(bench, &tiles, n)?;
        table.rows.push(vec![
            n.to_string(),
            format!("{:.2}", usage.wall_s),
            format!("{:.2}", usage.cpu_s),
            format!("{:.3}", usage.wall_s / n as f64),
            format!("{:.0}", usage.peak_mib),
        ]);
        taken.push((n, usage));
    }
    part.tables.push(table);
    let Some(&(n, all)) = taken.last() else { return Ok(part) };
    let theirs = speed::their_psf_pass(bench)?;
    let share = all.wall_s / theirs.wall_s;
    part.rows.push(Row::judged(
        format!("{n} tiles, in units of source-extractor's PSF pass on the standard tile"),
        format!("at most {TIME_GOAL}"),
        format!("{share:.2} ({:.1} s against {:.1} s)", all.wall_s, theirs.wall_s),
        n == 44 && share <= TIME_GOAL,
    ));
    part.rows.push(Row::judged(
        format!("{n} tiles: peak memory"),
        format!("at most {MEMORY_MIB:.0} MiB"),
        format!("{:.0} MiB", all.peak_mib),
        all.peak_mib <= MEMORY_MIB,
    ));
    if let Some(&(few, base)) = taken.get(1).filter(|_| taken.len() > 2) {
        let growth = (all.wall_s / n as f64) / (base.wall_s / few as f64);
        part.rows.push(Row::judged(
            format!("seconds a tile with {n} tiles over those with {few}"),
            format!("at most {LINEAR_SHARE}"),
            format!("{growth:.2}"),
            growth <= LINEAR_SHARE,
        ));
    }
    Ok(part)
}

fn simulate(bench: &Bench) -> Result<Vec<PathBuf>, String> {
    let render = SceneKind::Standard.render();
    (0..DIFFERENT)
        .map(|k| {
            let folder = bench.folder(&format!("plate-tile-{k}"))?;
            let mut params = SceneKind::Standard.scene(bench.seed + 50 + k as u64);
            params.n_catalogue_stars = OBJECTS;
            Ok(fields::expose(&folder, &params, &render)?.image)
        })
        .collect()
}

/// The three programs on `n` tiles; each step of the chain reads what the one before wrote.
fn chain(bench: &Bench, tiles: &[PathBuf], n: usize) -> Result<Usage, String> {
    let folder = bench.folder(&format!("plate-{n}"))?;
    let frames = bench.folder(&format!("plate-{n}/frames"))?;
    for k in 0..n {
        let to = frames.join(format!("tile{k:02}.fits"));
        fs_err::hard_link(&tiles[k % tiles.len()], to).map_err(|error| error.to_string())?;
    }
    let place = Workplace::new(bench, &folder.join("none.fits"), "")?;
    let first = place.detect_program(Pass::First, Path::new("frames"), "", "p1", THREADS)?;
    let psf = place.psf_program(Path::new("frames"), "p1/manifest.json", "psf", THREADS)?;
    let second = place.detect_program(Pass::Second, Path::new("frames"), "psf/manifest.json", "p2", THREADS)?;
    Ok(first.then(psf).then(second))
}
