//! Residual against magnitude, for both sides.

use sky_plot::{Curve, curves};
use sky_stats::quantile;

use crate::Bench;
use crate::residuals::{Pair, bins};

/// Least sources of a bin that is drawn.
const MIN_DRAWN: usize = 30;

/// Writes `docs/comparison/<name>.svg`: median with the middle 68 % of the errors of both sides in half-magnitude bins.
/// Where no folder of plots is given, nothing is drawn.
pub(crate) fn residuals(
    bench: &Bench,
    name: &str,
    field: &str,
    (measure, unit): (&str, &str),
    pairs: &[Pair],
    plots: &mut Vec<(String, String)>,
) -> Result<(), String> {
    let Some(folder) = &bench.plots else { return Ok(()) };
    let curve = |name: &str, of: fn(&Pair) -> f64, shift: f64| {
        let drawn = bins(pairs).into_iter().filter(|(_, bin)| bin.len() >= MIN_DRAWN);
        let points = drawn
            .map(|(mag, bin)| {
                let mut errors: Vec<f64> = bin.iter().map(of).collect();
                let mut at = |fraction| quantile(&mut errors, fraction).unwrap_or(f64::NAN);
                [mag + shift, at(0.5), at(0.16), at(0.84)]
            })
            .collect();
        Curve { name: name.to_owned(), points }
    };
    let both = [curve("ours", |pair| pair.ours[0], -0.04), curve("source-extractor", |pair| pair.theirs[0], 0.04)];
    if both[0].points.is_empty() {
        return Ok(());
    }
    let title = format!("{field}: {measure} minus truth, median and middle 68 %");
    let picture = curves(&title, "true magnitude", &format!("residual ({unit})"), None, &both);
    let file = format!("{name}.svg");
    fs_err::create_dir_all(folder).map_err(|error| error.to_string())?;
    let svg = picture.to_svg().map_err(|error| error.to_string())?;
    fs_err::write(folder.join(&file), svg).map_err(|error| error.to_string())?;
    plots.push((file, title));
    Ok(())
}
