//! One line of the plan a step.

use std::process::Command;

use super::{RUN_ID, SmokeRun, TILE};

/// A step of the plan with its smoke line.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// `step00` to `step10`.
    pub step: &'static str,
    /// Label in `workflows/vasco.toml`.
    pub label: &'static str,
    /// What the plan asks for.
    pub asks: &'static str,
    /// What was seen, or what is wrong.
    pub check: fn(&SmokeRun) -> Result<String, String>,
}

/// Least stars of a PSF that is worth the name on a tile of 20 arcmin.
const PSF_STARS_MIN: f64 = 50.0;
/// Pairs that a tile of some 700 stars must at least give.
const PAIRS_MIN: f64 = 100.0;
/// Rows of pass 2 as a share of pass 1.
const PASSES: std::ops::RangeInclusive<f64> = 0.8..=1.2;

/// All lines in order.
pub const LINES: [Line; 11] = [
    Line { step: "step00", label: "tiling", asks: "exactly one tile", check: tiling },
    Line { step: "step01", label: "download", asks: "one FITS file with CTYPE1 and CTYPE2", check: download },
    Line { step: "step02", label: "mask", asks: "clean and mask files, masks not empty", check: mask },
    Line { step: "step03", label: "detect-p1", asks: "rows > 0", check: first_pass },
    Line { step: "step04", label: "psf", asks: "a PSF file and a reasonable star count", check: psf },
    Line { step: "step05", label: "detect-p2", asks: "rows 0.8 to 1.2 of pass 1", check: second_pass },
    Line { step: "step06", label: "catalog-usnob", asks: "rows > 0", check: usnob },
    Line { step: "step07", label: "xmatch", asks: "pairs, and both split files", check: xmatch },
    Line { step: "step08", label: "filter", asks: "the filtered file, validator within 0.05 arcsec", check: filter },
    Line { step: "step09", label: "summarize", asks: "summary files and dashboard CSV", check: summarize },
    Line { step: "step10", label: "package", asks: "checksum matches, zip verifies", check: package },
];

fn tiling(run: &SmokeRun) -> Result<String, String> {
    let table = run.table("data/tiles", "tiles.csv")?;
    let ids = table.texts("tile_id").map_err(|error| error.to_string())?;
    if ids == [TILE] { Ok(format!("1 row: {TILE}")) } else { Err(format!("tiles {ids:?}, expected {TILE} alone")) }
}

fn download(run: &SmokeRun) -> Result<String, String> {
    let path = run.folder("data/downloads")?.join(format!("{TILE}.fits"));
    let image =
        sky_fits::ImageReader::open(&path).and_then(|reader| reader.read()).map_err(|error| error.to_string())?;
    for keyword in ["CTYPE1", "CTYPE2"] {
        let text = image.header.text(keyword).ok_or_else(|| format!("{keyword} is missing"))?;
        if !text.contains("TAN") {
            return Err(format!("{keyword} is {text:?}, expected a TAN axis"));
        }
    }
    let (height, width) = image.pixels.dim();
    Ok(format!("{width} x {height} pixels, CTYPE1 and CTYPE2 are TAN"))
}

fn mask(run: &SmokeRun) -> Result<String, String> {
    run.files("data/masks", &[format!("{TILE}.clean.fits"), format!("{TILE}.mask")])?;
    let facts = &run.tile("data/masks")?["facts"]["mask"];
    let stars = number(&facts["bright_stars"])?;
    if stars < 1.0 {
        return Err(format!("the plate has stars brighter than 12, found none: {facts}"));
    }
    let path = run.folder("data/masks")?.join(format!("{TILE}.mask"));
    let mask =
        sky_fits::ImageReader::open(&path).and_then(|reader| reader.read()).map_err(|error| error.to_string())?;
    let masked = mask.pixels.iter().filter(|bits| **bits != 0.0).count();
    if masked == 0 || number(&facts["masked_pixels"])? != masked as f64 {
        return Err(format!("{masked} pixels are masked, the manifest says {}", facts["masked_pixels"]));
    }
    Ok(format!("{masked} pixels masked around {stars} bright stars"))
}

fn first_pass(run: &SmokeRun) -> Result<String, String> {
    match run.rows_of_catalogue("data/catalogs/p1")? {
        0 => Err("no object was detected".to_owned()),
        rows => Ok(format!("{rows} rows")),
    }
}

