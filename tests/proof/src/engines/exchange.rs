//! Ours into the field's tools, and theirs, as they write them, into our steps.

use std::path::{Path, PathBuf};

use super::commands::run;
use super::field::{Field, PSFEX_SELECTION, manifest};
use super::pairing::Paired;
use crate::Case;

/// Fewest stars and rows that count as a comparison.
const FEWEST_STARS: u64 = 50;
const FEWEST_ROWS: usize = 300;

/// Each file that goes from one to the other.
pub(super) fn cases(field: &Field) -> Vec<Case> {
    vec![
        Case::of("our catalogue into PSFEx", our_catalogue_into_psfex(field)),
        Case::of("PSFEx's model into pass 2", psfex_model_into_detect(field)),
        Case::of("our model into source-extractor", our_model_into_sextractor(field)),
        Case::of("source-extractor's catalogue into psf", sextractor_catalogue_into_psf(field)),
        Case::of("STILTS's match into filter", stilts_match_into_filter(field)),
        Case::of("config/sextractor into source-extractor and detect", sextractor_configuration(field)),
        Case::of("config/psfex into PSFEx and psf", psfex_configuration(field)),
    ]
}

fn tool(name: &str) -> Result<PathBuf, String> {
    test_sky::tool(name).ok_or_else(|| format!("{name} is not installed"))
}

/// A folder of its own with the frame as a plain FITS file.
fn room(field: &Field, name: &str) -> Result<PathBuf, String> {
    let folder = field.trials.join("exchange").join(name);
    fs_err::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let raw = sky_fits::ImageReader::open(&frame(field)?)
        .and_then(|reader| reader.read_raw())
        .map_err(|error| error.to_string())?;
    let mut plain = fs_err::File::create(folder.join("tile.fits")).map_err(|error| error.to_string())?;
    sky_fits::write_image_scaled(&mut plain, &raw.header, raw.pixels.view(), &raw.scaling)
        .map_err(|error| error.to_string())?;
    Ok(folder)
}

/// The image of the tile, as the mask step lists it.
fn frame(field: &Field) -> Result<PathBuf, String> {
    let masks = field.manifest_of("data/masks");
    let entry = manifest(&masks)?["units"][0]["files"]["image"]["path"].as_str().ok_or("no image")?.to_owned();
    Ok(masks.parent().unwrap_or(Path::new(".")).join(entry))
}

fn facts(manifest: &serde_json::Value) -> Result<&serde_json::Value, String> {
    let unit = &manifest["units"][0];
    if unit["status"] == "done" { Ok(&unit["facts"]) } else { Err(format!("{}: {}", unit["status"], unit["reason"])) }
}

/// PSFEx on a catalogue of ours, with its own options; the `.psf` and its number of stars.
fn psfex(field: &Field, name: &str, catalogue: &Path) -> Result<(PathBuf, u64, u64), String> {
    let folder = field.trials.join("exchange").join(name);
    fs_err::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let copy = folder.join(format!("{}.cat", field.tile));
    fs_err::copy(catalogue, &copy).map_err(|error| error.to_string())?;
    let settings = field.checkout.join("config/psfex/default.psfex");
    let words =
        ["-c", &settings.display().to_string(), "-CHECKPLOT_DEV", "NULL", "-CHECKPLOT_TYPE", "NONE", "-WRITE_XML", "N"];
    let file = format!("{}.cat", field.tile);
    run(&tool("psfex")?, std::iter::once(file.as_str()).chain(words), &folder, None)?.expect(0)?;
    let model = folder.join(format!("{}.psf", field.tile));
    let read = sky_fits::PsfexFile::read(&model).map_err(|error| error.to_string())?;
    Ok((model, read.loaded.unsigned_abs(), read.accepted.unsigned_abs()))
}

fn our_catalogue_into_psfex(field: &Field) -> Result<String, String> {
    let catalogue = field.file("data/catalogs/p1", ".cat");
    let rows = sky_fits::ldac::read(&catalogue).map_err(|error| error.to_string())?.1.rows;
    let (_, loaded, accepted) = psfex(field, "psfex", &catalogue)?;
    let seen = format!("{rows} rows of ours, PSFEx loaded {loaded} stars and accepted {accepted}");
    if accepted >= FEWEST_STARS { Ok(seen) } else { Err(seen) }
}

