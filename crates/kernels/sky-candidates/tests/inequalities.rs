//! Solano et al. 2022 to the letter: each rule below, at and above its threshold.

use sky_candidates::{
    CatalogueStar, DetectionRow, Extent, JudgeParams, Order, RuleSet, SpikeParams, SpikePick, SpikeStars, Veto, judge,
    spike_stars,
};
use sky_coords::SkyPos;

fn star() -> DetectionRow {
    DetectionRow {
        number: 1,
        flags: 0,
        mask_bits: 0,
        snr_win: 100.0,
        fwhm_px: 3.0,
        elongation: 1.05,
        spread_model: 0.001,
        extent: Extent { x_px: 6.0, y_px: 6.0 },
        is_star: true,
        spikes: SpikeStars::default(),
        vetoes: Vec::new(),
    }
}

fn solano() -> JudgeParams {
    JudgeParams { rule_set: RuleSet::Solano2022, ..JudgeParams::default() }
}

/// Reasons of one row among 40 stars like [`star`], all of one shape: without scatter the clips keep every finite value.
fn reasons(change: impl FnOnce(&mut DetectionRow)) -> Vec<String> {
    let mut rows = vec![star(); 41];
    change(&mut rows[0]);
    judge(&rows, &solano()).reasons[0].iter().map(|reason| reason.rule.name()).collect()
}

#[test]
fn a_star_is_kept() {
    assert_eq!(reasons(|_| {}), [""; 0]);
}

#[test]
fn flags_must_be_zero() {
    assert_eq!(reasons(|row| row.flags = 1), ["flags"]);
    assert_eq!(reasons(|row| row.flags = 64), ["flags"]);
}

#[test]
fn snr_win_is_above_30() {
    assert_eq!(reasons(|row| row.snr_win = 29.9999), ["snr"]);
    assert_eq!(reasons(|row| row.snr_win = 30.0), ["snr"]);
    assert_eq!(reasons(|row| row.snr_win = 30.0001), [""; 0]);
}

#[test]
fn spread_model_is_above_its_limit() {
    assert_eq!(reasons(|row| row.spread_model = -0.002), ["spread_model"]);
    assert_eq!(reasons(|row| row.spread_model = -0.0021), ["spread_model"]);
    assert_eq!(reasons(|row| row.spread_model = -0.001_99), [""; 0]);
    assert_eq!(reasons(|row| row.spread_model = f64::NAN), ["spread_model"], "missing is dropped");
}

#[test]
fn fwhm_lies_between_2_and_7() {
    for (fwhm, dropped) in [(1.9999, true), (2.0, true), (2.0001, false), (6.9999, false), (7.0, true), (7.0001, true)]
    {
        let expected: &[&str] = if dropped { &["fwhm"] } else { &[] };
        assert_eq!(reasons(|row| row.fwhm_px = fwhm), expected, "FWHM_IMAGE {fwhm}");
    }
}

#[test]
fn elongation_is_below_1_3() {
    assert_eq!(reasons(|row| row.elongation = 1.2999), [""; 0]);
    assert_eq!(reasons(|row| row.elongation = 1.3), ["elongation"]);
    assert_eq!(reasons(|row| row.elongation = 1.3001), ["elongation"]);
}

#[test]
fn extents_are_wide_and_alike() {
    let extent = |x_px, y_px| reasons(|row| row.extent = Extent { x_px, y_px });
    assert_eq!(extent(6.0, 7.0), [""; 0], "difference 1");
    assert_eq!(extent(6.0, 8.0), ["extent_delta"], "difference 2");
    assert_eq!(extent(1.0, 2.0), ["extent_min"], "1 is too small");
    assert_eq!(extent(2.0, 2.0), [""; 0], "2 is enough");
    assert_eq!(extent(f64::NAN, 2.0), ["extent_nan"], "a missing column never passes");
}

#[test]
fn the_clips_keep_two_sigma_and_their_limit() {
    // Median 3, MAD 0.25: two sigma are 0.7413 wide.
    let mut rows: Vec<DetectionRow> = vec![star(); 7];
    for (row, fwhm) in rows.iter_mut().zip([2.5, 2.75, 3.0, 3.25, 3.5, 3.0 + 2.0 * 1.4826 * 0.25, 3.7414]) {
        row.fwhm_px = fwhm;
    }
    // The last two are vetoed, so that they are judged and are not in the population.
    for row in &mut rows[5..] {
        row.vetoes = vec![Veto { catalog: "gaia".to_owned(), separation_arcsec: 0.1, radius_arcsec: 5.0 }];
    }
    let verdict = judge(&rows, &solano());
    assert_eq!(
        (verdict.statistics.fwhm.count, verdict.statistics.fwhm.median, verdict.statistics.fwhm.mad),
        (5, 3.0, 0.25)
    );
    let names = |i: usize| verdict.reasons[i].iter().map(|reason| reason.rule.name()).collect::<Vec<_>>();
    assert_eq!(names(5), ["veto_gaia"], "exactly two sigma stays");
    assert_eq!(names(6), ["veto_gaia", "sigma_clip_fwhm"], "just beyond does not");
}

