//! What the manifest says of a frame's catalogue, whichever engine made it.

use products::facts::DepthFacts;
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
        let name = format!("{}.cat", self.frame.id());
        SourceFacts {
            // mark: pass-1-told
            p1_cat: self.psf.is_none().then(|| name.clone()),
            // mark: pass-2-told
            p2_cat: self.psf.is_some().then_some(name),
            // mark: psf-model-told
            psf_model_used: self.psf.map(|psf| psf.facts().psf_model.clone()),
            background_adu: Some(self.background_adu),
            background_rms_adu: Some(self.background_rms_adu),
            threshold_adu: Some(self.threshold_adu),
            threshold_sigma: Some(config.detect.threshold_sigma),
            fwhm_median_px: median_fwhm_px(self.sources),
            masked_count: Some(self.sources.iter().filter(|source| source.image_flags != 0).count() as u64),
            depth: self.depth,
            group: self.frame.facts().group.clone(),
            kind: self.frame.facts().kind,
            root: self.frame.facts().root.clone(),
            ..SourceFacts::new(self.sources.len() as u64).with_header(self.header, Some((width as u64, height as u64)))
        }
    }
}

/// Median FWHM_IMAGE of the sources that have one; `None` of none.
fn median_fwhm_px(sources: &[Source]) -> Option<f64> {
    let mut widths: Vec<f64> = sources.iter().map(|s| s.isophotal.fwhm_px).filter(|width| *width > 0.0).collect();
    sky_stats::median(&mut widths)
}
