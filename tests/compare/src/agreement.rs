//! Catalogues of real images, ours and source-extractor's, column by column.

use sky_stats::{median, quantile};

use crate::catalogue::nearest;
use crate::engines::{Pass, Workplace};
use crate::{Bench, Catalogue, Part, Row, Table};

/// One source is the same within this, pixels.
const MATCH_PX: f64 = 0.3;
/// Sources of theirs that must be matched have a SNR_WIN above this.
const MATCH_SNR: f64 = 10.0;
/// Share of them that must be.
const MATCHED_SHARE: f64 = 0.99;
/// Share of equal FLAGS.
const FLAGS_SHARE: f64 = 0.98;
/// How far the median ratios of FLUX_AUTO and FWHM_IMAGE may be from one.
const FLUX_RATIO: f64 = 0.02;
const FWHM_RATIO: f64 = 0.03;
/// Columns that are compared by their difference; all others by their ratio.
const DIFFERENCES: &[&str] = &[
    "X_IMAGE",
    "Y_IMAGE",
    "XMIN_IMAGE",
    "YMIN_IMAGE",
    "XMAX_IMAGE",
    "YMAX_IMAGE",
    "THETA_IMAGE",
    "XY_IMAGE",
    "XWIN_IMAGE",
    "YWIN_IMAGE",
    "MAG_AUTO",
    "ELLIPTICITY",
    "FLAGS_WIN",
];
const RATIOS: &[&str] = &[
    "A_IMAGE",
    "B_IMAGE",
    "X2_IMAGE",
    "Y2_IMAGE",
    "ERRX2_IMAGE",
    "ELONGATION",
    "ISOAREAF_IMAGE",
    "FWHM_IMAGE",
    "FLUX_ISO",
    "FLUXERR_ISO",
    "FLUX_MAX",
    "THRESHOLD",
    "BACKGROUND",
    "KRON_RADIUS",
    "FLUX_AUTO",
    "FLUXERR_AUTO",
    "FLUX_APER",
    "FLUXERR_APER",
    "FLUX_RADIUS",
    "X2WIN_IMAGE",
    "ERRX2WIN_IMAGE",
    "FLUX_WIN",
    "SNR_WIN",
];

/// An image of the comparison.
struct Case {
    name: &'static str,
    file: &'static str,
    /// Lines of the `.sex` files of both sides.
    extra: &'static str,
    /// Whether it counts: fields below 20 sources per square arcmin. Others are printed.
    judged: bool,
    /// Whether each column gets a row of the table.
    columns: bool,
}

const fn case(name: &'static str, file: &'static str) -> Case {
    Case { name, file, extra: "", judged: true, columns: false }
}

const FAINT: &str = "DETECT_THRESH 1.5\nANALYSIS_THRESH 1.5";
const WHOLE: &str = "DEBLEND_MINCONT 1.0";
const FAINT_WHOLE: &str = "DETECT_THRESH 1.5\nANALYSIS_THRESH 1.5\nDEBLEND_MINCONT 1.0";
const ALPHA_CEN: &str = "a_dss/dss1_blue_UKST_S134_alphaCen.fits.gz";
const SEP: &str = "h_reference/sep/image.fits";
const M13: &str = "c_camera/orion_ssdsi_M13/M13_blue_0001.fits.gz";

