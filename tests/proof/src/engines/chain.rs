//! The chain of the plan with the three engines against the native one, on the same frames.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use sky_catalog::Table;
use sky_table::{ReadOptions, read_table};

use super::field::{Field, PSFEX_SELECTION, RUN, manifest};
use super::pairing::{Paired, median};
use crate::Case;

/// Rows of two catalogues within this distance are one object, pixels.
const SAME_OBJECT_PX: f64 = 1.0;
/// Fewest rows that a comparison of catalogues must hold.
const FEWEST_ROWS: usize = 300;
/// Share of their sources above SNR_WIN 10 that we must have too (99 %).
const FOUND: f64 = 0.99;
/// Medians of ratios may be off by this (FLUX_AUTO 2 %, FWHM_IMAGE 3 %).
const FLUX_RATIO_OFF: f64 = 0.02;
const FWHM_RATIO_OFF: f64 = 0.03;
/// Rows whose FLAGS are equal but for the bit of saturation (6.3: 98 %): ours also knows the plateau of the emulsion, which
/// lies far below SATUR_LEVEL, from the mask.
const FLAGS_EQUAL: f64 = 0.98;
const SATURATED: i64 = 4;
/// Median offset of windowed positions, pixels.
const POSITION_OFF_PX: f64 = 0.01;
/// Median difference of SPREAD_MODEL above SNR_WIN 30.
const SPREAD_OFF: f64 = 0.003;
/// Share of matches and of kept rows that both chains must have.
const COMMON: f64 = 0.95;

/// The two chains, compared step by step.
pub(super) fn cases(field: &Field) -> Vec<Case> {
    let native = chain(field, "chain-native", &[]);
    let engines = chain(
        field,
        "chain-engines",
        &[
            "detect-p1.engine=\"sextractor\"",
            "psf.engine=\"psfex\"",
            "detect-p2.engine=\"sextractor\"",
            "xmatch.engine=\"stilts\"",
        ],
    );
    let (native, engines) = match (native, engines) {
        (Ok(native), Ok(engines)) => (native, engines),
        (native, engines) => {
            return vec![
                Case::of("the native chain", native.map(|_| String::new())),
                Case::of("the chain of engines", engines.map(|_| String::new())),
            ];
        }
    };
    vec![
        Case::of("manifests name the engines", named(&engines)),
        Case::of("pass 1: native and SExtractor", catalogues(field, &native, &engines, "data/catalogs/p1")),
        Case::of("PSF: native and PSFEx", models(field, &native, &engines)),
        Case::of(
            "pass 2: native and SExtractor with its PSF",
            catalogues(field, &native, &engines, "data/catalogs/p2"),
        ),
        Case::of("pass 2: SPREAD_MODEL of both", spread(field, &native, &engines)),
        Case::of("matches: native and STILTS", matches(field, &native, &engines)),
        Case::of("kept rows of both chains", kept(field, &native, &engines)),
    ]
}

/// Detect to filter of the survey plan's workflow on the frames of the field; the root.
fn chain(field: &Field, name: &str, settings: &[&str]) -> Result<PathBuf, String> {
    let root = field.trials.join(name);
    fs_err::create_dir_all(&root).map_err(|error| error.to_string())?;
    let usnob = field.manifest_of("data/ext/usnob");
    let mut words: Vec<String> = ["run", "vasco", "--run-id", RUN, "--from-step", "detect-p1", "--to-step", "filter"]
        .map(str::to_owned)
        .to_vec();
    words.extend(["--root".to_owned(), root.display().to_string()]);
    words.extend(["--read".to_owned(), format!("detect-p1.frames={}", field.manifest_of("data/masks").display())]);
    for member in ["xmatch.references", "filter.references"] {
        words.extend(["--read".to_owned(), format!("{member}={}", usnob.display())]);
    }
    for setting in settings.iter().chain(&["detect-p1.detect.vignet=true"]) {
        words.extend(["--set".to_owned(), (*setting).to_owned()]);
    }
    field.skyledger(&words)?.expect(0)?;
    Ok(root)
}