fn psfex_model_into_detect(field: &Field) -> Result<String, String> {
    let (model, _, accepted) = psfex(field, "psfex-into-detect", &field.file("data/catalogs/p1", ".cat"))?;
    let masks = field.manifest_of("data/masks");
    let words = field.step("detect", "psfex-into-detect", &[("frames", &masks), ("psf", &model)], &[]);
    let found = field.run_step(&words, "psfex-into-detect", 0)?;
    let facts = facts(&found)?;
    let ours = field.file("data/catalogs/p2", ".cat");
    let theirs = field.out("psfex-into-detect").join(format!("{}.cat", field.tile));
    let paired = Paired::read(&ours, &theirs, 0.5)?;
    let both = paired.column("SPREAD_MODEL", 30.0)?;
    let off = super::pairing::median(both.iter().map(|(ours, theirs)| (ours - theirs).abs()).collect());
    let seen = format!(
        "model of {accepted} stars adopted as {}; {} rows with our model, {} with theirs, matched {}, compared {}: SPREAD_MODEL off {off:.5}",
        facts["psf_model_used"],
        paired.ours.rows,
        paired.theirs.rows,
        paired.rows.len(),
        both.len()
    );
    if both.len() >= 100 && off <= 0.003 { Ok(seen) } else { Err(seen) }
}

fn our_model_into_sextractor(field: &Field) -> Result<String, String> {
    let folder = room(field, "sextractor")?;
    let write = |name: &str, text: &str| fs_err::write(folder.join(name), text).map_err(|error| error.to_string());
    write(
        "columns.param",
        "NUMBER\nX_IMAGE\nY_IMAGE\nSNR_WIN\nFLAGS\nMAG_PSF\nFLUX_PSF\nCHI2_PSF\nXPSF_IMAGE\nYPSF_IMAGE\nSPREAD_MODEL\nSPREADERR_MODEL\n",
    )?;
    fs_err::copy(field.file("data/psf", ".psf"), folder.join("ours.psf")).map_err(|error| error.to_string())?;
    fs_err::copy(field.checkout.join("config/sextractor/default.conv"), folder.join("default.conv"))
        .map_err(|error| error.to_string())?;
    let settings = field.checkout.join("config/sextractor/pass2.sex").display().to_string();
    let words = [
        "tile.fits",
        "-c",
        &settings,
        "-PARAMETERS_NAME",
        "columns.param",
        "-PSF_NAME",
        "ours.psf",
        "-CATALOG_TYPE",
        "FITS_LDAC",
        "-CATALOG_NAME",
        "theirs.cat",
    ];
    run(&tool("source-extractor")?, words, &folder, None)?.expect(0)?;
    let paired = Paired::read(&field.file("data/catalogs/p2", ".cat"), &folder.join("theirs.cat"), 1.0)?;
    let both = paired.column("SPREAD_MODEL", 30.0)?;
    let off = super::pairing::median(both.iter().map(|(ours, theirs)| ours - theirs).collect());
    let fluxes = paired.column("FLUX_PSF", 30.0)?;
    let ratio = super::pairing::median(fluxes.iter().map(|(ours, theirs)| ours / theirs).collect());
    let seen = format!(
        "ours {} rows, theirs {}, matched {}, compared {}: SPREAD_MODEL median difference {off:.5}, FLUX_PSF ratio {ratio:.4}",
        paired.ours.rows,
        paired.theirs.rows,
        paired.rows.len(),
        both.len()
    );
    let good =
        paired.rows.len() >= FEWEST_ROWS && both.len() >= 100 && off.abs() <= 0.003 && (ratio - 1.0).abs() <= 0.02;
    if good { Ok(seen) } else { Err(seen) }
}