const CASES: &[Case] = &[
    Case { columns: true, ..case("simulated standard tile", "i_sim/std/tile.fits.gz") },
    Case { columns: true, ..case("M67, POSS-I red XE486", "a_dss/dss1_red_M67_XE486.fits") },
    case("M51, POSS-I red by SkyView", "a_dss/dss1_red_M51_skyview.fits"),
    case("HD 219829, POSS-I red XE582", "a_dss/dss1_red_HD219829_XE582.fits"),
    // 65 sources of which a blend of two decides: on the same image with other seeds of its random numbers (`srand` before its
    // start, 8 seeds) source-extractor itself finds 63 to 65 of its own 65 sources again, with equal FLAGS of 62 to 65.
    case("alpha Cen, UKST S134", ALPHA_CEN),
    Case { extra: WHOLE, ..case("alpha Cen, UKST S134, not deblended", ALPHA_CEN) },
    case("Seestar, M94", "c_camera/seestar_M94_night1/Light_M_94_10.0s_IRCUT_20250326-212046.fit.gz"),
    case("Seestar, NGC 7023", "c_camera/seestar_NGC7023/Light_NGC_7023_10.0s_IRCUT_20240730-224436.fit.gz"),
    Case { extra: "GAIN 4.0", ..case("DECam, z", "d_photometry/decam_testcase4/c4d_170316_062107_ooi_z_ls9.N2.fits") },
    case("M34, an amateur's camera", "c_camera/amateur/16bit-mono-M34.fit.gz"),
    case("ESO 085-030, Apogee camera", "c_camera/apogee_eso085-030/aligned_eso085-030-004.fit.gz"),
    case("Kochab, ASI6200, 8 bit", "c_camera/ekos/Kocab_asi6200.fits.gz"),
    case("NGC 4535, ASI1600", "c_camera/ekos/ngc4535-autofocus1.fits.gz"),
    case("SAAO, raw STE3 frame", "c_camera/saao_a8280271.fits.gz"),
    case("HAT-P-32, MicroObservatory", "d_photometry/hatp32_transit/HATP-32171220013343.FITS.gz"),
    case("stellarphot's cutout of one star", "d_photometry/stellarphot/cutout_for_fwhm_test.fits"),
    // Here source-extractor with other seeds has equal FLAGS for 67 or 68 of its own 68 sources.
    Case { extra: FAINT, ..case("sep's test image, 1.5 sigma", SEP) },
    Case { extra: FAINT_WHOLE, ..case("sep's test image, 1.5 sigma, not deblended", SEP) },
    Case { judged: false, ..case("simulated crowded tile", "i_sim/crowded/tile.fits.gz") },
    Case { judged: false, extra: WHOLE, ..case("simulated crowded tile, not deblended", "i_sim/crowded/tile.fits.gz") },
    Case { judged: false, extra: FAINT, ..case("M13, blue, 1.5 sigma", M13) },
    Case { judged: false, extra: FAINT_WHOLE, ..case("M13, blue, 1.5 sigma, not deblended", M13) },
];

/// Runs it.
pub fn run(bench: &Bench) -> Result<Part, String> {
    let mut part = Part {
        title: "Agreement with source-extractor".into(),
        about: format!(
            "One pass with default.conv at 5 sigma by the survey plan's second configuration, both on the same file. \
             A source is the same within {MATCH_PX} px of X_IMAGE, Y_IMAGE. Crowded fields are shown with deblending on and off: source-extractor's draws random numbers. \
             With other seeds of them it does not agree with itself either: 63 to 65 of the 65 sources of alpha Cen, equal FLAGS of 67 or 68 of the 68 of sep's image."
        ),
        ..Part::default()
    };
    for (index, case) in CASES.iter().enumerate() {
        let folder = bench.folder(&format!("agreement-{index}"))?;
        let compared = compare(bench, case, &folder, &mut part);
        if let Err(why) = compared {
            part.rows.push(Row::not_measured(case.name, "a catalogue of both sides", why));
        }
    }
    Ok(part)
}

