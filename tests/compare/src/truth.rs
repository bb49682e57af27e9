//! Catalogues against the truth of simulated fields, ours paired with source-extractor's.

use rayon::prelude::*;
use sky_stats::{MAD_TO_SIGMA, clopper_pearson, median};

use crate::catalogue::nearest;
use crate::engines::{Pass, Workplace};
use crate::fields::{FIELDS, Field, Plate, TrueSource};
use crate::residuals::{MIN_SOURCES, Pair, Ratio, ratios};
use crate::{Bench, Catalogue, Part, Row, Table, plots};

/// A detection within this of a true source is its, pixels.
const FOUND_PX: f64 = 2.0;
/// A detection without anything true within this is false, pixels.
const FALSE_PX: f64 = 3.0;
/// Errors of positions and magnitudes are compared of sources found within this, pixels.
const PAIRED_PX: f64 = 1.5;
/// Largest scatter ratio that the lower end of the 95 % interval may have.
const RATIO_GOAL: f64 = 1.02;
/// Largest bias at SNR above 50.
const BIAS_PX: f64 = 0.02;
const BIAS_MAG: f64 = 0.01;
const BIAS_SNR: f64 = 50.0;
/// SPREAD_MODEL of point sources.
const SPREAD: f64 = 0.001;
/// How far quoted errors may be from the scatter, white noise.
const PULL: f64 = 0.25;
/// No magnitude.
const NO_MAG: f64 = 90.0;

/// Columns of one side.
struct Side {
    places: Vec<(f64, f64)>,
    windowed: Vec<(f64, f64)>,
    fitted: Vec<(f64, f64)>,
    auto_mag: Vec<f64>,
    psf_mag: Vec<f64>,
    psf_mag_err: Vec<f64>,
    psf_x_err: Vec<f64>,
    spread: Vec<f64>,
    flags: Vec<f64>,
}

/// What both sides found on a plate.
struct Found {
    plate: Plate,
    ours: Side,
    theirs: Side,
}

/// The four measures whose errors are compared.
#[derive(Clone, Copy)]
struct Measure {
    name: &'static str,
    unit: &'static str,
    axes: usize,
    psf: bool,
    errors: fn(&Side, usize, &TrueSource) -> [f64; 2],
}

const MEASURES: [Measure; 4] = [
    Measure {
        name: "XWIN, YWIN",
        unit: "px",
        axes: 2,
        psf: false,
        errors: |side, k, truth| [side.windowed[k].0 - truth.x, side.windowed[k].1 - truth.y],
    },
    Measure {
        name: "MAG_AUTO",
        unit: "mag",
        axes: 1,
        psf: false,
        errors: |side, k, truth| [magnitude(side.auto_mag[k]) - truth.mag, 0.0],
    },
    Measure {
        name: "XPSF, YPSF",
        unit: "px",
        axes: 2,
        psf: true,
        errors: |side, k, truth| [side.fitted[k].0 - truth.x, side.fitted[k].1 - truth.y],
    },
    Measure {
        name: "MAG_PSF",
        unit: "mag",
        axes: 1,
        psf: true,
        errors: |side, k, truth| [magnitude(side.psf_mag[k]) - truth.mag, 0.0],
    },
];