fn named(engines: &Path) -> Result<String, String> {
    let mut seen = Vec::new();
    for (folder, engine) in [
        ("data/catalogs/p1", "sextractor"),
        ("data/psf", "psfex"),
        ("data/catalogs/p2", "sextractor"),
        ("data/xmatch", "stilts"),
        ("data/filter", "native"),
    ] {
        let manifest = manifest(&engines.join(folder).join(RUN).join("manifest.json"))?;
        let (name, version) = (manifest["engine"]["name"].as_str(), manifest["engine"]["version"].as_str());
        match (name, version) {
            (Some(name), Some(version))
                if name == engine && version.starts_with(|first: char| first.is_ascii_digit()) =>
            {
                seen.push(format!("{folder}: {name} {version}"));
            }
            other => return Err(format!("{folder}: engine {other:?}, expected {engine}")),
        }
    }
    Ok(seen.join("; "))
}

fn pair(field: &Field, native: &Path, engines: &Path, folder: &str) -> Result<Paired, String> {
    let file = |root: &Path| root.join(folder).join(RUN).join(format!("{}.cat", field.tile));
    Paired::read(&file(native), &file(engines), SAME_OBJECT_PX)
}

fn catalogues(field: &Field, native: &Path, engines: &Path, folder: &str) -> Result<String, String> {
    let paired = pair(field, native, engines, folder)?;
    let ratio = |name: &str| -> Result<f64, String> {
        Ok(median(paired.column(name, 10.0)?.into_iter().map(|(ours, theirs)| ours / theirs).collect()))
    };
    let flags = paired.column("FLAGS", 10.0)?;
    let compared = flags.len();
    let same = |(ours, theirs): &&(f64, f64)| (*ours as i64 ^ *theirs as i64) & !SATURATED == 0;
    let equal = flags.iter().filter(same).count() as f64 / compared.max(1) as f64;
    let saturated = flags.iter().filter(|(ours, theirs)| ours != theirs).count();
    let off = |name: &str| -> Result<f64, String> {
        Ok(median(paired.column(name, 10.0)?.into_iter().map(|(ours, theirs)| (ours - theirs).abs()).collect()))
    };
    let (x_off, y_off) = (off("XWIN_IMAGE")?, off("YWIN_IMAGE")?);
    let (flux, fwhm) = (ratio("FLUX_AUTO")?, ratio("FWHM_IMAGE")?);
    let (above, found) = paired.found(10.0)?;
    let same_columns = paired.ours.columns.iter().map(|column| &column.name).eq(paired
        .theirs
        .columns
        .iter()
        .map(|column| &column.name));
    let seen = format!(
        "ours {} rows, theirs {}, matched {} within {SAME_OBJECT_PX} px; of {above} theirs above SNR_WIN 10 we have {:.2} %; \
         {compared} compared: FLUX_AUTO ratio {flux:.4}, FWHM_IMAGE ratio {fwhm:.4}, FLAGS but saturation equal {:.2} % ({saturated} differ in it or more), \
         XWIN off {x_off:.5}, YWIN off {y_off:.5} px; columns {}",
        paired.ours.rows,
        paired.theirs.rows,
        paired.rows.len(),
        100.0 * found,
        100.0 * equal,
        if same_columns { "equal" } else { "NOT equal" }
    );
    let good = compared >= FEWEST_ROWS
        && found >= FOUND
        && (flux - 1.0).abs() <= FLUX_RATIO_OFF
        && (fwhm - 1.0).abs() <= FWHM_RATIO_OFF
        && equal >= FLAGS_EQUAL
        && x_off.max(y_off) <= POSITION_OFF_PX
        && same_columns;
    if good { Ok(seen) } else { Err(seen) }
}

