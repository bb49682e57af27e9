//! VizieR's asu-tsv: parameters and layout as the real service has them.

use std::fmt::Write as _;

use sky_coords::SkyPos;

use crate::catalogue::{Answer, Limit, Query};
use crate::fault::{Fault, TOO_MANY_JOBS};
use crate::http::{Request, Response};
use crate::region::Region;
use crate::sky::{CatalogueTable, Sky};

/// Rows where the query does not say how many (cds.cdsclient issue 1).
const DEFAULT_MAX_ROWS: usize = 50_000;
const TSV: &str = "text/tab-separated-values";

/// Answers `viz-bin/asu-tsv`.
pub(crate) fn asu_tsv(sky: &dyn Sky, request: &Request, fault: Option<&Fault>) -> Response {
    let body = match fault {
        Some(Fault::ErrorDocument) => error_document("the catalogue server is down for maintenance"),
        Some(Fault::TooManyJobs) => format!("{TOO_MANY_JOBS}\n"),
        _ => answer(sky, request, fault).unwrap_or_else(|message| error_document(&message)),
    };
    Response::ok(TSV, body)
}

fn answer(sky: &dyn Sky, request: &Request, fault: Option<&Fault>) -> Result<String, String> {
    let name = request.parameter("-source").ok_or("Usage: -source=catalogue")?;
    let catalogue = sky.catalogue(name).ok_or_else(|| format!("unknown catalogue {name}"))?;
    let query = parse(request)?;
    let answer = query.answer(&catalogue, fault)?;
    Ok(write(name, &catalogue, &query, &answer, fault))
}

fn parse(request: &Request) -> Result<Query, String> {
    let number = |name: &str| {
        request.parameter(name).map(|value| value.trim().parse::<f64>().map_err(|_| format!("bad {name}"))).transpose()
    };
    let centre = request.parameter("-c").ok_or("no position: -c is missing")?;
    let at = centre.rfind(['+', '-']).ok_or("bad -c: no sign before the declination")?;
    let (ra, dec) = (centre[..at].trim().parse::<f64>(), centre[at..].trim().parse::<f64>());
    let (Ok(ra), Ok(dec)) = (ra, dec) else { return Err(format!("bad -c: {centre}")) };
    let centre = SkyPos::new(ra, dec);
    let unit_deg = match request.parameter("-c.u") {
        Some("deg") => 1.0,
        Some("arcsec") => 1.0 / 3600.0,
        _ => 1.0 / 60.0,
    };
    let radius_deg = match (number("-c.rd")?, number("-c.rm")?, number("-c.rs")?, number("-c.r")?) {
        (Some(deg), ..) => Some(deg),
        (_, Some(arcmin), ..) => Some(arcmin / 60.0),
        (_, _, Some(arcsec), _) => Some(arcsec / 3600.0),
        (.., value) => value.map(|value| value * unit_deg),
    };
    let sides = |name: &str, unit_deg: f64| {
        let (width, height) = request.parameter(name).map(|value| value.split_once('x').unwrap_or((value, value)))?;
        Some((width.trim().parse::<f64>().ok()? * unit_deg, height.trim().parse::<f64>().ok()? * unit_deg))
    };
    let region = match (radius_deg, sides("-c.bm", 1.0 / 60.0).or_else(|| sides("-c.bd", 1.0))) {
        (Some(radius_deg), _) => Region::Cone { centre, radius_deg },
        (None, Some((width_deg, height_deg))) => Region::Box { centre, width_deg, height_deg },
        (None, None) => return Err("no radius and no box".to_owned()),
    };
    let columns = request
        .parameters
        .iter()
        .filter(|(key, _)| key == "-out")
        .flat_map(|(_, value)| value.split([',', ' ']))
        .filter(|name| !name.is_empty() && !name.starts_with('*'))
        .map(str::to_owned)
        .collect();
    let limits = request
        .parameters
        .iter()
        .filter(|(key, _)| !key.starts_with('-'))
        .map(|(key, value)| Limit::parse(key, value).ok_or_else(|| format!("bad constraint {key}={value}")))
        .collect::<Result<_, _>>()?;
    let max_rows = match request.parameter("-out.max").map(str::trim) {
        None => Some(DEFAULT_MAX_ROWS),
        Some("unlimited") => None,
        Some(value) => Some(value.parse().map_err(|_| format!("bad -out.max {value}"))?),
    };
    Ok(Query { region, columns, limits, max_rows })
}

