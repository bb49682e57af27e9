//! Rows of the tables of verdicts.

use std::path::Path;

use products::{CandidateFacts, RowState};
use sky_catalog::Table;
use sky_coords::SkyPos;
use sky_table::{ReadOptions, read_table};

use crate::chain::{Chain, facts, path};
use crate::error::SummarizeError;
use crate::rule_order::RuleOrder;

/// Positions of dropped rows that are kept for the maps, over all tiles.
const MAP_ROWS: u64 = 20_000;

/// A row that passed every rule.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct KeptRow {
    pub(crate) unit: String,
    pub(crate) number: i64,
    pub(crate) is_candidate: bool,
    pub(crate) veto_status: String,
    pub(crate) position: SkyPos,
    pub(crate) astrometric_solution: String,
    pub(crate) x_image: f64,
    pub(crate) y_image: f64,
    pub(crate) plate_id: String,
    pub(crate) plate_mm: (f64, f64),
    pub(crate) mjd_mid: f64,
    pub(crate) mag: f64,
    pub(crate) snr: f64,
    pub(crate) fwhm_px: f64,
    pub(crate) is_core: bool,
}

/// How the pixels of a tile lie on its plate: mm = a + b pixel, along both axes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct OnPlate {
    pub(crate) x: (f64, f64),
    pub(crate) y: (f64, f64),
}

/// What the verdicts of one tile say.
#[derive(Clone, Debug)]
pub(crate) struct Tile {
    pub(crate) id: String,
    pub(crate) facts: CandidateFacts,
    pub(crate) plate_id: String,
    pub(crate) on_plate: Option<OnPlate>,
}

/// All tiles with a verdict.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verdicts {
    pub(crate) tiles: Vec<Tile>,
    pub(crate) kept: Vec<KeptRow>,
    /// Every so-many-th dropped row: place on the sky and on the plate.
    pub(crate) sample: Vec<(SkyPos, (f64, f64))>,
    /// Rules in the order in which rows name them.
    pub(crate) rules: Vec<String>,
}

impl KeptRow {
    /// `<unit>:<NUMBER>`.
    pub(crate) fn source_id(&self) -> String {
        format!("{}:{}", self.unit, self.number)
    }
}

impl Verdicts {
    /// Reads the tables of every tile that has a verdict; their rows must be as many as the facts say.
    pub(crate) fn read(chain: &Chain) -> Result<Self, SummarizeError> {
        let mut verdicts = Self::default();
        let mut order = RuleOrder::default();
        let ids: Vec<String> = chain
            .verdicts
            .iter()
            .flat_map(|input| input.units().map(|unit| unit.id().to_owned()).collect::<Vec<_>>())
            .collect();
        let dropped: u64 =
            ids.iter().filter_map(|id| facts(&chain.verdicts, id)).map(|facts| facts.dropped_count).sum();
        let stride = dropped.div_ceil(MAP_ROWS).max(1);
        let mut seen = 0_u64;
        for id in ids {
            let Some(facts) = facts(&chain.verdicts, &id) else { continue };
            let read = |role: &'static str, expected: u64| -> Result<Columns, SummarizeError> {
                let path = path(&chain.verdicts, &id, role).unwrap_or_default();
                let columns = Columns::read(&path, role, &id)?;
                match columns.len() as u64 {
                    found if found == expected => Ok(columns),
                    found => Err(SummarizeError::Open { what: "rows", unit: id.clone(), found, expected }),
                }
            };
            let (kept, dropped) =
                (read(RowState::Kept.name(), facts.kept_count)?, read(RowState::Dropped.name(), facts.dropped_count)?);
            let judged = facts.kept_count + facts.dropped_count;
            let by_reason: u64 = facts.first_reasons.values().sum();
            for (what, found, expected) in
                [("detections", judged, facts.detections), ("first reasons", by_reason, facts.dropped_count)]
            {
                if found != expected {
                    return Err(SummarizeError::Open { what, unit: id, found, expected });
                }
            }
            for row in 0..dropped.len() {
                order.note(&dropped.reasons[row]);
                if seen.is_multiple_of(stride) {
                    verdicts.sample.push((dropped.position(row), dropped.plate_mm(row)));
                }
                seen += 1;
            }
            verdicts.tiles.push(Tile {
                id: id.clone(),
                facts: facts.clone(),
                plate_id: dropped.plate_id.first().or(kept.plate_id.first()).cloned().unwrap_or_default(),
                on_plate: on_plate(&[&kept, &dropped]),
            });
            verdicts.kept.extend((0..kept.len()).map(|row| kept.row(&id, row)));
        }
        verdicts.rules = order.rules();
        Ok(verdicts)
    }
}

