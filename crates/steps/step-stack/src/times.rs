//! When a stack was exposed: first start, middle, last end, the union of its exposures and the gaps between them.

use products::facts::StackGap;
use sky_coords::{DateObs, iso_from_mjd};

use crate::members::Member;

/// Seconds in a day.
const DAY_S: f64 = 86_400.0;

/// The times of a stack; absent where a member says none.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Times {
    pub(crate) first_start: Option<f64>,
    /// Mean of the mid-exposures, each by its weight and its length.
    pub(crate) mid: Option<f64>,
    pub(crate) last_end: Option<f64>,
    pub(crate) union_s: Option<f64>,
    pub(crate) gaps: Vec<StackGap>,
    pub(crate) livetime_s: f64,
}

/// The exposures of members: start and end as modified Julian dates, weight.
pub(crate) fn of(members: &[Member], gap_s: f64) -> Times {
    let exposure = |member: &Member| member.facts.exposure.as_ref().and_then(|exposure| exposure.exposure_s);
    let livetime_s = members.iter().filter_map(exposure).sum();
    let exposures: Option<Vec<(f64, f64, f64)>> = members
        .iter()
        .map(|member| {
            let start = member.facts.time.as_ref().and_then(|time| time.start_utc.as_deref())?;
            let begin = DateObs::parse(start).ok()?.mjd;
            Some((begin, begin + exposure(member)? / DAY_S, member.weight))
        })
        .collect();
    let Some(mut exposures) = exposures.filter(|exposures| !exposures.is_empty()) else {
        return Times { livetime_s, ..Times::default() };
    };
    exposures.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    between(&exposures, gap_s, livetime_s)
}

fn between(exposures: &[(f64, f64, f64)], gap_s: f64, livetime_s: f64) -> Times {
    let first = exposures[0].0;
    let (mut union, mut end) = (0.0, first);
    let (mut weighted, mut weights) = (0.0, 0.0);
    let mut gaps = Vec::new();
    for (begin, finish, weight) in exposures {
        let idle_s = (begin - end) * DAY_S;
        if idle_s > gap_s {
            gaps.push(StackGap { start_utc: iso(end), seconds: (idle_s * 1e3).round() / 1e3 });
        }
        union += (finish - begin.max(end)).max(0.0);
        end = end.max(*finish);
        // Differences to the first start keep all digits.
        let light = weight * (finish - begin);
        weighted += light * (0.5 * (begin + finish) - first);
        weights += light;
    }
    Times {
        first_start: Some(first),
        mid: Some(if weights > 0.0 { first + weighted / weights } else { 0.5 * (first + end) }),
        last_end: Some(end),
        union_s: Some((union * DAY_S * 1e3).round() / 1e3),
        gaps,
        livetime_s,
    }
}

/// UTC with milliseconds.
pub(crate) fn iso(mjd: f64) -> String {
    iso_from_mjd((mjd * DAY_S * 1e3).round() / (DAY_S * 1e3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_exposures_count_once_and_a_break_is_a_gap() {
        let s = |seconds: f64| 60_000.0 + seconds / DAY_S;
        // Two cameras at once from 0 to 60, one frame from 65 to 125, one after a break from 725 to 785 with three times the weight.
        let exposures =
            [(s(0.0), s(60.0), 1.0), (s(0.0), s(60.0), 1.0), (s(65.0), s(125.0), 1.0), (s(725.0), s(785.0), 3.0)];
        let times = between(&exposures, 60.0, 240.0);
        assert_eq!(times.union_s, Some(180.0));
        assert_eq!(times.gaps.len(), 1, "5 s between frames is no gap: {:?}", times.gaps);
        assert!((times.gaps[0].seconds - 600.0).abs() < 2e-3, "{:?}", times.gaps);
        let mid = (times.mid.expect("times") - 60_000.0) * DAY_S;
        assert!((mid - (30.0 + 30.0 + 95.0 + 3.0 * 755.0) / 6.0).abs() < 2e-3, "{mid}");
        assert!(((times.last_end.expect("times") - 60_000.0) * DAY_S - 785.0).abs() < 2e-3);
    }
}
