//! Simulated fields with truth.

use std::path::{Path, PathBuf};

use ndarray::Array2;
use sky_fits::{BinColumn, PixelData, Values, write_bintable, write_image};
use sky_image::{Header, Mask};
use sky_sim::{RenderParams, Scene, SceneKind, SceneParams};

use crate::Bench;

/// Instrumental zero point of the survey plan, magnitudes.
pub const ZERO_POINT_MAG: f64 = 21.1;
/// Stars whose brightest pixel stays below this share of the plateau are linear to 0.1 %:
/// count = level / (1 + (level / plateau)^4)^(1/4).
const LINEAR_SHARE: f64 = 0.25;
/// Counts end here, ADU.
const COUNT_LIMIT_ADU: f64 = 31_000.0;
/// Brightest star of a field, plate red; the faintest is 20.6.
const BRIGHTEST_MAG: f64 = 15.8;
/// Slope of the counts: three times as many stars five magnitudes fainter.
const COUNT_SLOPE: f64 = 0.1;
/// Plateau of a detector that is linear up to the end of its counts, ADU.
const LINEAR_ADU: f64 = 1e6;

/// One of the fields.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    kind: SceneKind,
    /// Stars and galaxies on a plate.
    objects: u32,
    /// Plates of it, with seeds in sequence; sparse fields need several for bins of 300 sources.
    pub plates: u64,
}

/// The fields of the comparison.
pub const FIELDS: [Field; 5] = [
    Field { name: "sparse", kind: SceneKind::Sparse, objects: 1250, plates: 4 },
    Field { name: "standard", kind: SceneKind::Standard, objects: 5000, plates: 1 },
    Field { name: "crowded", kind: SceneKind::Crowded, objects: 16000, plates: 1 },
    Field { name: "ccd", kind: SceneKind::Ccd, objects: 5000, plates: 1 },
    Field { name: "varying-psf", kind: SceneKind::VaryingPsf, objects: 5000, plates: 1 },
];

/// One star or galaxy that was put into a field.
#[derive(Clone, Copy, Debug)]
pub struct TrueSource {
    /// Column, 1-based pixels.
    pub x: f64,
    /// Row, 1-based pixels.
    pub y: f64,
    /// Instrumental magnitude of its whole light.
    pub mag: f64,
    /// SNR_WIN that is expected of it on white noise; NaN for galaxies and asteroids.
    pub snr: f64,
    /// FWHM of the optical profile, pixels.
    pub fwhm_px: f64,
    /// Whether it is a point.
    pub is_star: bool,
    /// Whether a neighbour disturbs it.
    pub blended: bool,
    /// Whether no defect, halo or spike lies under it and the response is linear up to its peak.
    pub plain: bool,
}

/// One exposed plate of a field.
#[derive(Clone, Debug)]
pub struct Plate {
    /// The image.
    pub image: PathBuf,
    /// What is on it.
    pub truth: Vec<TrueSource>,
    /// Where there are halos, spikes, saturation or defects.
    pub mask: Mask,
}

impl Field {
    /// Parameters of a plate of this field: bright and faint stars alike, for full bins, and no plateau in their reach, so
    /// that there is one truth for all of them. (What the plateau does to the PSF is measured in [`crate::psf`].)
    pub fn params(&self, seed: u64) -> (SceneParams, RenderParams) {
        let scene = SceneParams {
            n_catalogue_stars: self.objects,
            brightest_mag: BRIGHTEST_MAG,
            number_count_slope: COUNT_SLOPE,
            ..self.kind.scene(seed)
        };
        (scene, RenderParams { saturation_adu: LINEAR_ADU, ..self.kind.render() })
    }

    /// Draws, exposes and writes the `index`-th plate into a folder of its own, with its truth beside it as `truth.fits`.
    pub fn plate(&self, bench: &Bench, index: u64) -> Result<Plate, String> {
        let folder = bench.folder(&format!("{}-{index}", self.name))?;
        let (params, render) = self.params(bench.seed + 100 * index);
        expose(&folder, &params, &render)
    }
}

/// Draws, exposes and writes one plate.
pub fn expose(folder: &Path, params: &SceneParams, render: &RenderParams) -> Result<Plate, String> {
    let scene = Scene::generate(params);
    let cutout = scene.render(render).map_err(|error| error.to_string())?;
    let counts: Array2<i16> = cutout.image.pixels.mapv(|value| value as i16);
    let image = folder.join("field.fits");
    let mut file = fs_err::File::create(&image).map_err(|error| error.to_string())?;
    write_image(&mut file, &cutout.header, PixelData::I16(&counts)).map_err(|error| error.to_string())?;
    let mask = cutout.image.mask.ok_or("the simulation has no mask")?;
    let number = |name: &str| cutout.truth.numbers(name).map_err(|error| error.to_string());
    let text = |name: &str| cutout.truth.texts(name).map_err(|error| error.to_string());
    let (x, y, flux, snr) = (number("X_IMAGE")?, number("Y_IMAGE")?, number("flux_adu")?, number("snr_win")?);
    let (fwhm, bits, kinds, blended) = (number("fwhm_px")?, number("mask_bits")?, text("kind")?, text("blended")?);
    let truth: Vec<TrueSource> = (0..x.len())
        .filter(|&row| flux[row].is_finite())
        .map(|row| {
            let is_star = matches!(kinds[row].as_str(), "star" | "vanished" | "high_proper_motion");
            // Peak of a Moffat profile of exponent 3 with alpha = 0.98 FWHM: 2 F / (pi alpha^2), at most, before the pixel.
            let peak = 2.0 * flux[row] / (std::f64::consts::PI * (0.98 * fwhm[row]) * (0.98 * fwhm[row]));
            let linear = peak + render.sky_adu < (LINEAR_SHARE * render.saturation_adu).min(COUNT_LIMIT_ADU);
            TrueSource {
                x: x[row],
                y: y[row],
                mag: ZERO_POINT_MAG - 2.5 * libm::log10(flux[row]),
                snr: snr[row],
                fwhm_px: fwhm[row],
                is_star,
                blended: blended[row] == "true",
                plain: bits[row] == 0.0 && linear,
            }
        })
        .collect();
    write_truth(&folder.join("truth.fits"), &truth)?;
    Ok(Plate { image, truth, mask })
}

fn write_truth(path: &Path, truth: &[TrueSource]) -> Result<(), String> {
    let numbers = |of: fn(&TrueSource) -> f64| Values::F64(truth.iter().map(of).collect());
    let logical = |of: fn(&TrueSource) -> bool| Values::Logical(truth.iter().map(|source| Some(of(source))).collect());
    let columns = [
        BinColumn::new("X_IMAGE", numbers(|source| source.x)),
        BinColumn::new("Y_IMAGE", numbers(|source| source.y)),
        BinColumn::new("MAG", numbers(|source| source.mag)),
        BinColumn::new("SNR_WIN", numbers(|source| source.snr)),
        BinColumn::new("FWHM", numbers(|source| source.fwhm_px)),
        BinColumn::new("STAR", logical(|source| source.is_star)),
        BinColumn::new("BLENDED", logical(|source| source.blended)),
        BinColumn::new("PLAIN", logical(|source| source.plain)),
    ];
    let mut file = fs_err::File::create(path).map_err(|error| error.to_string())?;
    write_bintable(&mut file, "TRUTH", &Header::new(), &columns).map_err(|error| error.to_string())
}
