//! Our kernels as small programs: FITS in, LDAC or PSFEx's format out, no ledger. The comparison starts itself with these
//! words, so that time and memory are those of the kernels alone.

use std::io::{BufWriter, Write as _};
use std::path::Path;

use products::source_catalog::columns::{ColumnContext, SourceColumn, source_column};
use sky_catalog::{ColumnType, Source};
use sky_coords::PixelPos;
use sky_detect::Detection;
use sky_fits::{BinColumn, PsfexContext, PsfexFile, Values, ldac};
use sky_image::{CardValue, Header, Image};
use sky_photometry::{Field, noise_correlation};
use sky_psf::{
    FitTarget, Noise, PsfBuild, PsfCandidate, PsfImage, PsfModel, SpatialPolynomial, build_psf, fit_sources,
};
use step_detect::{Detect, DetectConfig};
use step_harness::Step;
use step_psf::{Psf, PsfConfig};

/// `--detect THREADS IMAGE CONFIG.sex CATALOGUE [MODEL.psf]`
pub const DETECT: &str = "--detect";
/// `--psf THREADS IMAGE CONFIG.psfex CATALOGUE MODEL.psf`
pub const PSF: &str = "--psf";

/// What the PSF needs of a catalogue.
const CANDIDATE_COLUMNS: &[&str] = &[
    "XWIN_IMAGE",
    "YWIN_IMAGE",
    "FLUX_AUTO",
    "FLUX_RADIUS",
    "SNR_WIN",
    "ELONGATION",
    "FLAGS",
    "FLUX_MAX",
    "BACKGROUND",
];

/// Runs one of them.
pub fn run(word: &str, words: &[String]) -> Result<(), String> {
    let (threads, paths) = words.split_first().ok_or("no number of threads")?;
    let threads = threads.parse().map_err(|_| format!("{threads:?} is no number of threads"))?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(|error| error.to_string())?;
    let paths: Vec<&Path> = paths.iter().map(Path::new).collect();
    pool.install(|| match (word, paths.as_slice()) {
        (DETECT, [image, config, catalogue]) => detect(image, config, catalogue, None),
        (DETECT, [image, config, catalogue, model]) => detect(image, config, catalogue, Some(model)),
        (PSF, [image, config, catalogue, model]) => psf(image, config, catalogue, model),
        _ => Err(format!("{word} with {} files", paths.len())),
    })
}

/// What a `.sex` file asks for.
pub fn detect_config(path: &Path) -> Result<DetectConfig, String> {
    config::<Detect>(path)
}

/// What a `.psfex` file asks for.
pub fn psf_config(path: &Path) -> Result<PsfConfig, String> {
    config::<Psf>(path)
}

/// A `.psf` file of ours or of PSFEx.
pub fn read_model(path: &Path) -> Result<PsfModel, String> {
    let file = PsfexFile::read(path).map_err(|error| error.to_string())?;
    let (degree, zero, scale) = match file.contexts.as_slice() {
        [x, y] => (file.degrees[0], [x.zero, y.zero], [x.scale, y.scale]),
        _ => (0, [0.0; 2], [1.0; 2]),
    };
    let polynomial = SpatialPolynomial::new(degree, zero, scale).map_err(|error| error.to_string())?;
    PsfModel::from_planes(file.coefficients, file.sampling_px, file.fwhm_px, polynomial)
        .map_err(|error| error.to_string())
}

/// The detections of an LDAC catalogue as candidates of the PSF, and its gain (SEXGAIN), e-/ADU.
pub fn candidates(catalogue: &Path) -> Result<(Vec<PsfCandidate>, f64), String> {
    let (header, table) = ldac::read_columns(catalogue, CANDIDATE_COLUMNS).map_err(|error| error.to_string())?;
    let column = |index: usize| {
        let name = CANDIDATE_COLUMNS[index];
        table.numbers(name).map_err(|error| format!("column {name}: {error}"))
    };
    let (x, y, flux, radius) = (column(0)?, column(1)?, column(2)?, column(3)?);
    let (snr, elongation, flags) = (column(4)?, column(5)?, column(6)?);
    let (peak, background) = (column(7)?, column(8)?);
    let candidate = |row: usize| PsfCandidate {
        position: PixelPos::from_fits(x[row], y[row]),
        flux_adu: flux[row],
        half_light_radius_px: radius[row],
        snr: snr[row],
        elongation: elongation[row],
        flags: flags[row] as u16,
        peak_adu: peak[row],
        background_adu: background[row],
    };
    let gain = header.number("SEXGAIN").filter(|gain| *gain >= 0.0).unwrap_or(0.0);
    Ok(((0..x.len()).map(candidate).collect(), gain))
}

/// The model of an image from a catalogue of it, with the background measured here.
pub fn build(image: &Path, catalogue: &Path, config: &PsfConfig) -> Result<PsfBuild, String> {
    let (candidates, gain_e_per_adu) = candidates(catalogue)?;
    let mut image = Image::new(read_pixels(image)?.pixels);
    let sky = sky_background::Background::estimate(&image, &config.background).map_err(|error| error.to_string())?;
    sky.subtract_from(&mut image.pixels);
    let noise_adu = |column: usize, row: usize| sky.rms.at(column, row);
    let scene = PsfImage::new(image.pixels.view(), None, Noise::At(&noise_adu), gain_e_per_adu)
        .map_err(|error| error.to_string())?;
    build_psf(&scene, &candidates, &config.psf).map_err(|error| error.to_string())
}