fn write(name: &str, catalogue: &CatalogueTable, query: &Query, answer: &Answer, fault: Option<&Fault>) -> String {
    let mut text = banner();
    let max_rows = match fault {
        Some(Fault::NotedRowCap { rows }) => Some(*rows),
        _ => query.max_rows,
    };
    let _ = writeln!(text, "#INFO\t-out.max={}\t", max_rows.map_or("unlimited".to_owned(), |rows| rows.to_string()));
    if let (Some(cap), true) = (answer.cut_at, answer.cut_is_said) {
        let _ = writeln!(text, "#INFO\tWarning=truncated result (maxtup={cap})\t");
    }
    let folder = name.rsplit_once('/').map_or(name, |(folder, _)| folder);
    let _ = writeln!(text, "\n#RESOURCE=yCat_{}", folder.replace('/', "_"));
    let _ = writeln!(text, "#Name: {folder}\n#Title: {}", catalogue.title);
    let _ = writeln!(text, "#Table\t{}:\n#Name: {name}\n#Title: {}", name.replace('/', "_"), catalogue.title);
    for (column, unit) in answer.names.iter().zip(&answer.units) {
        let _ = writeln!(text, "#Column\t{column}\t(A)\t{column} of the catalogue [{unit}]\t[ucd=]");
    }
    if !answer.rows.is_empty() {
        table(&mut text, answer, fault);
    }
    if matches!(fault, Some(Fault::LateError)) {
        text.push_str("#ERROR: the catalogue server was lost while it answered\n");
    }
    text.push('\n');
    if matches!(fault, Some(Fault::ByteOrderMark)) { format!("\u{feff}{text}") } else { text }
}

/// Names, units, dashes and rows; cells are padded to the width of their column, numbers to the right.
fn table(text: &mut String, answer: &Answer, fault: Option<&Fault>) {
    let widths: Vec<usize> = (0..answer.names.len())
        .map(|column| answer.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0).max(1))
        .collect();
    if matches!(fault, Some(Fault::GarbledHeader)) {
        text.push_str("RA_I\u{fffd}\u{0}CRS DE_\n");
    } else {
        let _ = writeln!(text, "{}", answer.names.join("\t"));
    }
    if !matches!(fault, Some(Fault::NoUnitRow)) {
        let units: Vec<&str> = answer.units.iter().map(|unit| if unit.is_empty() { " " } else { unit }).collect();
        let _ = writeln!(text, "{}", units.join("\t"));
    }
    let dashes: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
    let _ = writeln!(text, "{}", dashes.join("\t"));
    for (number, row) in answer.rows.iter().enumerate() {
        let mut cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:>width$}")).collect();
        if matches!(fault, Some(Fault::TornRow)) && number == answer.rows.len() / 2 {
            cells.truncate(cells.len() / 2);
        }
        let _ = writeln!(text, "{}", cells.join("\t"));
    }
}

fn banner() -> String {
    "#\n#   VizieR Astronomical Server vizier.cds.unistra.fr (stand-in on this machine)\n#    Date: 2024-06-05T12:26:09 [V7.33.3]\n\
     #   In case of problem, please report to:\tthe owner of this machine\n#\n#\n#Coosys\tJ2000:\teq_FK5 J2000\n\
     #INFO\tservice_protocol=ASU\t  IVOID of the protocol through which the data was retrieved\n"
        .to_owned()
}

fn error_document(message: &str) -> String {
    format!("{}\n#ERROR: {message}\n\n", banner())
}
