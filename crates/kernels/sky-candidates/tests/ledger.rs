//! The ledger closes: every row is kept or has a reason, and the stored row gives the same verdict again.

use proptest::prelude::*;
use sky_candidates::{
    DetectionRow, Extent, JudgeParams, NearStar, Order, RuleSet, SpikeStars, Veto, judge, reasons_of,
};

fn row() -> impl Strategy<Value = DetectionRow> {
    let number = prop_oneof![5 => 0.0_f64..100.0, 1 => Just(f64::NAN)];
    let shape = (number, 1.0_f64..9.0, 1.0_f64..1.6, -0.01_f64..0.02, 0_u8..9, 0_u8..9);
    let star = proptest::option::of((5.0_f64..16.0, 5.0_f64..170.0));
    let context = (0_u16..4, 0_u16..32, any::<bool>(), star.clone(), star, proptest::option::of(0.0_f64..5.0));
    (shape, context).prop_map(
        |((snr_win, fwhm_px, elongation, spread_model, x, y), (flags, bits, is_star, a, b, veto))| {
            let near = |(mag, separation_arcsec)| NearStar { mag, separation_arcsec };
            DetectionRow {
                number: 1,
                flags,
                mask_bits: bits,
                snr_win,
                fwhm_px,
                elongation,
                spread_model,
                extent: Extent { x_px: f64::from(x), y_px: f64::from(y) },
                is_star,
                spikes: SpikeStars { constant: a.map(near), line: b.map(near) },
                vetoes: veto
                    .map(|separation_arcsec| Veto { catalog: "gaia".to_owned(), separation_arcsec, radius_arcsec: 5.0 })
                    .into_iter()
                    .collect(),
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(8), ..ProptestConfig::default() })]

    #[test]
    fn counts_close_and_rows_judge_alike_alone(
        rows in prop::collection::vec(row(), 0..60),
        rule_set in prop::sample::select(vec![RuleSet::Solano2022, RuleSet::Calibrated, RuleSet::Evidence]),
        order in prop::sample::select(vec![Order::VetoFirst, Order::FilterFirst]),
    ) {
        let params = JudgeParams { rule_set, order, ..JudgeParams::default() };
        let verdict = judge(&rows, &params);
        let dropped = rows.len() - verdict.kept();
        prop_assert_eq!(verdict.first_reasons().values().sum::<u64>(), dropped as u64);
        prop_assert!(verdict.all_reasons().values().sum::<u64>() >= dropped as u64);
        for (row, reasons) in rows.iter().zip(&verdict.reasons) {
            let again = reasons_of(row, &verdict.statistics, &params);
            let text = |reasons: &[sky_candidates::Reason]| reasons.iter().map(ToString::to_string).collect::<Vec<_>>();
            prop_assert_eq!(text(&again), text(reasons));
        }
    }

    /// The calibrated set knows no pixel: the same sky on a grid twice as fine is judged alike.
    #[test]
    fn the_calibrated_set_does_not_see_the_pixel_scale(rows in prop::collection::vec(row(), 1..60)) {
        let params = JudgeParams { rule_set: RuleSet::Calibrated, ..JudgeParams::default() };
        let finer: Vec<DetectionRow> = rows
            .iter()
            .map(|row| DetectionRow {
                fwhm_px: 2.0 * row.fwhm_px,
                extent: Extent { x_px: 2.0 * row.extent.x_px, y_px: 2.0 * row.extent.y_px },
                ..row.clone()
            })
            .collect();
        let names = |rows: &[DetectionRow]| -> Vec<Vec<String>> {
            judge(rows, &params).reasons.iter().map(|r| r.iter().map(|r| r.rule.name()).collect()).collect()
        };
        prop_assert_eq!(names(&finer), names(&rows));
    }
}

#[test]
fn evidence_does_not_look_at_shape() {
    let odd = DetectionRow {
        number: 1,
        flags: 2,
        mask_bits: 4,
        snr_win: 11.0,
        fwhm_px: 0.5,
        elongation: 4.0,
        spread_model: -0.5,
        extent: Extent { x_px: f64::NAN, y_px: f64::NAN },
        is_star: false,
        spikes: SpikeStars::default(),
        vetoes: Vec::new(),
    };
    let params = JudgeParams { rule_set: RuleSet::Evidence, ..JudgeParams::default() };
    let names = |row: DetectionRow| -> Vec<String> {
        judge(&[row], &params).reasons[0].iter().map(|reason| reason.rule.name()).collect()
    };
    assert_eq!(names(odd.clone()), [""; 0], "a blended, saturated, sharp and elongated source is kept");
    assert_eq!(names(DetectionRow { flags: 8, ..odd.clone() }), ["flags"], "cut by the edge of the image");
    assert_eq!(names(DetectionRow { mask_bits: 2, ..odd.clone() }), ["mask"], "inside a spike");
    assert_eq!(names(DetectionRow { snr_win: 10.0, ..odd }), ["snr"]);
}

#[test]
fn names_in_configuration_and_manifest_agree() {
    for (rule_set, order) in [(RuleSet::Solano2022, Order::VetoFirst), (RuleSet::Evidence, Order::FilterFirst)] {
        assert_eq!(serde_json::json!(rule_set), rule_set.name());
        assert_eq!(serde_json::json!(order), order.name());
    }
}