fn config<S: Step>(path: &Path) -> Result<S::Config, String> {
    let bytes = fs_err::read(path).map_err(|error| error.to_string())?;
    let value = S::config_from(path, &bytes).ok_or_else(|| format!("{} is no configuration", path.display()))??;
    serde_json::from_value(value).map_err(|error| format!("{}: {error}", path.display()))
}

fn read_pixels(path: &Path) -> Result<sky_fits::FitsImage, String> {
    sky_fits::ImageReader::open(path).and_then(|reader| reader.read()).map_err(|error| error.to_string())
}

fn detect(image: &Path, config: &Path, catalogue: &Path, model: Option<&Path>) -> Result<(), String> {
    let config = detect_config(config)?;
    let read = read_pixels(image)?;
    let mut found = sky_detect::detect(Image::new(read.pixels), &config.detect, &config.background, &config.photometry)
        .map_err(|error| error.to_string())?;
    if let Some(model) = model {
        fit(&mut found, &read_model(model)?, &config)?;
    }
    let vignet_px = if config.detect.vignet { config.detect.vignet_px as usize } else { 0 };
    let context = ColumnContext {
        zero_point_mag: config.photometry.zero_point_mag,
        n_apertures: config.photometry.aperture_diameters_px.len(),
        n_light_fractions: 1,
        vignet_px: [vignet_px; 2],
    };
    let columns: Vec<&SourceColumn> = config
        .columns
        .iter()
        .map(|name| source_column(name).ok_or_else(|| format!("column {name} is not known")))
        .collect::<Result<_, String>>()?;
    let heads: Vec<BinColumn> = columns.iter().map(|column| head(column, &context)).collect();
    let mut header: Header = read.header;
    header.set("SEXGAIN", CardValue::Real(config.photometry.gain_e_per_adu), "Gain adopted (in e- per ADU)");
    let mut file = BufWriter::new(fs_err::File::create(catalogue).map_err(|error| error.to_string())?);
    ldac::write_rows(&mut file, &header, &heads, found.sources.len(), &|row, bytes| {
        let source = &found.sources[row];
        let cut = |take: &mut dyn FnMut(&[f32])| {
            sky_detect::vignet_rows(&found.pixels, &found.segmentation, source, vignet_px, take)
        };
        columns.iter().for_each(|column| column.append_cell(source, &context, cut, bytes));
    })
    .map_err(|error| error.to_string())?;
    file.flush().map_err(|error| error.to_string())
}

fn fit(found: &mut Detection, model: &PsfModel, config: &DetectConfig) -> Result<(), String> {
    let gain = config.photometry.gain_e_per_adu;
    let noise = Noise::Uniform(found.background.rms_adu);
    let field = Field::new(&found.pixels, &found.segmentation).ok_or("pixels out of order")?;
    let correlation =
        config.psf_fit.correlated_noise.then(|| noise_correlation(&field, None, config.depth.seed)).flatten();
    let image = PsfImage::new(found.pixels.view(), None, noise, gain).map_err(|error| error.to_string())?;
    let image = image.with_correlation(correlation.as_ref());
    let target = |source: &Source| FitTarget {
        position: PixelPos::new(source.windowed.x_px, source.windowed.y_px),
        flux_adu: source.auto.adu,
    };
    let targets: Vec<FitTarget> = found.sources.iter().map(target).collect();
    let fits = fit_sources(&image, model, &targets, &config.psf_fit).map_err(|error| error.to_string())?;
    found.sources.iter_mut().zip(fits).for_each(|(source, fit)| source.psf = Some(fit));
    Ok(())
}

/// A column without its values.
fn head(column: &SourceColumn, context: &ColumnContext) -> BinColumn {
    let values = match column.spec.kind {
        ColumnType::F64 => Values::F64(Vec::new()),
        ColumnType::F32 => Values::F32(Vec::new()),
        ColumnType::I64 => Values::I64(Vec::new()),
        ColumnType::I32 => Values::I32(Vec::new()),
        ColumnType::I16 => Values::I16(Vec::new()),
        ColumnType::Bool => Values::Logical(Vec::new()),
        ColumnType::Text => Values::Text(Vec::new()),
    };
    let written = BinColumn::new(column.spec.name, values);
    match column.n_values(context) {
        1 => written,
        n if n == context.vignet_px[0] * context.vignet_px[1] => written.with_dims(&context.vignet_px),
        n => written.with_dims(&[n]),
    }
}

fn psf(image: &Path, config: &Path, catalogue: &Path, model: &Path) -> Result<(), String> {
    let build = build(image, catalogue, &psf_config(config)?)?;
    let (made, quality) = (&build.model, &build.quality);
    let polynomial = made.polynomial();
    let context = |axis: usize, name: &str| PsfexContext {
        name: name.to_owned(),
        group: 1,
        zero: polynomial.zero()[axis],
        scale: polynomial.scale()[axis],
    };
    let file = PsfexFile {
        loaded: quality.stars_loaded as i64,
        accepted: quality.stars_used as i64,
        chi2: quality.reduced_chi2,
        fwhm_px: made.half_light_diameter_px(),
        sampling_px: made.step_px(),
        contexts: vec![context(0, "X_IMAGE"), context(1, "Y_IMAGE")],
        degrees: vec![polynomial.degree()],
        coefficients: made.planes().to_owned(),
    };
    let mut out = BufWriter::new(fs_err::File::create(model).map_err(|error| error.to_string())?);
    file.write(&mut out).map_err(|error| error.to_string())?;
    out.flush().map_err(|error| error.to_string())
}
