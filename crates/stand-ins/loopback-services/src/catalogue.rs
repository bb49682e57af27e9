//! A query by position and its answer, common to the catalogue services.

use sky_coords::SkyPos;

use crate::fault::Fault;
use crate::region::Region;
use crate::sky::CatalogueTable;

/// What is asked of a catalogue.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Query {
    pub(crate) region: Region,
    /// Empty: all columns.
    pub(crate) columns: Vec<String>,
    pub(crate) limits: Vec<Limit>,
    pub(crate) max_rows: Option<usize>,
}

/// A bound on the numbers of a column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Limit {
    pub(crate) column: String,
    pub(crate) below: bool,
    pub(crate) value: f64,
}

/// Rows as text with the names and units of their columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Answer {
    pub(crate) names: Vec<String>,
    pub(crate) units: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
    /// The limit that cut the rows, where one did.
    pub(crate) cut_at: Option<usize>,
    /// Whether the service says so.
    pub(crate) cut_is_said: bool,
}

impl Limit {
    /// `column`, `<15.3` (also `<=`, `>`, `>=`).
    pub(crate) fn parse(column: &str, text: &str) -> Option<Self> {
        let text = text.trim();
        let below = text.starts_with('<');
        (below || text.starts_with('>')).then_some(())?;
        let value = text.trim_start_matches(['<', '>', '=', ' ']).trim().parse().ok()?;
        Some(Self { column: column.to_owned(), below, value })
    }

    fn holds(&self, value: f64) -> bool {
        if self.below { value < self.value } else { value > self.value }
    }
}

impl Query {
    /// The rows that fit; an unknown column is an error that names it.
    pub(crate) fn answer(&self, catalogue: &CatalogueTable, fault: Option<&Fault>) -> Result<Answer, String> {
        let table = &catalogue.rows;
        let numbers = |name: &str| table.numbers(name).map_err(|error| error.to_string());
        let (ra, dec) = (numbers(&catalogue.ra_column)?, numbers(&catalogue.dec_column)?);
        let limits = self
            .limits
            .iter()
            .map(|limit| numbers(&limit.column).map(|values| (limit, values)))
            .collect::<Result<Vec<_>, _>>()?;
        let mut names: Vec<String> = match self.columns.as_slice() {
            [] => table.columns().iter().map(|column| column.name.clone()).collect(),
            some => some.to_vec(),
        };
        if matches!(fault, Some(Fault::ColumnDropped)) {
            names.pop();
        }
        let columns = names
            .iter()
            .map(|name| {
                let column = table.column(name).ok_or_else(|| format!("unknown column {name}"))?;
                Ok((column.unit.clone(), table.texts(name).map_err(|error| error.to_string())?))
            })
            .collect::<Result<Vec<_>, String>>()?;
        let mut inside: Vec<usize> = (0..table.n_rows())
            .filter(|&row| {
                let position = SkyPos::new(ra[row], dec[row]);
                position.is_valid()
                    && self.region.contains(position)
                    && limits.iter().all(|(limit, values)| limit.holds(values[row]))
            })
            .collect();
        if matches!(fault, Some(Fault::EmptyTable)) {
            inside.clear();
        }
        if matches!(fault, Some(Fault::RowsReversed)) {
            inside.reverse();
        }
        if matches!(fault, Some(Fault::RepeatedRows)) {
            inside = inside.iter().flat_map(|&row| [row, row]).collect();
        }
        let (cap, said) = match fault {
            Some(Fault::RowCap { rows }) => (Some(*rows), false),
            Some(Fault::NotedRowCap { rows }) => (Some(*rows), true),
            _ => (self.max_rows, true),
        };
        let cut_at = cap.filter(|&cap| inside.len() > cap);
        inside.truncate(cap.unwrap_or(usize::MAX));
        let mut rows: Vec<Vec<String>> =
            inside.iter().map(|&row| columns.iter().map(|(_, texts)| texts[row].clone()).collect()).collect();
        let (ra_column, dec_column) = (place_of(&names, &catalogue.ra_column), place_of(&names, &catalogue.dec_column));
        spoil_positions(&mut rows, ra_column, dec_column, fault);
        if matches!(fault, Some(Fault::OtherColumns)) {
            names = names.iter().map(|name| format!("{name}_other")).collect();
        }
        Ok(Answer {
            rows,
            units: columns.into_iter().map(|(unit, _)| unit).collect(),
            names,
            cut_at,
            cut_is_said: said,
        })
    }
}

fn place_of(names: &[String], name: &str) -> Option<usize> {
    names.iter().position(|found| found == name)
}

/// Faults of the positions.
fn spoil_positions(rows: &mut [Vec<String>], ra: Option<usize>, dec: Option<usize>, fault: Option<&Fault>) {
    for (column, unit_deg) in [(ra, 15.0), (dec, 1.0)] {
        let Some(column) = column else { continue };
        for cell in rows.iter_mut().map(|row| &mut row[column]) {
            let Ok(degrees) = cell.parse::<f64>() else { continue };
            match fault {
                Some(Fault::BlankPositions) => cell.clear(),
                Some(Fault::Sexagesimal) => *cell = sexagesimal(degrees / unit_deg),
                Some(Fault::WrongPlace) if unit_deg < 2.0 => *cell = format!("{}", degrees + 1.0),
                _ => {}
            }
        }
    }
}

/// `10 00 12.345`.
fn sexagesimal(value: f64) -> String {
    let size = value.abs();
    let minutes = size.fract() * 60.0;
    let sign = if value < 0.0 { "-" } else { "" };
    format!("{sign}{:02} {:02} {:06.3}", size.trunc(), minutes.trunc(), minutes.fract() * 60.0)
}