#[test]
fn the_order_decides_the_population_and_the_first_reason() {
    let mut rows = vec![star(); 10];
    for (i, row) in rows.iter_mut().enumerate() {
        row.fwhm_px = 3.0 + 0.1 * i as f64;
        if i >= 5 {
            row.vetoes = vec![Veto { catalog: "usnob".to_owned(), separation_arcsec: 1.0, radius_arcsec: 5.0 }];
        }
    }
    rows[9].snr_win = 1.0;
    for (order, count, population, first) in
        [(Order::VetoFirst, 5, "unvetoed_flags_snr", "veto_usnob"), (Order::FilterFirst, 9, "flags_snr", "snr")]
    {
        let verdict = judge(&rows, &JudgeParams { order, ..solano() });
        let clip = &verdict.statistics.fwhm;
        assert_eq!((clip.count, clip.population), (count, population), "{order:?}");
        assert_eq!(verdict.reasons[9][0].rule.name(), first, "{order:?}");
    }
}

const PLACE: SkyPos = SkyPos { ra_deg: 150.0, dec_deg: 20.0 };

fn catalogue(stars: &[(f64, f64)]) -> Vec<CatalogueStar> {
    let north = |arcsec: f64| SkyPos::new(PLACE.ra_deg, PLACE.dec_deg + arcsec / 3600.0);
    stars.iter().map(|&(mag, arcsec)| CatalogueStar { position: north(arcsec), mag }).collect()
}

fn spike_reasons(stars: &[(f64, f64)], params: &SpikeParams) -> Vec<String> {
    let found = spike_stars(&[PLACE], &catalogue(stars), params).expect("radii");
    let rows = [DetectionRow { spikes: found[0], ..star() }];
    let params = JudgeParams { spikes: params.clone(), ..solano() };
    judge(&rows, &params).reasons[0].iter().map(|reason| reason.rule.name()).collect()
}

#[test]
fn the_line_keeps_equality() {
    let params = SpikeParams::default();
    assert_eq!(spike_reasons(&[(12.6, 30.0)], &params), [""; 0], "12.60 at 30 arcsec lies on the line");
    assert_eq!(spike_reasons(&[(12.5999, 30.0)], &params), ["spike_line"]);
    // Below 12.4 the CONST rule speaks as well.
    assert_eq!(spike_reasons(&[(9.0, 60.0)], &params), ["spike_const", "spike_line"]);
}

#[test]
fn the_constant_rule_ends_at_90_arcsec() {
    let params = SpikeParams::default();
    assert_eq!(spike_reasons(&[(12.4, 89.0)], &params), ["spike_const"]);
    assert_eq!(spike_reasons(&[(12.4, 90.0)], &params), ["spike_const"], "the limit counts");
    assert_eq!(spike_reasons(&[(12.4, 91.0)], &params), [""; 0]);
    assert_eq!(spike_reasons(&[(12.4001, 89.0)], &params), [""; 0]);
}

#[test]
fn a_faint_near_star_does_not_hide_a_bright_far_one() {
    let stars = [(15.9, 10.0), (6.0, 100.0)];
    assert_eq!(spike_reasons(&stars, &SpikeParams::default()), ["spike_line"], "any star in reach counts");
    let nearest = SpikeParams { pick: SpikePick::Nearest, ..SpikeParams::default() };
    assert_eq!(spike_reasons(&stars, &nearest), [""; 0], "the public code's way looks at the near one only");
}

#[test]
fn a_detection_is_not_its_own_spike_and_sentinels_are_no_stars() {
    assert_eq!(spike_reasons(&[(13.0, 0.3)], &SpikeParams::default()), [""; 0], "the star itself");
    for sentinel in [-999.0, -1.0, 99.99, f64::NAN] {
        assert_eq!(spike_reasons(&[(sentinel, 20.0)], &SpikeParams::default()), [""; 0], "magnitude {sentinel}");
    }
}

#[test]
fn a_reason_says_value_and_threshold() {
    let rows = [DetectionRow { snr_win: 12.5, ..star() }, DetectionRow { spread_model: f64::NAN, ..star() }];
    let verdict = judge(&rows, &solano());
    assert_eq!(verdict.reasons[0][0].to_string(), "snr(12.5;30)");
    assert_eq!(verdict.reasons[1][0].to_string(), "spread_model(missing;-0.002)");
}