/// Runs it.
pub fn run(bench: &Bench) -> Result<Part, String> {
    let fields: &[Field] = if bench.quick { &FIELDS[..2] } else { &FIELDS };
    let mut part = Part {
        title: "Against truth".into(),
        about: format!(
            "Fields of `sky-sim` (seed {}), each side with its own passes and its own PSF model by the survey plan's configuration, GAIN as simulated. \
             Plain stars (no defect, halo or spike under them, linear response) found by both; half-magnitude bins of at least {MIN_SOURCES} sources; \
             scatter is robust (MAD); intervals are 95 %. source-extractor's MAG_PSF holds the light of the aperture that PSFEx scales its model to \
             (PHOTFLUX_KEY FLUX_APER(1)): a constant offset, which no goal counts.",
            bench.seed
        ),
        ..Part::default()
    };
    // Crowded plates first: they take longest.
    let mut wanted: Vec<(usize, u64)> =
        fields.iter().enumerate().flat_map(|(k, field)| (0..field.plates).map(move |plate| (k, plate))).collect();
    wanted.sort_by_key(|(k, plate)| (fields[*k].name != "crowded", *k, *plate));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().map_err(|error| error.to_string())?;
    let found: Vec<((usize, u64), Found)> = pool.install(|| {
        let each = wanted.par_iter().with_max_len(1);
        each.map(|&(k, plate)| Ok(((k, plate), measure(bench, &fields[k], plate)?))).collect::<Result<_, String>>()
    })?;
    let mut scatters = Table::new(
        "Scatter in bins",
        &["field", "measure", "mag", "sources", "ours", "theirs", "ratio", "95 % interval"],
    );
    for (k, field) in fields.iter().enumerate() {
        let plates: Vec<&Found> = found.iter().filter(|((of, _), _)| *of == k).map(|(_, found)| found).collect();
        completeness(field, &plates, &mut part.rows);
        false_detections(field, &plates, &mut part.rows);
        for measure in &MEASURES {
            let pairs = pairs(&plates, measure);
            scatter(bench, field, measure, &pairs, &mut part.rows, &mut scatters);
            bias(field, measure, &pairs, &mut part.rows);
            let name = format!("{}-{}", field.name, measure.name.to_lowercase().replace(", ", "-"));
            plots::residuals(bench, &name, field.name, (measure.name, measure.unit), &pairs, &mut part.plots)?;
        }
        spread(field, &plates, &mut part.rows);
        fitted_rows(field, &plates, &mut part.rows);
        pulls(field, &plates, &mut part.rows);
    }
    part.tables.push(scatters);
    Ok(part)
}

fn magnitude(value: f64) -> f64 {
    if value < NO_MAG { value } else { f64::NAN }
}

fn measure(bench: &Bench, field: &Field, index: u64) -> Result<Found, String> {
    let plate = field.plate(bench, index)?;
    let (_, render) = field.params(bench.seed);
    let gain = format!("GAIN {}", render.sky_adu / (render.noise_adu * render.noise_adu));
    let place = Workplace::new(bench, &plate.image, &gain)?;
    place.our_pass(Pass::First, &place.our_model(), 1)?;
    place.our_psf(1)?;
    place.our_pass(Pass::Second, &place.our_model(), 1)?;
    place.their_pass(Pass::First, &place.their_model())?;
    place.their_psf(1)?;
    place.their_pass(Pass::Second, &place.their_model())?;
    let (ours, theirs) =
        (Side::read(&place.our_catalogue(Pass::Second))?, Side::read(&place.their_catalogue(Pass::Second))?);
    Ok(Found { plate, ours, theirs })
}

impl Side {
    fn read(path: &std::path::Path) -> Result<Self, String> {
        let table = Catalogue::read(path)?;
        let numbers = |name: &str| table.numbers(name);
        Ok(Self {
            places: table.places("X_IMAGE", "Y_IMAGE")?,
            windowed: table.places("XWIN_IMAGE", "YWIN_IMAGE")?,
            fitted: table.places("XPSF_IMAGE", "YPSF_IMAGE")?,
            auto_mag: numbers("MAG_AUTO")?,
            psf_mag: numbers("MAG_PSF")?,
            psf_mag_err: numbers("MAGERR_PSF")?,
            psf_x_err: numbers("ERRX2PSF_IMAGE")?.into_iter().map(f64::sqrt).collect(),
            spread: numbers("SPREAD_MODEL")?,
            flags: numbers("FLAGS")?,
        })
    }
}

/// Rows of either side of each true source.
fn matched(plate: &Plate, side: &Side, radius_px: f64) -> Vec<Option<usize>> {
    let wanted: Vec<(f64, f64)> = plate.truth.iter().map(|truth| (truth.x, truth.y)).collect();
    nearest(&wanted, &side.windowed, radius_px)
}

fn pairs(plates: &[&Found], measure: &Measure) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for found in plates {
        let ours = matched(&found.plate, &found.ours, PAIRED_PX);
        let theirs = matched(&found.plate, &found.theirs, PAIRED_PX);
        for (k, truth) in found.plate.truth.iter().enumerate().filter(|(_, truth)| truth.is_star && truth.plain) {
            let (Some(mine), Some(other)) = (ours[k], theirs[k]) else { continue };
            let (ours, theirs) =
                ((measure.errors)(&found.ours, mine, truth), (measure.errors)(&found.theirs, other, truth));
            let good = ours.iter().chain(&theirs).all(|error| error.is_finite() && error.abs() < 3.0);
            if good {
                pairs.push(Pair { mag: truth.mag, snr: truth.snr, ours, theirs });
            }
        }
    }
    pairs
}

