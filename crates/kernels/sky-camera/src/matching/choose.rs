//! The choice.

use super::params::{MatchParams, NightRule};
use super::setup::{MasterKind, Property, Setup};

/// A property by which a master does not belong to a frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// The property.
    pub property: Property,
    /// Its value for the frame; `none` where nothing said it.
    pub wanted: String,
    /// Its value for the master.
    pub found: String,
    /// Difference of the two, where both are numbers.
    pub off_by: Option<f64>,
    /// Difference that is allowed.
    pub tolerance: f64,
}

/// What came of the choice among masters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Exactly one belongs to the frame: its place.
    One(usize),
    /// None does.
    None,
    /// Several do, and nothing tells which: their places. It is refused, not guessed.
    Several(Vec<usize>),
}

/// Why a master of that kind does not belong to a frame; empty where it does.
pub fn mismatches(frame: &Setup, master: &Setup, kind: MasterKind, params: &MatchParams) -> Vec<Mismatch> {
    let mut properties = Property::of(kind).to_vec();
    if kind == MasterKind::Flat && params.flat_night == NightRule::Any {
        properties.retain(|property| *property != Property::Night);
    }
    // A bias of a camera that tells no temperature is known by its night alone.
    if kind == MasterKind::Bias && is_by_night(frame, master) {
        properties.retain(|property| *property != Property::Temperature);
        properties.push(Property::Night);
    }
    properties.into_iter().filter_map(|property| mismatch(property, frame, master, params)).collect()
}

/// Whether a bias can only be told by its night: one of the two has no temperature.
pub const fn is_by_night(frame: &Setup, master: &Setup) -> bool {
    frame.temperature_c.is_none() || master.temperature_c.is_none()
}

fn mismatch(property: Property, frame: &Setup, master: &Setup, params: &MatchParams) -> Option<Mismatch> {
    let tolerance = match property {
        Property::Temperature => params.temperature_tolerance_c,
        Property::Exposure => params.exposure_tolerance_s,
        Property::FocalLength => params.focal_length_tolerance_mm,
        _ => 0.0,
    };
    let (wanted, found) = (property.shown(frame), property.shown(master));
    let off_by = property.number(frame).zip(property.number(master)).map(|(a, b)| (a - b).abs());
    let fits = match off_by {
        // 300.05 - 300 is a little more than 0.05 in binary.
        Some(off_by) => off_by <= tolerance * (1.0 + 1e-9) + 1e-9,
        None => same_text(&wanted, &found),
    };
    (!fits).then_some(Mismatch { property, wanted, found, off_by, tolerance })
}

/// Names are the same in any case and with any spaces around.
fn same_text(a: &str, b: &str) -> bool {
    a.trim().eq_ignore_ascii_case(b.trim())
}