fn sextractor_catalogue_into_psf(field: &Field) -> Result<String, String> {
    let folder = room(field, "sextractor-into-psf")?;
    let columns = "X_IMAGE\nY_IMAGE\nXWIN_IMAGE\nYWIN_IMAGE\nFLUX_AUTO\nFLUX_RADIUS\nSNR_WIN\nELONGATION\nFLAGS\nFLUX_MAX\nBACKGROUND\n";
    fs_err::write(folder.join("columns.param"), columns).map_err(|error| error.to_string())?;
    let settings = field.checkout.join("config/sextractor/pass1.sex").display().to_string();
    let catalogue = format!("{}.cat", field.tile);
    let words = [
        "tile.fits",
        "-c",
        &settings,
        "-PARAMETERS_NAME",
        "columns.param",
        "-CATALOG_TYPE",
        "FITS_LDAC",
        "-CATALOG_NAME",
        &catalogue,
    ];
    run(&tool("source-extractor")?, words, &folder, None)?.expect(0)?;
    let (masks, theirs) = (field.manifest_of("data/masks"), folder.join(&catalogue));
    let words = field.step("psf", "sextractor-into-psf", &[("frames", &masks), ("catalog", &theirs)], &[]);
    let made = field.run_step(&words, "sextractor-into-psf", 0)?;
    let (theirs, native) = (facts(&made)?.clone(), manifest(&field.manifest_of("data/psf"))?);
    let ours = facts(&native)?;
    let number = |facts: &serde_json::Value, name: &str| facts[name].as_f64().unwrap_or(f64::NAN);
    let ratio = number(&theirs, "fwhm_px") / number(ours, "fwhm_px");
    let stars = theirs["stars_used"].as_u64().unwrap_or(0);
    let seen = format!("{stars} stars of their catalogue, {} of ours; FWHM ratio {ratio:.4}", ours["stars_used"]);
    if stars >= FEWEST_STARS && (ratio - 1.0).abs() <= field.psf_ratio_off { Ok(seen) } else { Err(seen) }
}

fn stilts_match_into_filter(field: &Field) -> Result<String, String> {
    let (p2, usnob) = (field.manifest_of("data/catalogs/p2"), field.manifest_of("data/ext/usnob"));
    let mut pairs = Vec::new();
    let mut kept = Vec::new();
    for (engine, out) in [("native", "match-native"), ("stilts", "match-stilts")] {
        let reads: &[(&str, &Path)] = &[("detections", &p2), ("references", &usnob)];
        let words = field.step("xmatch", out, reads, &[&format!("engine={engine:?}")]);
        let matched = field.run_step(&words, out, 0)?;
        pairs.push(facts(&matched)?["references"][0]["pairs"].as_u64().unwrap_or(0));
        let (matches, filter_out) = (field.out_manifest(out), format!("{out}-filter"));
        let reads: &[(&str, &Path)] = &[("matches", &matches), ("detections", &p2), ("references", &usnob)];
        let settings = ["evidence=[\"usnob\"]", "vetoes=[\"usnob\"]", "spike_sources=[\"usnob\"]"];
        let filtered = field.run_step(&field.step("filter", &filter_out, reads, &settings), &filter_out, 0)?;
        let facts = facts(&filtered)?;
        let rows = fs_err::read_to_string(field.out(&filter_out).join(format!("{}_kept.csv", field.tile)))
            .map_err(|error| error.to_string())?;
        kept.push((facts["detections"].clone(), facts["kept_count"].clone(), rows.lines().count() - 1));
    }
    let unmatched = |out: &str| {
        fs_err::read(field.out(out).join(format!("{}_local.csv", field.tile))).map_err(|error| error.to_string())
    };
    let same_unmatched = unmatched("match-native")? == unmatched("match-stilts")?;
    let seen = format!(
        "pairs ours {}, theirs {}; unmatched detections {}; filter of (detections, kept, rows) {:?} and {:?}",
        pairs[0],
        pairs[1],
        if same_unmatched { "byte for byte equal" } else { "differ" },
        kept[0],
        kept[1]
    );
    if pairs[0] == pairs[1] && pairs[0] as usize >= FEWEST_ROWS && same_unmatched && kept[0] == kept[1] {
        Ok(seen)
    } else {
        Err(seen)
    }
}