fn completeness(field: &Field, plates: &[&Found], rows: &mut Vec<Row>) {
    let mut all: Vec<(f64, bool, bool)> = Vec::new();
    for found in plates {
        let ours = matched(&found.plate, &found.ours, FOUND_PX);
        let theirs = matched(&found.plate, &found.theirs, FOUND_PX);
        let stars = found.plate.truth.iter().enumerate().filter(|(_, truth)| truth.is_star && truth.plain);
        all.extend(stars.map(|(k, truth)| (truth.mag, ours[k].is_some(), theirs[k].is_some())));
    }
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let bin_of = |mag: f64| (2.0 * mag).floor() as i64;
    let (mut judged, mut worse) = (0, Vec::new());
    for bin in all.chunk_by(|a, b| bin_of(a.0) == bin_of(b.0)).filter(|bin| bin.len() >= MIN_SOURCES) {
        judged += 1;
        let only_ours = bin.iter().filter(|(_, ours, theirs)| *ours && !theirs).count() as u64;
        let only_theirs = bin.iter().filter(|(_, ours, theirs)| !ours && *theirs).count() as u64;
        if clopper_pearson(only_theirs, only_ours + only_theirs, 0.95).low > 0.5 {
            worse.push(format!(
                "{:.2} mag ({only_ours} only ours, {only_theirs} only theirs)",
                0.5 * bin_of(bin[0].0) as f64 + 0.25
            ));
        }
    }
    let count = |of: fn(&(f64, bool, bool)) -> bool| all.iter().filter(|star| of(star)).count();
    let mut measured =
        format!("{} and {} of {} stars, {judged} bins", count(|star| star.1), count(|star| star.2), all.len());
    if !worse.is_empty() {
        measured.push_str(&format!("; worse at {}", worse.join(", ")));
    }
    let what = format!("{}: completeness, ours and theirs", field.name);
    rows.push(Row::judged(what, "not worse in any bin (95 % binomial)", measured, worse.is_empty() && judged > 0));
}

fn false_detections(field: &Field, plates: &[&Found], rows: &mut Vec<Row>) {
    let count = |side: fn(&Found) -> &Side| -> u64 {
        let of = |found: &&Found| {
            let truth: Vec<(f64, f64)> = found.plate.truth.iter().map(|truth| (truth.x, truth.y)).collect();
            let places = &side(found).places;
            let near = nearest(places, &truth, FALSE_PX);
            let free = |place: &(f64, f64)| {
                let (x, y) = ((place.0 - 1.0).round() as i64, (place.1 - 1.0).round() as i64);
                let at = |x: i64, y: i64| found.plate.mask.get((y.max(0) as usize, x.max(0) as usize)).copied();
                (-3..=3).all(|dy| (-3..=3).all(|dx| at(x + dx, y + dy).unwrap_or(0) == 0))
            };
            places.iter().zip(&near).filter(|(place, near)| near.is_none() && free(place)).count() as u64
        };
        plates.iter().map(of).sum()
    };
    let (ours, theirs) = (count(|found| &found.ours), count(|found| &found.theirs));
    let worse = clopper_pearson(ours, ours + theirs, 0.95).low > 0.5;
    rows.push(Row::judged(
        format!("{}: false detections away from defects, ours and theirs", field.name),
        "not more (95 % binomial)",
        format!("{ours} and {theirs}"),
        !worse,
    ));
}