/// Leaves the first image of a file with extensions: source-extractor writes a catalogue of each.
fn first_image_alone(path: &std::path::Path) -> Result<(), String> {
    const BLOCK_BYTES: usize = 2880;
    let bytes = fs_err::read(path).map_err(|error| error.to_string())?;
    if bytes.chunks(BLOCK_BYTES).any(|block| block.starts_with(b"XTENSION=")) {
        let read =
            sky_fits::ImageReader::open(path).and_then(|reader| reader.read()).map_err(|error| error.to_string())?;
        let mut file = fs_err::File::create(path).map_err(|error| error.to_string())?;
        sky_fits::write_image(&mut file, &read.header, sky_fits::PixelData::F32(&read.pixels))
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn compare(bench: &Bench, case: &Case, folder: &std::path::Path, part: &mut Part) -> Result<(), String> {
    let image = bench.unpacked(case.file, folder, "field.fits")?;
    first_image_alone(&image)?;
    let place = Workplace::new(bench, &image, case.extra)?;
    let none = std::path::Path::new("");
    place.our_pass(Pass::Plain, none, 2)?;
    place.their_pass(Pass::Plain, none)?;
    let (ours, theirs) =
        (Catalogue::read(&place.our_catalogue(Pass::Plain))?, Catalogue::read(&place.their_catalogue(Pass::Plain))?);
    let pairs: Vec<(usize, usize)> =
        nearest(&theirs.places("X_IMAGE", "Y_IMAGE")?, &ours.places("X_IMAGE", "Y_IMAGE")?, MATCH_PX)
            .into_iter()
            .enumerate()
            .filter_map(|(other, mine)| Some((mine?, other)))
            .collect();
    let snr = theirs.numbers("SNR_WIN")?;
    let bright = snr.iter().filter(|snr| **snr > MATCH_SNR).count();
    let found = pairs.iter().filter(|(_, other)| snr[*other] > MATCH_SNR).count();
    let share = found as f64 / bright.max(1) as f64;
    let (our_flags, their_flags) = (ours.numbers("FLAGS")?, theirs.numbers("FLAGS")?);
    let equal = pairs.iter().filter(|(mine, other)| our_flags[*mine] == their_flags[*other]).count();
    let equal_share = equal as f64 / pairs.len().max(1) as f64;
    let ratio = |name: &str| -> Result<f64, String> {
        let (ours, theirs) = (ours.numbers(name)?, theirs.numbers(name)?);
        let mut values: Vec<f64> =
            pairs.iter().map(|(mine, other)| ours[*mine] / theirs[*other]).filter(|v| v.is_finite()).collect();
        Ok(median(&mut values).unwrap_or(f64::NAN))
    };
    let (flux, fwhm) = (ratio("FLUX_AUTO")?, ratio("FWHM_IMAGE")?);
    let counts = format!("{} rows of ours, {} of theirs", ours.len(), theirs.len());
    let mut row = |what: &str, goal: String, measured: String, met: bool| {
        let what = format!("{}: {what}", case.name);
        part.rows.push(if case.judged { Row::judged(what, goal, measured, met) } else { Row::shown(what, measured) });
    };
    row(
        "theirs of SNR_WIN above 10 that are ours",
        format!("at least {:.0} %", 100.0 * MATCHED_SHARE),
        format!("{:.2} % ({found} of {bright}; {counts})", 100.0 * share),
        share >= MATCHED_SHARE && bright > 0,
    );
    row(
        "FLAGS equal",
        format!("at least {:.0} %", 100.0 * FLAGS_SHARE),
        format!("{:.2} % of {}", 100.0 * equal_share, pairs.len()),
        equal_share >= FLAGS_SHARE,
    );
    row(
        "median ratio of FLUX_AUTO",
        format!("1.00 +- {FLUX_RATIO}"),
        format!("{flux:.5}"),
        (flux - 1.0).abs() <= FLUX_RATIO,
    );
    row(
        "median ratio of FWHM_IMAGE",
        format!("1.00 +- {FWHM_RATIO}"),
        format!("{fwhm:.5}"),
        (fwhm - 1.0).abs() <= FWHM_RATIO,
    );
    if case.columns {
        part.tables.push(columns(case.name, &ours, &theirs, &pairs)?);
    }
    Ok(())
}

/// Ratio or difference of each column over the pairs.
fn columns(name: &str, ours: &Catalogue, theirs: &Catalogue, pairs: &[(usize, usize)]) -> Result<Table, String> {
    let title = format!("{name}: {} rows of ours, {} of theirs, {} matched", ours.len(), theirs.len(), pairs.len());
    let mut table =
        Table::new(title, &["column", "compared as", "pairs", "median", "half within", "90 % within", "98 % within"]);
    for (columns, as_ratio) in [(DIFFERENCES, false), (RATIOS, true)] {
        for column in columns {
            let (ours, theirs) = (ours.numbers(column)?, theirs.numbers(column)?);
            let compare = |(mine, other): &(usize, usize)| {
                let (mine, other) = (ours[*mine], theirs[*other]);
                if as_ratio { mine / other - 1.0 } else { mine - other }
            };
            let mut values: Vec<f64> = pairs.iter().map(compare).filter(|value| value.is_finite()).collect();
            let middle = median(&mut values).unwrap_or(f64::NAN);
            let mut sizes: Vec<f64> = values.iter().map(|value| value.abs()).collect();
            let mut within = |fraction| quantile(&mut sizes, fraction).unwrap_or(f64::NAN);
            table.rows.push(vec![
                (*column).to_owned(),
                if as_ratio { "ratio - 1" } else { "difference" }.to_owned(),
                values.len().to_string(),
                format!("{middle:+.1e}"),
                format!("{:.1e}", within(0.5)),
                format!("{:.1e}", within(0.9)),
                format!("{:.1e}", within(0.98)),
            ]);
        }
    }
    Ok(table)
}
