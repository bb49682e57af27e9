//! What the manifest says of a frame's catalogue, whichever engine made it.

use products::frame_set::{describe, describe_plate};
use products::source_catalog::DepthFacts;
use products::{FrameSet, PsfModelSet, SourceFacts};
use sky_catalog::Source;
use sky_image::Header;
use step_contract::DoneUnit;

use crate::DetectConfig;

/// A frame whose catalogue is written.
pub(crate) struct Catalogued<'a> {
    pub(crate) frame: &'a DoneUnit<'a, FrameSet>,
    pub(crate) psf: Option<&'a DoneUnit<'a, PsfModelSet>>,
    pub(crate) header: &'a Header,
    /// Height and width.
    pub(crate) shape_px: (usize, usize),
    pub(crate) sources: &'a [Source],
    pub(crate) background_adu: f64,
    pub(crate) background_rms_adu: f64,
    pub(crate) threshold_adu: f64,
    pub(crate) depth: Option<DepthFacts>,
}

impl Catalogued<'_> {
    /// Its facts.
    pub(crate) fn facts(self, config: &DetectConfig) -> SourceFacts {
        let (height, width) = self.shape_px;
        let astrometry = describe(self.header, width, height).ok();
        let scale_arcsec = astrometry.as_ref().map(|astrometry| astrometry.pixel_scale_arcsec);
        let name = format!("{}.cat", self.frame.id());
        SourceFacts {
            objects_detected: self.sources.len() as u64,
            p1_cat: self.psf.is_none().then(|| name.clone()),
            p2_cat: self.psf.is_some().then_some(name),
            psf_model_used: self.psf.map(|psf| psf.facts().psf_model.clone()),
            width_px: Some(width as u64),
            height_px: Some(height as u64),
            background_adu: Some(self.background_adu),
            background_rms_adu: Some(self.background_rms_adu),
            threshold_adu: Some(self.threshold_adu),
            threshold_sigma: Some(config.detect.threshold_sigma),
            fwhm_median_px: median_fwhm_px(self.sources),
            masked_count: Some(self.sources.iter().filter(|source| source.image_flags != 0).count() as u64),
            depth: self.depth,
            plate: Some(describe_plate(self.header, scale_arcsec)),
            astrometry,
        }
    }
}

/// Median FWHM_IMAGE of the sources that have one; `None` of none.
fn median_fwhm_px(sources: &[Source]) -> Option<f64> {
    let mut widths: Vec<f64> = sources.iter().map(|s| s.isophotal.fwhm_px).filter(|width| *width > 0.0).collect();
    sky_stats::median(&mut widths)
}
