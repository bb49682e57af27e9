//! The CDS X-Match service: an uploaded CSV table against a catalogue.

use sky_catalog::Table;
use sky_coords::SkyPos;

use crate::catalogue::Answer;
use crate::fault::{Fault, TOO_MANY_JOBS};
use crate::http::{Request, Response};
use crate::sky::Sky;
use crate::tap;

/// Largest distance that the service takes, arc seconds.
const DISTANCE_MAX_ARCSEC: f64 = 180.0;

/// Answers `xmatch/api/v1/sync`.
pub(crate) fn sync(sky: &dyn Sky, request: &Request, fault: Option<&Fault>) -> Response {
    match fault {
        Some(Fault::ErrorDocument) => {
            return Response { status: 400, ..Response::ok("text/plain", "Mauvaise Requ\u{ea}te\n") };
        }
        Some(Fault::TooManyJobs) => return Response::ok("text/plain", format!("{TOO_MANY_JOBS}\n")),
        _ => {}
    }
    let parts = request.parts();
    let field = |name: &str| {
        parts.iter().find(|(key, _)| key == name).map(|(_, bytes)| String::from_utf8_lossy(bytes).trim().to_owned())
    };
    match answer(sky, &field, fault) {
        Err(message) => Response { status: 400, ..Response::ok("text/plain", format!("{message}\n")) },
        Ok(answer) if field("RESPONSEFORMAT").as_deref() == Some("votable") => {
            let cut = answer.cut_at.filter(|_| answer.cut_is_said);
            let state = if cut.is_some() { tap::status("OVERFLOW", "truncated result") } else { tap::status("OK", "") };
            Response::ok("application/x-votable+xml", tap::document(&state, Some(&answer), fault))
        }
        Ok(answer) => Response::ok("text/csv", csv(&answer, fault)),
    }
}

fn answer(sky: &dyn Sky, field: &dyn Fn(&str) -> Option<String>, fault: Option<&Fault>) -> Result<Answer, String> {
    let need = |name: &str| field(name).ok_or_else(|| format!("{name} is missing"));
    if need("REQUEST")? != "xmatch" {
        return Err("REQUEST must be xmatch".to_owned());
    }
    let distance: f64 = need("distMaxArcsec")?.parse().map_err(|_| "bad distMaxArcsec")?;
    if !(distance > 0.0 && distance <= DISTANCE_MAX_ARCSEC) {
        return Err(format!("distMaxArcsec must be between 0 and {DISTANCE_MAX_ARCSEC}"));
    }
    let name = need("cat2")?;
    let catalogue = name
        .strip_prefix("vizier:")
        .and_then(|name| sky.catalogue(name))
        .ok_or_else(|| format!("unknown table {name}"))?;
    let (header, rows) = upload(&need("cat1")?);
    let column = |name: String| {
        header.iter().position(|column| *column == name).ok_or_else(|| format!("no column {name} in cat1"))
    };
    let (ra, dec) = (column(need("colRA1")?)?, column(need("colDec1")?)?);
    let table: &Table = &catalogue.rows;
    let numbers = |name: &str| table.numbers(name).map_err(|error| error.to_string());
    let (ra2, dec2) = (numbers(&catalogue.ra_column)?, numbers(&catalogue.dec_column)?);
    let vectors: Vec<_> = ra2.iter().zip(&dec2).map(|(&ra, &dec)| SkyPos::new(ra, dec).to_vector()).collect();
    let texts = table
        .columns()
        .iter()
        .map(|column| table.texts(&column.name).map_err(|error| error.to_string()))
        .collect::<Result<Vec<_>, _>>()?;
    let best_only = field("selection").as_deref() == Some("best");
    let mut pairs = Vec::new();
    for row in &rows {
        let place =
            |column: usize| row.get(column).and_then(|cell| cell.parse::<f64>().ok()).ok_or("bad position in cat1");
        let vector = SkyPos::new(place(ra)?, place(dec)?).to_vector();
        let mut near: Vec<(f64, usize)> = vectors
            .iter()
            .enumerate()
            .map(|(index, other)| (vector.separation_arcsec(*other), index))
            .filter(|(separation, _)| *separation <= distance)
            .collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        near.truncate(if best_only { 1 } else { usize::MAX });
        for (separation, index) in near {
            let mut cells = vec![format!("{separation:.6}")];
            cells.extend(row.iter().cloned());
            cells.extend(texts.iter().map(|column| column[index].clone()));
            pairs.push(cells);
        }
    }
    // CSV has no place for the note.
    let cut_is_said = matches!(fault, Some(Fault::NotedRowCap { .. }));
    let cap = match fault {
        Some(Fault::EmptyTable) => 0,
        // Of a few pairs a cap for hundreds of rows would cut none.
        Some(Fault::RowCap { rows } | Fault::NotedRowCap { rows }) => (*rows).min(pairs.len() / 2),
        _ => field("MAXREC").and_then(|value| value.parse().ok()).unwrap_or(2_000_000),
    };
    if matches!(fault, Some(Fault::RowsReversed)) {
        pairs.reverse();
    }
    if matches!(fault, Some(Fault::RepeatedRows)) {
        pairs = pairs.iter().flat_map(|pair| [pair.clone(), pair.clone()]).collect();
    }
    let cut_at = (pairs.len() > cap).then_some(cap);
    pairs.truncate(cap);
    let mut names = vec!["angDist".to_owned()];
    names.extend(header);
    names.extend(table.columns().iter().map(|column| column.name.clone()));
    match fault {
        Some(Fault::ColumnDropped) => {
            names.remove(0);
            for pair in &mut pairs {
                pair.remove(0);
            }
        }
        Some(Fault::OtherColumns) => names = names.iter().map(|name| format!("{name}_other")).collect(),
        _ => {}
    }
    Ok(Answer { units: vec![String::new(); names.len()], names, rows: pairs, cut_at, cut_is_said })
}

fn upload(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut lines = text.lines().map(|line| line.split(',').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>());
    (lines.next().unwrap_or_default(), lines.collect())
}

fn csv(answer: &Answer, fault: Option<&Fault>) -> String {
    let mut text = if matches!(fault, Some(Fault::ByteOrderMark)) { "\u{feff}".to_owned() } else { String::new() };
    let header =
        if matches!(fault, Some(Fault::GarbledHeader)) { "ang\u{fffd}".to_owned() } else { answer.names.join(",") };
    let middle = answer.rows.len() / 2;
    let rows = answer.rows.iter().enumerate().map(|(number, row)| {
        let is_torn = matches!(fault, Some(Fault::TornRow)) && number == middle;
        row[..if is_torn { row.len() / 2 } else { row.len() }].join(",")
    });
    for line in std::iter::once(header).chain(rows) {
        text.push_str(&line);
        text.push('\n');
    }
    if matches!(fault, Some(Fault::LateError)) {
        text.push_str(TOO_MANY_JOBS);
        text.push('\n');
    }
    text
}
