//! Every plot is well-formed, deterministic, and shows what it was given.
//!
//! With `SKYLEDGER_PLOT_DIR` set the pictures are written there, to be looked at.

use ndarray::Array2;
use sky_coords::SkyPos;
use sky_plot::{
    Bins, Curve, Picture, PlateSeries, SkySeries, Stage, Stamp, contact_sheet, curves, funnel, histogram, plate_map,
    sky_map,
};

fn wave(index: usize, step: f64) -> f64 {
    libm::sin(index as f64 * step) * libm::cos(index as f64 * step * 0.37)
}

fn all() -> Vec<(&'static str, Picture)> {
    let values: Vec<f64> = (0..4000).map(|i| 3.0 + 0.6 * wave(i, 0.7) + 0.3 * wave(i, 2.3)).collect();
    let places: Vec<SkyPos> =
        (0..4000).map(|i| SkyPos::new(359.9 + 0.5 * wave(i, 1.1), 20.0 + 0.5 * wave(i, 1.7))).collect();
    let few: Vec<SkyPos> = places.iter().copied().step_by(200).collect();
    let outline = [(-0.53, -0.5), (0.53, -0.5), (0.53, 0.5), (-0.53, 0.5)]
        .map(|(x, y)| SkyPos::new(359.9 + x, 20.0 + y))
        .to_vec();
    let mm: Vec<(f64, f64)> = (0..800).map(|i| (150.0 * wave(i, 1.3), 150.0 * wave(i, 0.9))).collect();
    let curve = |shift: f64| {
        let points = (0..14)
            .map(|k| {
                let mag = 15.0 + 0.5 * f64::from(k);
                let share = 1.0 / (1.0 + libm::exp((mag - 20.0 - shift) * 2.0));
                [mag, share, (share - 0.05).max(0.0), (share + 0.05).min(1.0)]
            })
            .collect();
        Curve { name: format!("shift {shift}"), points }
    };
    let stage = |name: &str, count: u64| Stage { name: name.to_owned(), count };
    let stamp = |k: usize| Stamp {
        pixels: Array2::from_shape_fn((61, 61), |(y, x)| {
            let r2 = (x as f32 - 30.0).powi(2) + (y as f32 - 30.0).powi(2);
            3700.0 + 120.0 * wave(y * 61 + x + 997 * k, 1.9) as f32 + 9000.0 / (1.0 + r2 / (3.0 + k as f32)).powi(3)
        }),
        caption: vec![
            format!("tile_RA150.000_DECp20.000:{k}"),
            "150.12345 +20.12345".to_owned(),
            format!("SNR {:.1}", 12.3 * k as f64),
        ],
    };
    vec![
        (
            "histogram",
            histogram("FWHM_IMAGE of 4000 detections", "FWHM (pixel)", "Detections", &Bins::new(&values, 40)),
        ),
        (
            "sky",
            sky_map(
                "Detections and candidates",
                &[SkySeries { name: "kept".into(), places }, SkySeries { name: "candidates".into(), places: few }],
                &[outline],
            ),
        ),
        ("plate", plate_map("Places on the plate", &[PlateSeries { name: "candidates".into(), places_mm: mm }])),
        (
            "completeness",
            curves(
                "Completeness",
                "Magnitude (instrumental)",
                "Recovered share",
                Some((0.0, 1.05)),
                &[curve(0.0), curve(0.8)],
            ),
        ),
        (
            "funnel",
            funnel(
                "Detections to candidates",
                &[
                    stage("detected (pass 2)", 4612),
                    stage("after flags", 4011),
                    stage("after snr", 2310),
                    stage("not in Gaia", 61),
                    stage("not in Pan-STARRS 1", 46),
                    stage("not near a spike", 44),
                    stage("candidates", 0),
                ],
            ),
        ),
        (
            "sheet",
            contact_sheet(
                "Candidates",
                "on the plate and in no modern survey: star or defect",
                &(1..9).map(stamp).collect::<Vec<_>>(),
            ),
        ),
    ]
}

#[test]
fn pictures_are_well_formed_and_the_same_each_time() {
    for ((name, picture), (_, again)) in all().into_iter().zip(all()) {
        let (svg, png) = (picture.to_svg().expect("SVG"), picture.to_png().expect("PNG"));
        assert_eq!(svg, again.to_svg().expect("SVG"), "{name}");
        assert_eq!(png, again.to_png().expect("PNG"), "{name}");
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n") && svg.contains("viewBox"), "{name}");
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{name} has a number that is none");
        assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count(), "{name}");
        let decoder = png::Decoder::new(std::io::Cursor::new(&png));
        let reader = decoder.read_info().expect("a PNG that a reader takes");
        assert_eq!((reader.info().width, reader.info().height), (picture.width, picture.height), "{name}");
        if let Some(folder) = std::env::var_os("SKYLEDGER_PLOT_DIR") {
            let folder = std::path::Path::new(&folder);
            std::fs::write(folder.join(format!("{name}.svg")), svg).expect("the folder can be written");
            std::fs::write(folder.join(format!("{name}.png")), png).expect("the folder can be written");
        }
    }
}

#[test]
fn right_ascension_grows_to_the_left_also_over_zero() {
    let series = |ra: f64| SkySeries { name: "one".into(), places: vec![SkyPos::new(ra, 0.0), SkyPos::new(0.0, 0.0)] };
    let picture = sky_map("two", &[series(0.5), series(359.5)], &[]);
    let first = |mark: &sky_plot::Mark| match mark {
        sky_plot::Mark::Discs { centres, .. } | sky_plot::Mark::Rings { centres, .. } if centres.len() == 2 => {
            Some(centres[0].0 - centres[1].0)
        }
        _ => None,
    };
    let offsets: Vec<f64> = picture.marks.iter().filter_map(first).collect();
    assert!(offsets[0] < -10.0 && offsets[1] > 10.0, "RA 0.5 is left of 0, 359.5 right of it: {offsets:?}");
}

#[test]
fn empty_plots_still_draw_their_axes() {
    let empty = [
        histogram("none", "x", "y", &Bins::new(&[], 10)),
        sky_map("none", &[], &[]),
        plate_map("none", &[]),
        curves("none", "x", "y", None, &[]),
        funnel("none", &[]),
        contact_sheet("none", "", &[]),
    ];
    for picture in empty {
        assert!(picture.to_png().is_ok() && picture.to_svg().expect("SVG").contains("none"));
    }
}

#[test]
fn names_are_escaped() {
    let picture = histogram("a < b & \"c\"", "x", "y", &Bins::new(&[1.0], 3));
    assert!(picture.to_svg().expect("SVG").contains("a &lt; b &amp; &quot;c&quot;"));
}