/// The master that belongs to a frame. Of several that do, the one of the frame's night where there is exactly one.
pub fn choose(frame: &Setup, masters: &[&Setup], kind: MasterKind, params: &MatchParams) -> Choice {
    let fits: Vec<usize> =
        (0..masters.len()).filter(|place| mismatches(frame, masters[*place], kind, params).is_empty()).collect();
    match fits.as_slice() {
        [] => Choice::None,
        [one] => Choice::One(*one),
        several => {
            let of_night: Vec<usize> = several
                .iter()
                .copied()
                .filter(|place| frame.night.is_some() && masters[*place].night == frame.night)
                .collect();
            match of_night.as_slice() {
                [one] => Choice::One(*one),
                _ => Choice::Several(fits),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use sky_image::BayerPattern;

    use super::*;

    fn setup() -> Setup {
        Setup {
            camera: Some("ZWO ASI2600MM Pro".to_owned()),
            gain: Some(100.0),
            iso: None,
            offset: Some(50.0),
            temperature_c: Some(-10.0),
            exposure_s: Some(300.0),
            binning: Some((1, 1)),
            readout_mode: Some("High Gain".to_owned()),
            size_px: Some((6248, 4176)),
            bayer: None,
            filter: Some("L".to_owned()),
            optic: Some("SQA55".to_owned()),
            focal_length_mm: Some(264.0),
            night: Some("2024-01-15".to_owned()),
        }
    }

    fn with(change: impl FnOnce(&mut Setup)) -> Setup {
        let mut changed = setup();
        change(&mut changed);
        changed
    }

    /// A case: its name, the kind, the master, and the properties that must be named.
    type Case = (&'static str, MasterKind, Setup, &'static [Property]);

    #[test]
    fn each_property_counts_for_the_kinds_that_it_belongs_to_and_to_the_last_digit() {
        use MasterKind::{Bias, Dark, DarkFlat, Flat};
        use Property as P;
        let cases: Vec<Case> = vec![
            ("the same", Bias, setup(), &[]),
            ("the same", Dark, setup(), &[]),
            ("the same", DarkFlat, setup(), &[]),
            ("the same", Flat, setup(), &[]),
            ("2 degrees warmer", Dark, with(|s| s.temperature_c = Some(-8.0)), &[]),
            ("2.01 degrees warmer", Dark, with(|s| s.temperature_c = Some(-7.99)), &[P::Temperature]),
            ("2 degrees colder", Bias, with(|s| s.temperature_c = Some(-12.0)), &[]),
            ("2.01 degrees colder", Bias, with(|s| s.temperature_c = Some(-12.01)), &[P::Temperature]),
            ("any temperature", Flat, with(|s| s.temperature_c = Some(20.0)), &[]),
            ("0.05 s longer", Dark, with(|s| s.exposure_s = Some(300.05)), &[]),
            ("0.051 s longer", Dark, with(|s| s.exposure_s = Some(300.051)), &[P::Exposure]),
            ("0.05 s shorter", DarkFlat, with(|s| s.exposure_s = Some(299.95)), &[]),
            ("another exposure", DarkFlat, with(|s| s.exposure_s = Some(2.0)), &[P::Exposure]),
            ("another exposure", Bias, with(|s| s.exposure_s = Some(0.001)), &[]),
            ("another exposure", Flat, with(|s| s.exposure_s = Some(2.0)), &[]),
            ("one step of gain", Bias, with(|s| s.gain = Some(101.0)), &[P::Gain]),
            ("one step of gain", Dark, with(|s| s.gain = Some(101.0)), &[P::Gain]),
            ("one step of gain", Flat, with(|s| s.gain = Some(101.0)), &[P::Gain]),
            ("gain 0 is a gain", Dark, with(|s| s.gain = Some(0.0)), &[P::Gain]),
            ("no gain", Dark, with(|s| s.gain = None), &[P::Gain]),
            ("another offset", Dark, with(|s| s.offset = Some(30.0)), &[P::Offset]),
            ("no offset", Bias, with(|s| s.offset = None), &[P::Offset]),
            ("another ISO", Dark, with(|s| s.iso = Some(800.0)), &[P::Iso]),
            ("another camera", Bias, with(|s| s.camera = Some("ZWO ASI533MM".to_owned())), &[P::Camera]),
            ("case and spaces", Bias, with(|s| s.camera = Some(" zwo asi2600mm pro".to_owned())), &[]),
            ("no camera", Dark, with(|s| s.camera = None), &[P::Camera]),
            ("another mode", Dark, with(|s| s.readout_mode = Some("Low Noise".to_owned())), &[P::ReadoutMode]),
            ("no mode", Bias, with(|s| s.readout_mode = None), &[P::ReadoutMode]),
            ("bin 2", Dark, with(|s| s.binning = Some((2, 2))), &[P::Binning]),
            ("bin 1x2", Flat, with(|s| s.binning = Some((1, 2))), &[P::Binning]),
            ("a crop", Dark, with(|s| s.size_px = Some((6248, 4174))), &[P::Size]),
            ("another pattern", Dark, with(|s| s.bayer = Some(BayerPattern::Rggb)), &[P::Bayer]),
            ("another filter", Flat, with(|s| s.filter = Some("R".to_owned())), &[P::Filter]),
            ("another filter", Dark, with(|s| s.filter = Some("R".to_owned())), &[]),
            ("another telescope", Flat, with(|s| s.optic = Some("C8E".to_owned())), &[P::Optic]),
            ("1 mm", Flat, with(|s| s.focal_length_mm = Some(265.0)), &[]),
            ("1.01 mm", Flat, with(|s| s.focal_length_mm = Some(265.01)), &[P::FocalLength]),
            ("another night", Flat, with(|s| s.night = Some("2024-01-16".to_owned())), &[P::Night]),
            ("another night", Dark, with(|s| s.night = Some("2023-12-01".to_owned())), &[]),
            ("no temperature, the same night", Bias, with(|s| s.temperature_c = None), &[]),
            ("no temperature", Dark, with(|s| s.temperature_c = None), &[P::Temperature]),
            (
                "two at once",
                Dark,
                with(|s| {
                    s.gain = Some(0.0);
                    s.exposure_s = Some(180.0);
                }),
                &[P::Gain, P::Exposure],
            ),
        ];
        assert!(cases.len() >= 40, "{} cases", cases.len());
        for (what, kind, master, expected) in cases {
            let found = mismatches(&setup(), &master, kind, &MatchParams::default());
            let named: Vec<Property> = found.iter().map(|mismatch| mismatch.property).collect();
            assert_eq!(named, expected, "{what} of a {}", kind.name());
        }
    }

    #[test]
    fn a_mismatch_says_by_how_much() {
        let found =
            mismatches(&setup(), &with(|s| s.temperature_c = Some(-5.0)), MasterKind::Dark, &MatchParams::default());
        let expected = Mismatch {
            property: Property::Temperature,
            wanted: "-10".to_owned(),
            found: "-5".to_owned(),
            off_by: Some(5.0),
            tolerance: 2.0,
        };
        assert_eq!(found, [expected]);
    }

    #[test]
    fn of_two_that_fit_the_one_of_the_night_is_taken_and_else_none() {
        let (own, other) = (setup(), with(|s| s.night = Some("2023-12-01".to_owned())));
        let params = MatchParams::default();
        assert_eq!(choose(&setup(), &[&other, &own], MasterKind::Dark, &params), Choice::One(1));
        assert_eq!(choose(&setup(), &[&other, &other], MasterKind::Dark, &params), Choice::Several(vec![0, 1]));
        assert_eq!(choose(&setup(), &[&other], MasterKind::Flat, &params), Choice::None);
        let any = MatchParams { flat_night: NightRule::Any, ..params };
        assert_eq!(choose(&setup(), &[&other], MasterKind::Flat, &any), Choice::One(0));
    }
}
