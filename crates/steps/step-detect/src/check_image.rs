//! SExtractor's check images.

use std::io::Write;

use ndarray::Array2;
use sky_catalog::Source;
use sky_detect::{Detection, REJECTED};
use sky_fits::{FitsError, PixelData};
use sky_image::{CardValue, Header};

use crate::check_image_kind::CheckImage;
use crate::{DetectConfig, DetectError};

/// What an outline adds to its pixels, in units of the noise of the sky (as source-extractor's do).
const OUTLINE_SIGMA: f64 = 30.0;
/// Steps of an outline for each pixel of its length.
const STEPS_PER_PX: f64 = 2.0;

impl CheckImage {
    /// Writes it; `header` is that of the image.
    pub(crate) fn write(
        self,
        mut writer: &mut dyn Write,
        header: &Header,
        found: &Detection,
        config: &DetectConfig,
    ) -> Result<(), DetectError> {
        let height = found.pixels.nrows();
        let mut header = header.clone();
        for keyword in ["BSCALE", "BZERO", "BLANK", "DATAMIN", "DATAMAX", "CHECKSUM", "DATASUM"] {
            header.remove(keyword);
        }
        let mesh_header = {
            let mut header = Header::new();
            let cell = f64::from(config.background.mesh_px);
            header.push("LTM1_1", CardValue::Real(1.0 / cell), "pixels of the mesh a pixel of the image");
            header.push("LTM2_2", CardValue::Real(1.0 / cell), "pixels of the mesh a pixel of the image");
            header
        };
        let mut write = |header: &Header, pixels: PixelData<'_>| -> Result<(), FitsError> {
            sky_fits::write_image(&mut writer, header, pixels)
        };
        match self {
            Self::Background => write(&header, PixelData::F32(&found.background.level_image(height)))?,
            Self::BackgroundRms => write(&header, PixelData::F32(&found.background.rms_image(height)))?,
            Self::Minibackground => write(&mesh_header, PixelData::F32(found.background.level.values()))?,
            Self::MinibackRms => write(&mesh_header, PixelData::F32(found.background.rms.values()))?,
            Self::MinusBackground => write(&header, PixelData::F32(&found.pixels))?,
            Self::Filtered => {
                let filter = sky_detect::Filter::new(&config.detect.filter_kernel);
                let filter = filter.map_err(sky_detect::DetectError::from)?;
                let searched = found.searched.as_ref().unwrap_or(&found.pixels);
                let mut filtered = Array2::zeros(searched.dim());
                filter.apply(searched.view(), 0, &mut filtered);
                write(&header, PixelData::F32(&filtered))?;
            }
            Self::Objects => write(&header, PixelData::F32(&owned(found, true)))?,
            Self::MinusObjects => write(&header, PixelData::F32(&owned(found, false)))?,
            Self::Segmentation => write(&header, PixelData::I32(&segmentation(found)))?,
            Self::Apertures => write(&header, PixelData::F32(&apertures(found, config)))?,
        }
        Ok(())
    }
}

/// Numbers of the sources; what was too small to be one counts as sky.
fn segmentation(found: &Detection) -> Array2<i32> {
    let (height, width) = found.pixels.dim();
    let mut numbers = Array2::zeros((height, width));
    let mut owners = vec![0; width];
    for (y, mut row) in numbers.rows_mut().into_iter().enumerate() {
        found.segmentation.write_row(y, &mut owners);
        row.iter_mut()
            .zip(&owners)
            .for_each(|(number, owner)| *number = if *owner == REJECTED { 0 } else { *owner as i32 });
    }
    numbers
}

/// The image where pixels belong to sources (or where they do not), zero elsewhere.
fn owned(found: &Detection, by_sources: bool) -> Array2<f32> {
    let mut pixels = found.pixels.clone();
    ndarray::Zip::from(&mut pixels).and(&segmentation(found)).for_each(|pixel, number| {
        if (*number != 0) != by_sources {
            *pixel = 0.0;
        }
    });
    pixels
}

/// The image with the outlines of its apertures.
fn apertures(found: &Detection, config: &DetectConfig) -> Array2<f32> {
    let mut pixels = found.pixels.clone();
    let level = (OUTLINE_SIGMA * found.background.rms_adu) as f32;
    for source in &found.sources {
        for diameter in &config.photometry.aperture_diameters_px {
            outline(&mut pixels, &found.pixels, source, (0.5 * diameter, 0.5 * diameter, 0.0), level);
        }
        let ellipse = source.isophotal.ellipse;
        if source.kron_radius > 0.0 {
            let axes = (source.kron_radius * ellipse.major_px, source.kron_radius * ellipse.minor_px);
            outline(&mut pixels, &found.pixels, source, (axes.0, axes.1, ellipse.angle_deg), level);
        }
    }
    pixels
}

/// Draws an ellipse (half axes in pixels, angle in degrees) around a source.
fn outline(
    pixels: &mut Array2<f32>,
    sky: &Array2<f32>,
    source: &Source,
    (major, minor, angle_deg): (f64, f64, f64),
    level: f32,
) {
    let turn = std::f64::consts::TAU;
    let steps = (STEPS_PER_PX * turn * major).ceil().clamp(8.0, 1.0e5) as usize;
    let (sin, cos) = (libm::sin(angle_deg.to_radians()), libm::cos(angle_deg.to_radians()));
    for step in 0..steps {
        let angle = turn * step as f64 / steps as f64;
        let (along, across) = (major * libm::cos(angle), minor * libm::sin(angle));
        let x = source.x_px + along * cos - across * sin + 0.5;
        let y = source.y_px + along * sin + across * cos + 0.5;
        if x >= 0.0
            && y >= 0.0
            && let Some(pixel) = pixels.get_mut((y as usize, x as usize))
        {
            *pixel = sky[[y as usize, x as usize]] + level;
        }
    }
}