/// The columns of a table of verdicts that a summary looks at.
struct Columns {
    number: Vec<Option<i64>>,
    is_candidate: Vec<String>,
    veto_status: Vec<String>,
    reasons: Vec<String>,
    astrometric_solution: Vec<String>,
    plate_id: Vec<String>,
    is_core: Vec<String>,
    /// RA, Dec, x, y, plate x, plate y, MJD, magnitude, SNR, FWHM.
    numbers: [Vec<f64>; 10],
}

impl Columns {
    fn read(path: &Path, what: &'static str, unit: &str) -> Result<Self, SummarizeError> {
        let broken = |message: String| SummarizeError::File { what, unit: unit.to_owned(), message };
        let options = ReadOptions::with_text(["plate_id", "reasons", "astrometric_solution", "veto_status"]);
        let table = read_table(path, &options).map_err(|error| broken(error.to_string()))?.table;
        Self::of_table(&table).map_err(|error| broken(error.to_string()))
    }

    fn of_table(table: &Table) -> Result<Self, sky_catalog::TableError> {
        let names = [
            "ra_deg",
            "dec_deg",
            "x_image",
            "y_image",
            "plate_x_mm",
            "plate_y_mm",
            "mjd_mid",
            "mag_auto_instrumental",
            "snr_win",
            "fwhm_image_px",
        ];
        let mut numbers: [Vec<f64>; 10] = std::array::from_fn(|_| Vec::new());
        for (values, name) in numbers.iter_mut().zip(names) {
            *values = table.numbers(name)?;
        }
        let number = table.numbers("number")?;
        Ok(Self {
            number: number.into_iter().map(|value| value.is_finite().then_some(value as i64)).collect(),
            is_candidate: table.texts("is_candidate")?,
            veto_status: table.texts("veto_status")?,
            reasons: table.texts("reasons")?,
            astrometric_solution: table.texts("astrometric_solution")?,
            plate_id: table.texts("plate_id")?,
            is_core: table.texts("is_core")?,
            numbers,
        })
    }

    fn len(&self) -> usize {
        self.number.len()
    }

    fn position(&self, row: usize) -> SkyPos {
        SkyPos::new(self.numbers[0][row], self.numbers[1][row])
    }

    fn plate_mm(&self, row: usize) -> (f64, f64) {
        (self.numbers[4][row], self.numbers[5][row])
    }

    fn row(&self, unit: &str, row: usize) -> KeptRow {
        KeptRow {
            unit: unit.to_owned(),
            number: self.number[row].unwrap_or_default(),
            is_candidate: self.is_candidate[row] == "true",
            veto_status: self.veto_status[row].clone(),
            position: self.position(row),
            astrometric_solution: self.astrometric_solution[row].clone(),
            x_image: self.numbers[2][row],
            y_image: self.numbers[3][row],
            plate_id: self.plate_id[row].clone(),
            plate_mm: self.plate_mm(row),
            mjd_mid: self.numbers[6][row],
            mag: self.numbers[7][row],
            snr: self.numbers[8][row],
            fwhm_px: self.numbers[9][row],
            is_core: self.is_core[row] == "true",
        }
    }
}

/// Both axes of the scan are straight, so the outermost two rows along each give its line; `None` with fewer than two.
fn on_plate(tables: &[&Columns]) -> Option<OnPlate> {
    let line = |pixel: usize, mm: usize| {
        let points = || {
            tables
                .iter()
                .flat_map(|table| table.numbers[pixel].iter().zip(&table.numbers[mm]))
                .filter(|(p, m)| p.is_finite() && m.is_finite())
        };
        let low = points().min_by(|a, b| a.0.total_cmp(b.0))?;
        let high = points().max_by(|a, b| a.0.total_cmp(b.0))?;
        let slope = (high.1 - low.1) / (high.0 - low.0);
        slope.is_finite().then(|| (low.1 - slope * low.0, slope))
    };
    Some(OnPlate { x: line(2, 4)?, y: line(3, 5)? })
}