fn models(field: &Field, native: &Path, engines: &Path) -> Result<String, String> {
    let facts = |root: &Path| -> Result<serde_json::Value, String> {
        Ok(manifest(&root.join("data/psf").join(RUN).join("manifest.json"))?["units"][0]["facts"].clone())
    };
    let (ours, theirs) = (facts(native)?, facts(engines)?);
    let number =
        |facts: &serde_json::Value, name: &str| facts[name].as_f64().ok_or_else(|| format!("no fact {name}: {facts}"));
    let mut seen = format!(
        "stars ours {}, theirs {}; chi-square {:.3}, {:.3}",
        ours["stars_used"],
        theirs["stars_used"],
        number(&ours, "reduced_chi2")?,
        number(&theirs, "reduced_chi2")?
    );
    for name in ["fwhm_min_px", "fwhm_px", "fwhm_max_px"] {
        let (left, right) = (number(&ours, name)?, number(&theirs, name)?);
        seen.push_str(&format!("; {name} {left:.4}, {right:.4}"));
    }
    let stars = number(&ours, "stars_used")?.min(number(&theirs, "stars_used")?);
    let (frames, catalogue) = (field.manifest_of("data/masks"), field.manifest_of("data/catalogs/p1"));
    let words = field.step("psf", "psfex-selection", &[("frames", &frames), ("catalog", &catalogue)], &PSFEX_SELECTION);
    let alike = field.run_step(&words, "psfex-selection", 0)?;
    let alike = number(&alike["units"][0]["facts"], "fwhm_px")?;
    let ratio = alike / number(&theirs, "fwhm_px")?;
    seen.push_str(&format!("; ours of the stars that PSFEx keeps {alike:.4}, ratio at the centre {ratio:.4}"));
    if (ratio - 1.0).abs() <= field.psf_ratio_off && stars >= 50.0 { Ok(seen) } else { Err(seen) }
}

fn spread(field: &Field, native: &Path, engines: &Path) -> Result<String, String> {
    let paired = pair(field, native, engines, "data/catalogs/p2")?;
    let both = paired.column("SPREAD_MODEL", 30.0)?;
    let fluxes = paired.column("FLUX_PSF", 30.0)?;
    let ratio = median(fluxes.iter().map(|(ours, theirs)| ours / theirs).collect());
    // PSFEx scales its model to FLUX_APER(1), ours holds the whole light: the ratio of the two varies with the width over the tile.
    let apertures = paired.column("FLUX_APER", 30.0)?;
    let to_aperture = median(fluxes.iter().zip(&apertures).map(|(psf, aperture)| psf.1 / aperture.1).collect());
    let off = median(both.iter().map(|(ours, theirs)| ours - theirs).collect());
    let (ours, theirs) =
        (median(both.iter().map(|pair| pair.0).collect()), median(both.iter().map(|pair| pair.1).collect()));
    let seen = format!(
        "ours {} rows, theirs {}, matched {}, compared {} above SNR_WIN 30: medians {ours:.5} and {theirs:.5}, median difference {off:.5}; FLUX_PSF ratio {ratio:.4}; their FLUX_PSF is {to_aperture:.4} of FLUX_APER(1), as PSFEx scales it",
        paired.ours.rows,
        paired.theirs.rows,
        paired.rows.len(),
        both.len()
    );
    let good = both.len() >= 100 && off.abs() <= SPREAD_OFF && (to_aperture - 1.0).abs() <= FLUX_RATIO_OFF;
    if good { Ok(seen) } else { Err(seen) }
}

fn table(field: &Field, root: &Path, folder: &str, suffix: &str) -> Result<Table, String> {
    let file = root.join(folder).join(RUN).join(format!("{}{suffix}", field.tile));
    read_table(&file, &ReadOptions::default()).map(|read| read.table).map_err(|error| error.to_string())
}