/// The project's `.sex` files, given to both: the same rows within a percent, and the same FLAGS.
fn sextractor_configuration(field: &Field) -> Result<String, String> {
    let folder = room(field, "sextractor-config")?;
    fs_err::write(folder.join("columns.param"), "NUMBER\nX_IMAGE\nY_IMAGE\nSNR_WIN\nFLAGS\n")
        .map_err(|error| error.to_string())?;
    fs_err::copy(field.checkout.join("config/sextractor/default.conv"), folder.join("default.conv"))
        .map_err(|error| error.to_string())?;
    let mut seen = Vec::new();
    for pass in ["pass1", "pass2"] {
        let settings = field.checkout.join(format!("config/sextractor/{pass}.sex")).display().to_string();
        let name = format!("{pass}.cat");
        let words = [
            "tile.fits",
            "-c",
            &settings,
            "-PARAMETERS_NAME",
            "columns.param",
            "-CATALOG_TYPE",
            "FITS_LDAC",
            "-CATALOG_NAME",
            &name,
        ];
        run(&tool("source-extractor")?, words, &folder, None)?.expect(0)?;
        let (frames, out) = (folder.join("tile.fits"), format!("config-{pass}"));
        let mut words = field.step("detect", &out, &[("frames", &frames)], &[]);
        words.extend(["--config".to_owned(), settings.clone()]);
        field.run_step(&words, &out, 0)?;
        let paired = Paired::read(&field.out(&out).join("tile.cat"), &folder.join(&name), 1.0)?;
        let (above, found) = paired.found(10.0)?;
        // Without a mask both know saturation from SATUR_LEVEL alone: every bit counts (98 %).
        let flags = paired.column("FLAGS", 10.0)?;
        let equal = flags.iter().filter(|(ours, theirs)| ours == theirs).count() as f64 / flags.len().max(1) as f64;
        let line = format!(
            "{pass}: ours {} rows, theirs {}, matched {}; of {above} above SNR_WIN 10 we have {:.2} %, FLAGS equal in every bit {:.2} %",
            paired.ours.rows,
            paired.theirs.rows,
            paired.rows.len(),
            100.0 * found,
            100.0 * equal
        );
        if above < FEWEST_ROWS || found < 0.99 || equal < 0.98 {
            return Err(line);
        }
        seen.push(line);
    }
    Ok(seen.join("; "))
}

/// The project's `.psfex` file through `--config`, with either engine.
fn psfex_configuration(field: &Field) -> Result<String, String> {
    let (masks, p1) = (field.manifest_of("data/masks"), field.manifest_of("data/catalogs/p1"));
    let config = field.checkout.join("config/psfex/default.psfex").display().to_string();
    let mut widths = Vec::new();
    for engine in ["native", "psfex"] {
        let out = format!("psfex-config-{engine}");
        let reads: &[(&str, &Path)] = &[("frames", &masks), ("catalog", &p1)];
        let named = format!("engine={engine:?}");
        let mut settings = vec![named.as_str()];
        settings.extend(PSFEX_SELECTION.iter().filter(|_| engine == "native"));
        let mut words = field.step("psf", &out, reads, &settings);
        words.extend(["--config".to_owned(), config.clone()]);
        let made = field.run_step(&words, &out, 0)?;
        let facts = facts(&made)?;
        widths.push((facts["fwhm_px"].as_f64().unwrap_or(f64::NAN), facts["stars_used"].as_u64().unwrap_or(0)));
    }
    let seen = format!(
        "native {:.4} px of {} stars, PSFEx {:.4} px of {} stars",
        widths[0].0, widths[0].1, widths[1].0, widths[1].1
    );
    let good = (widths[0].0 / widths[1].0 - 1.0).abs() <= field.psf_ratio_off
        && widths.iter().all(|(_, stars)| *stars >= FEWEST_STARS);
    if good { Ok(seen) } else { Err(seen) }
}