fn psf(run: &SmokeRun) -> Result<String, String> {
    let path = run.folder("data/psf")?.join(format!("{TILE}.psf"));
    sky_fits::PsfexFile::read(&path).map_err(|error| error.to_string())?;
    let stars = number(&run.tile("data/psf")?["facts"]["stars_used"])?;
    if stars >= PSF_STARS_MIN {
        Ok(format!("{stars} stars"))
    } else {
        Err(format!("{stars} stars, {PSF_STARS_MIN} or more expected"))
    }
}

fn second_pass(run: &SmokeRun) -> Result<String, String> {
    let (first, second) = (run.rows_of_catalogue("data/catalogs/p1")?, run.rows_of_catalogue("data/catalogs/p2")?);
    let share = second as f64 / first as f64;
    let seen = format!("{first} rows in pass 1, {second} in pass 2: {share:.3}");
    if PASSES.contains(&share) { Ok(seen) } else { Err(format!("{seen}; tolerance {PASSES:?}")) }
}

fn usnob(run: &SmokeRun) -> Result<String, String> {
    match run.table("data/ext/usnob", &format!("{TILE}.csv"))?.n_rows() {
        0 => Err("no row was fetched".to_owned()),
        rows => Ok(format!("{rows} rows")),
    }
}

fn xmatch(run: &SmokeRun) -> Result<String, String> {
    let pairs = run.table("data/xmatch", &format!("{TILE}_xmatch.csv"))?;
    let separations = pairs.numbers("separation_arcsec").map_err(|error| error.to_string())?;
    if (pairs.n_rows() as f64) < PAIRS_MIN || separations.iter().any(|distance| *distance > 5.0) {
        return Err(format!("{} pairs, expected {PAIRS_MIN} or more within 5 arcsec", pairs.n_rows()));
    }
    run.files("data/xmatch", &["local", "cdss"].map(|role| format!("{TILE}_{role}.csv")))?;
    Ok(format!("{} pairs within 5 arcsec, both split files", pairs.n_rows()))
}

fn filter(run: &SmokeRun) -> Result<String, String> {
    run.files("data/filter", &[format!("{TILE}_kept.csv")])?;
    let tile = run.tile("data/filter")?;
    let validator = &tile["facts"]["validator"];
    let (pairs, tolerance, difference) = (
        number(&validator["pairs_checked"])?,
        number(&validator["tolerance_arcsec"])?,
        number(&validator["max_difference_arcsec"])?,
    );
    if pairs <= PAIRS_MIN || tolerance != 0.05 || difference >= 0.05 {
        return Err(format!("expected more than {PAIRS_MIN} pairs within 0.05 arcsec: {validator}"));
    }
    Ok(format!("{} rows kept; {pairs} pairs, at most {difference:.2e} arcsec apart", tile["facts"]["kept_count"]))
}

fn summarize(run: &SmokeRun) -> Result<String, String> {
    run.files("data/summaries", &["summary.md", "summary.csv", "anomalies_minimal.csv"].map(str::to_owned))?;
    let dashboard = run.root.join("dashboard/anomalies_minimal.csv");
    match std::fs::metadata(&dashboard) {
        Ok(data) if data.len() > 0 => Ok("summary.md, summary.csv, dashboard/anomalies_minimal.csv".to_owned()),
        Ok(_) => Err(format!("{} is empty", dashboard.display())),
        Err(error) => Err(format!("{}: {error}", dashboard.display())),
    }
}

fn package(run: &SmokeRun) -> Result<String, String> {
    let folder = run.folder("artifacts")?;
    let zip = folder.join(format!("{RUN_ID}.zip"));
    let said =
        std::fs::read_to_string(folder.join(format!("{RUN_ID}.zip.sha256"))).map_err(|error| error.to_string())?;
    let sum = step_harness::sum_of_file(&zip).map_err(|error| error.to_string())?.sha256;
    if said != format!("{sum}  {RUN_ID}.zip\n") {
        return Err(format!("the archive's sum is {sum}, its .sha256 says {said}"));
    }
    let verified =
        Command::new(crate::skyledger()).arg("verify").arg(&zip).output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&verified.stdout).into_owned();
    if verified.status.success() && text.contains("verified") {
        Ok(text.lines().last().unwrap_or_default().rsplit("verified").next().unwrap_or_default().trim().to_owned())
    } else {
        Err(text)
    }
}

fn number(value: &serde_json::Value) -> Result<f64, String> {
    value.as_f64().ok_or_else(|| format!("{value} is no number"))
}