fn scatter(bench: &Bench, field: &Field, measure: &Measure, pairs: &[Pair], rows: &mut Vec<Row>, table: &mut Table) {
    let what = format!("{}: scatter of {}, ours over theirs", field.name, measure.name);
    let goal = if measure.psf {
        "every bin at most 1.02 (lower end), all together below 1".to_owned()
    } else {
        format!("every bin at most {RATIO_GOAL} (lower end)")
    };
    let found = ratios(pairs, measure.axes, bench.seed);
    if found.is_empty() || pairs.is_empty() {
        rows.push(Row::not_measured(what, goal, format!("no bin of {MIN_SOURCES} among {} pairs", pairs.len())));
        return;
    }
    for ratio in &found {
        table.rows.push(vec![
            field.name.to_owned(),
            measure.name.to_owned(),
            format!("{:.2}", ratio.mag),
            ratio.n.to_string(),
            format!("{:.4} {}", ratio.ours, measure.unit),
            format!("{:.4} {}", ratio.theirs, measure.unit),
            format!("{:.3}", ratio.value()),
            format!("{:.3} to {:.3}", ratio.low, ratio.high),
        ]);
    }
    let worst = found.iter().max_by(|a, b| a.low.total_cmp(&b.low)).copied().unwrap_or(found[0]);
    let together = together(&found);
    let measured = format!(
        "{together:.3} all together ({} sources, {} bins); worst {:.3} [{:.3}, {:.3}] at {:.2} mag ({})",
        found.iter().map(|ratio| ratio.n).sum::<usize>(),
        found.len(),
        worst.value(),
        worst.low,
        worst.high,
        worst.mag,
        worst.n
    );
    let met = worst.low <= RATIO_GOAL && (!measure.psf || together < 1.0);
    rows.push(Row::judged(what, goal, measured, met));
}

/// Geometric mean of the bins' ratios, weighted by their sources.
fn together(found: &[Ratio]) -> f64 {
    let weight: f64 = found.iter().map(|ratio| ratio.n as f64).sum();
    libm::exp(found.iter().map(|ratio| ratio.n as f64 * libm::log(ratio.value())).sum::<f64>() / weight)
}

fn bias(field: &Field, measure: &Measure, pairs: &[Pair], rows: &mut Vec<Row>) {
    let bright: Vec<Pair> = pairs.iter().copied().filter(|pair| pair.snr > BIAS_SNR).collect();
    let what = format!("{}: bias of {} at SNR above {BIAS_SNR:.0}, ours (theirs)", field.name, measure.name);
    let goal = if measure.axes == 2 { BIAS_PX } else { BIAS_MAG };
    let goal_text = format!("at most {goal} {}", measure.unit);
    if bright.len() < 50 {
        rows.push(Row::not_measured(what, goal_text, format!("{} sources", bright.len())));
        return;
    }
    let middle = |of: fn(&Pair) -> [f64; 2], pairs: &[Pair], axis: usize| {
        median(&mut pairs.iter().map(|pair| of(pair)[axis]).collect::<Vec<f64>>()).unwrap_or(f64::NAN)
    };
    let list =
        |of: fn(&Pair) -> [f64; 2]| -> Vec<f64> { (0..measure.axes).map(|axis| middle(of, &bright, axis)).collect() };
    let text = |values: &[f64]| values.iter().map(|value| format!("{value:+.4}")).collect::<Vec<_>>().join(", ");
    let (ours, theirs) = (list(|pair| pair.ours), list(|pair| pair.theirs));
    let measured = format!("{} ({}) {}, {} sources", text(&ours), text(&theirs), measure.unit, bright.len());
    let largest = ours.iter().map(|value| value.abs()).fold(0.0, f64::max);
    if measure.name == "MAG_AUTO" {
        // A Kron ellipse leaves out some of the wings by definition: the goal is that of both sides alike.
        let alike = (ours[0] - theirs[0]).abs();
        let goal_text = format!("within {goal} {} of theirs", measure.unit);
        rows.push(Row::judged(what, goal_text, measured, alike <= goal));
    } else {
        rows.push(Row::judged(what, goal_text, measured, largest <= goal));
    }
}

