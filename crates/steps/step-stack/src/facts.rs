//! Facts of a stack.

use products::facts::{
    AstrometryFacts, CameraFacts, ExposureFacts, FrameKind, Rejection as Named, RejectionFacts, StackFacts,
    StackMember, TimeFacts,
};
use products::{FrameFacts, FrameSet};
use sky_coords::julian_from_mjd;
use sky_stack::Rejection;

use crate::blocks::Counts;
use crate::config::StackConfig;
use crate::members::Members;
use crate::times::{self, iso};

/// The facts of a stack.
pub(crate) fn of(
    config: &StackConfig,
    members: &Members,
    group: &step_contract::Group<'_, FrameSet>,
    counts: &Counts,
) -> FrameFacts {
    let times = times::of(&members.frames, config.gap_s);
    let reference = &members.frames[members.reference];
    let (height, width) = members.shape;
    let night = |place: usize| members.frames[place].facts.time.as_ref().and_then(|time| time.night.clone());
    let one_night = (0..members.frames.len()).all(|place| night(place) == night(0));
    let exposure = reference.facts.exposure.as_ref().map(|exposure| ExposureFacts {
        date_obs_raw: None,
        date_obs_corrected: None,
        date_obs: times.first_start.map(iso),
        mjd_mid: times.mid,
        epoch_yr: times.mid.map(julian_from_mjd),
        ..exposure.clone()
    });
    FrameFacts {
        planes: (members.planes > 1).then_some(members.planes as u64),
        group: reference.facts.root.clone(),
        kind: Some(FrameKind::Light),
        root: reference.facts.root.clone(),
        astrometry: AstrometryFacts::of_header(&reference.frame.header, width, height).ok(),
        exposure,
        // The colours are planes now.
        camera: reference.facts.camera.clone().map(|camera| CameraFacts { bayer: None, ..camera }),
        time: Some(TimeFacts {
            start_utc: times.first_start.map(iso),
            mid_utc: times.mid.map(iso),
            end_utc: times.last_end.map(iso),
            night: night(0).filter(|_| one_night),
            ..TimeFacts::default()
        }),
        stack: Some(StackFacts {
            members: members
                .frames
                .iter()
                .map(|member| StackMember {
                    unit: member.id.clone(),
                    weight: member.weight,
                    noise_adu: Some(member.noise_adu),
                })
                .collect(),
            offered_count: group.members.len() as u64,
            unselected_count: group.rejected().count() as u64,
            failed_count: group.missing().count() as u64,
            rejection: rejection(config, counts),
            normalisation: word(&config.normalisation),
            weighting: word(&config.weights.weighting),
            livetime_s: times.livetime_s,
            first_start_utc: times.first_start.map(iso),
            mid_utc: times.mid.map(iso),
            last_end_utc: times.last_end.map(iso),
            union_s: times.union_s,
            gaps: times.gaps,
        }),
        ..FrameFacts::new(width, height)
    }
}

/// The word that the configuration has for a choice.
fn word(choice: &impl serde::Serialize) -> Option<String> {
    serde_json::to_value(choice).ok().and_then(|value| value.as_str().map(str::to_owned))
}

fn rejection(config: &StackConfig, counts: &Counts) -> Option<RejectionFacts> {
    let params = &config.rejection;
    let sigma = (params.low_sigma, params.high_sigma);
    let (method, (low, high)) = match counts.method {
        Rejection::None | Rejection::Auto => return None,
        Rejection::Percentile => (Named::Percentile, (params.percentile_low, params.percentile_high)),
        Rejection::Sigma => (Named::SigmaClip, sigma),
        Rejection::MedianSigma => (Named::MedianSigma, sigma),
        Rejection::Mad => (Named::MadClip, sigma),
        Rejection::WinsorizedSigma => (Named::Winsorized, sigma),
        Rejection::LinearFit => (Named::LinearFit, (params.line_low, params.line_high)),
        Rejection::Esd => (Named::Gesdt, (params.esd_outliers, params.esd_significance)),
    };
    let share = |count: u64| count as f64 / counts.values.max(1) as f64;
    Some(RejectionFacts {
        method,
        low,
        high,
        rejected_low_fraction: share(counts.rejected_low),
        rejected_high_fraction: share(counts.rejected_high),
    })
}