/// References that a detection was matched with, in both chains.
fn matches(field: &Field, native: &Path, engines: &Path) -> Result<String, String> {
    let ids = |root: &Path| -> Result<(usize, BTreeSet<String>), String> {
        let table = table(field, root, "data/xmatch", "_xmatch.csv")?;
        let ids = table.texts("reference_id").map_err(|error| error.to_string())?;
        Ok((table.n_rows(), ids.into_iter().collect()))
    };
    let ((ours_rows, ours), (theirs_rows, theirs)) = (ids(native)?, ids(engines)?);
    common("pairs", (ours_rows, &ours), (theirs_rows, &theirs))
}

/// The rule that looks at the PSF model: what one chain keeps alone the other must have dropped by it, since PSFEx's model is
/// wider than ours (see the case of the models).
const PSF_RULE: &str = "spread_model";

/// Kept rows by their place to a pixel, and by which rules the other chain dropped what only one of them keeps.
fn kept(field: &Field, native: &Path, engines: &Path) -> Result<String, String> {
    let (ours, theirs) = (Rows::read(field, native, "_kept.csv")?, Rows::read(field, engines, "_kept.csv")?);
    let (our_dropped, their_dropped) =
        (Rows::read(field, native, "_dropped.csv")?, Rows::read(field, engines, "_dropped.csv")?);
    let matched = ours.places.iter().filter(|place| theirs.at(**place).is_some()).count();
    let mut seen = format!(
        "ours {} kept, theirs {}, matched {matched} within {SAME_OBJECT_PX} px",
        ours.places.len(),
        theirs.places.len()
    );
    let mut unexplained = 0;
    for (whose, kept, other, dropped) in
        [("ours", &ours, &theirs, &their_dropped), ("theirs", &theirs, &ours, &our_dropped)]
    {
        for place in kept.places.iter().filter(|place| other.at(**place).is_none()) {
            let reasons = dropped.at(*place).map_or("not detected", |row| dropped.reasons[row].as_str());
            let mut rules = reasons.split('|').filter_map(|reason| reason.split('(').next());
            unexplained += usize::from(!rules.any(|rule| rule == PSF_RULE));
            seen.push_str(&format!("; only {whose}: the other says {reasons}"));
        }
    }
    let most = ours.places.len().max(theirs.places.len());
    let good = matched > 0 && (matched as f64 >= 0.8 * most as f64 || unexplained == 0);
    if good { Ok(seen) } else { Err(seen) }
}

/// Rows of a table of candidates.
struct Rows {
    places: Vec<(f64, f64)>,
    reasons: Vec<String>,
}

impl Rows {
    fn read(field: &Field, root: &Path, suffix: &str) -> Result<Self, String> {
        let table = table(field, root, "data/filter", suffix)?;
        let column = |name: &str| table.numbers(name).map_err(|error| error.to_string());
        let places = column("x_image")?.into_iter().zip(column("y_image")?).collect();
        let reasons = table.texts("reasons").map_err(|error| error.to_string())?;
        Ok(Self { places, reasons: reasons.into_iter().map(|reason| reason.to_string()).collect() })
    }

    /// The row at a place.
    fn at(&self, place: (f64, f64)) -> Option<usize> {
        self.places.iter().position(|other| (other.0 - place.0).hypot(other.1 - place.1) <= SAME_OBJECT_PX)
    }
}

fn common(what: &str, ours: (usize, &BTreeSet<String>), theirs: (usize, &BTreeSet<String>)) -> Result<String, String> {
    let both = ours.1.intersection(theirs.1).count();
    let most = ours.1.len().max(theirs.1.len());
    let seen = format!(
        "ours {} {what} of {} references, theirs {} of {}; {both} references in both",
        ours.0,
        ours.1.len(),
        theirs.0,
        theirs.1.len()
    );
    if both >= FEWEST_ROWS && both as f64 >= COMMON * most as f64 { Ok(seen) } else { Err(seen) }
}