fn spread(field: &Field, plates: &[&Found], rows: &mut Vec<Row>) {
    let (mut values, mut theirs, mut halves) =
        (Vec::new(), Vec::new(), [Vec::new(), Vec::new(), Vec::new(), Vec::new()]);
    for found in plates {
        let (ours, other) =
            (matched(&found.plate, &found.ours, PAIRED_PX), matched(&found.plate, &found.theirs, PAIRED_PX));
        let (height, width) = found.plate.mask.dim();
        let stars = found.plate.truth.iter().enumerate();
        for (k, truth) in stars.filter(|(_, t)| t.is_star && t.plain && !t.blended && t.snr > 20.0) {
            if let Some(value) = ours[k].map(|row| found.ours.spread[row]).filter(|value| value.is_finite()) {
                values.push(value);
                halves[usize::from(truth.x > 0.5 * width as f64)].push(value);
                halves[2 + usize::from(truth.y > 0.5 * height as f64)].push(value);
            }
            theirs.extend(other[k].map(|row| found.theirs.spread[row]).filter(|value| value.is_finite()));
        }
    }
    let middle = |values: &mut Vec<f64>| median(values).unwrap_or(f64::NAN);
    let n = values.len();
    let (ours, theirs) = (middle(&mut values), middle(&mut theirs));
    rows.push(Row::judged(
        format!("{}: median SPREAD_MODEL of single stars of SNR above 20, ours (theirs)", field.name),
        format!("within {SPREAD} of 0"),
        format!("{ours:+.5} ({theirs:+.5}), {n} stars"),
        ours.abs() <= SPREAD,
    ));
    let [left, right, lower, upper] = halves.map(|mut half| middle(&mut half));
    let (along_x, along_y) = (right - left, upper - lower);
    rows.push(Row::judged(
        format!("{}: difference of SPREAD_MODEL between the halves, along x and y", field.name),
        format!("below {SPREAD}"),
        format!("{along_x:+.5}, {along_y:+.5}"),
        along_x.abs() < SPREAD && along_y.abs() < SPREAD,
    ));
}

/// How many rows have a PSF fit.
fn fitted_rows(field: &Field, plates: &[&Found], rows: &mut Vec<Row>) {
    let count = |of: fn(&Found) -> &Side| {
        let fitted = |found: &&Found| of(found).psf_mag.iter().filter(|mag| magnitude(**mag).is_finite()).count();
        let clean = |found: &&Found| of(found).flags.iter().filter(|flags| **flags < 4.0).count();
        let rows: usize = plates.iter().map(|found| of(found).psf_mag.len()).sum();
        format!(
            "{} of {rows} rows ({} with FLAGS below 4)",
            plates.iter().map(fitted).sum::<usize>(),
            plates.iter().map(clean).sum::<usize>()
        )
    };
    let measured = format!("{}; {}", count(|found| &found.ours), count(|found| &found.theirs));
    rows.push(Row::shown(format!("{}: rows with MAG_PSF, ours; theirs", field.name), measured));
}

/// Scatter of the PSF fit's errors in units of what is quoted, on the field of white noise.
fn pulls(field: &Field, plates: &[&Found], rows: &mut Vec<Row>) {
    let pull = |side: fn(&Found) -> &Side| {
        let (mut positions, mut magnitudes) = (Vec::new(), Vec::new());
        for found in plates {
            let side = side(found);
            let rows = matched(&found.plate, side, PAIRED_PX);
            let stars = found.plate.truth.iter().zip(rows);
            for (truth, row) in stars.filter(|(t, _)| t.is_star && t.plain && !t.blended && t.snr < 200.0) {
                let Some(row) = row else { continue };
                positions.push((side.fitted[row].0 - truth.x) / side.psf_x_err[row]);
                magnitudes.push((magnitude(side.psf_mag[row]) - truth.mag) / side.psf_mag_err[row]);
            }
        }
        [positions, magnitudes].map(|mut values| {
            values.retain(|value| value.is_finite());
            let middle = median(&mut values).unwrap_or(f64::NAN);
            let mut deviations: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
            MAD_TO_SIGMA * median(&mut deviations).unwrap_or(f64::NAN)
        })
    };
    let (ours, theirs) = (pull(|found| &found.ours), pull(|found| &found.theirs));
    for (k, name) in ["XPSF", "MAG_PSF"].into_iter().enumerate() {
        let what = format!("{}: scatter of {name} in units of its quoted error, ours (theirs)", field.name);
        let measured = format!("{:.2} ({:.2})", ours[k], theirs[k]);
        if field.name == "ccd" {
            rows.push(Row::judged(what, format!("1 within {PULL}"), measured, (ours[k] - 1.0).abs() <= PULL));
        } else {
            rows.push(Row::shown(format!("{what} (grain: noise is correlated)"), measured));
        }
    }
}
