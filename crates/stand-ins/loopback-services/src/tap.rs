//! TAP's synchronous queries: the ADQL of a cone, answered as a VOTable.

use std::fmt::Write as _;

use sky_coords::SkyPos;

use crate::catalogue::{Answer, Limit, Query};
use crate::fault::{Fault, TOO_MANY_JOBS};
use crate::http::{Request, Response};
use crate::region::Region;
use crate::sky::Sky;

const VOTABLE: &str = "application/x-votable+xml";

/// Answers `tap/sync`.
pub(crate) fn sync(sky: &dyn Sky, request: &Request, fault: Option<&Fault>) -> Response {
    let error = |message: &str| Response::ok(VOTABLE, document(&status("ERROR", message), None, fault));
    match fault {
        Some(Fault::ErrorDocument) => return error("the database is not available"),
        Some(Fault::TooManyJobs) => return error(TOO_MANY_JOBS),
        _ => {}
    }
    match answer(sky, request, fault) {
        Err(message) => error(&message),
        Ok(answer) => {
            let cut = answer.cut_at.filter(|_| answer.cut_is_said);
            let state = if cut.is_some() { status("OVERFLOW", "truncated result") } else { status("OK", "") };
            Response::ok(VOTABLE, document(&state, Some(&answer), fault))
        }
    }
}

/// A VOTable with one table in TABLEDATA.
pub(crate) fn document(status: &str, answer: Option<&Answer>, fault: Option<&Fault>) -> String {
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<VOTABLE version=\"1.3\" xmlns=\"http://www.ivoa.net/xml/VOTable/v1.3\">\n\
                    <RESOURCE type=\"results\">\n"
        .to_owned();
    let overflow = status.contains("OVERFLOW");
    if !overflow {
        text.push_str(status);
    }
    if let Some(answer) = answer {
        text.push_str("<TABLE name=\"result\">\n");
        for (column, (name, unit)) in answer.names.iter().zip(&answer.units).enumerate() {
            let name = if matches!(fault, Some(Fault::GarbledHeader)) { "\u{fffd}" } else { name };
            let kind = kind(answer, column);
            let _ = writeln!(text, "<FIELD name=\"{}\" {kind} unit=\"{}\"/>", escape(name), escape(unit));
        }
        text.push_str("<DATA><TABLEDATA>\n");
        for (number, row) in answer.rows.iter().enumerate() {
            let is_torn = matches!(fault, Some(Fault::TornRow)) && number == answer.rows.len() / 2;
            text.push_str("<TR>");
            for cell in &row[..if is_torn { row.len() / 2 } else { row.len() }] {
                let _ = write!(text, "<TD>{}</TD>", escape(cell));
            }
            text.push_str("</TR>\n");
        }
        text.push_str("</TABLEDATA></DATA>\n</TABLE>\n");
    }
    if overflow {
        text.push_str(status);
    }
    // DALI 1.1, 4.4: a service that fails while it writes rows says so behind the table.
    if matches!(fault, Some(Fault::LateError)) {
        text.push_str(&self::status("ERROR", "the database was lost while it answered"));
    }
    text.push_str("</RESOURCE>\n</VOTABLE>\n");
    if matches!(fault, Some(Fault::ByteOrderMark)) { format!("\u{feff}{text}") } else { text }
}

/// The INFO element of a query's fate.
pub(crate) fn status(value: &str, message: &str) -> String {
    format!("<INFO name=\"QUERY_STATUS\" value=\"{value}\">{}</INFO>\n", escape(message))
}

/// Type of a column by its cells: whole numbers, floats, text.
fn kind(answer: &Answer, column: usize) -> &'static str {
    let all = |fits: fn(&str) -> bool| answer.rows.iter().all(|row| row[column].is_empty() || fits(&row[column]));
    if answer.rows.iter().any(|row| row[column].is_empty()) && all(|cell| cell.parse::<f64>().is_ok()) {
        "datatype=\"double\""
    } else if all(|cell| cell.parse::<i64>().is_ok()) {
        "datatype=\"long\""
    } else if all(|cell| cell.parse::<f64>().is_ok()) {
        "datatype=\"double\""
    } else {
        "datatype=\"char\" arraysize=\"*\""
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn answer(sky: &dyn Sky, request: &Request, fault: Option<&Fault>) -> Result<Answer, String> {
    let adql = request.parameter_any_case("QUERY").ok_or("QUERY is missing")?;
    let max_rows = request
        .parameter_any_case("MAXREC")
        .map(|value| value.parse::<usize>().map_err(|_| "bad MAXREC"))
        .transpose()?;
    let (table, ra_column, dec_column, mut query) =
        parse(adql).ok_or_else(|| format!("cannot parse the query: {adql}"))?;
    query.max_rows = max_rows.or(query.max_rows);
    let catalogue = sky.catalogue(&table).ok_or_else(|| format!("unknown table {table}"))?;
    let mut catalogue = catalogue.as_ref().clone();
    (catalogue.ra_column, catalogue.dec_column) = (ra_column, dec_column);
    query.answer(&catalogue, fault)
}

/// `SELECT [TOP n] "a","b" FROM "t" WHERE 1=CONTAINS(POINT('ICRS',"ra","dec"),CIRCLE('ICRS',x,y,r)) [AND "m"<v]...`
fn parse(adql: &str) -> Option<(String, String, String, Query)> {
    let (select, rest) = adql.strip_prefix("SELECT ")?.split_once(" FROM ")?;
    let (table, conditions) = rest.split_once(" WHERE ")?;
    let (top, list) = match select.strip_prefix("TOP ") {
        Some(rest) => rest.split_once(' ').map(|(count, list)| (count.parse().ok(), list))?,
        None => (None, select),
    };
    let unquote = |text: &str| text.trim().trim_matches('"').to_owned();
    let mut conditions = conditions.split(" AND ");
    let cone = conditions.next()?.split_once("POINT(")?.1;
    let (point, circle) = cone.split_once("),CIRCLE(")?;
    let point: Vec<String> = point.split(',').skip(1).map(unquote).collect();
    let circle: Vec<f64> =
        circle.trim_end_matches(')').split(',').skip(1).map(|part| part.trim().parse().ok()).collect::<Option<_>>()?;
    let ([ra, dec], [x, y, radius_deg]) = (point.as_slice(), circle.as_slice()) else { return None };
    let limits = conditions
        .map(|condition| {
            let at = condition.find(['<', '>'])?;
            Limit::parse(&unquote(&condition[..at]), &condition[at..])
        })
        .collect::<Option<Vec<_>>>()?;
    let query = Query {
        region: Region::Cone { centre: SkyPos::new(*x, *y), radius_deg: *radius_deg },
        columns: list.split(',').map(unquote).collect(),
        limits,
        max_rows: top,
    };
    Some((unquote(table), ra.clone(), dec.clone(), query))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_adql_of_a_cone_is_read() {
        let adql = "SELECT \"Source\",\"RA_ICRS\" FROM \"I/355/gaiadr3\" WHERE \
                    1=CONTAINS(POINT('ICRS',\"RA_ICRS\",\"DE_ICRS\"),CIRCLE('ICRS',150.0,20.0,0.75)) AND \"Gmag\"<12";
        let (table, ra, dec, query) = parse(adql).expect("the query of our own client is understood");
        assert_eq!((table.as_str(), ra.as_str(), dec.as_str()), ("I/355/gaiadr3", "RA_ICRS", "DE_ICRS"));
        assert_eq!(query.columns, ["Source", "RA_ICRS"]);
        assert_eq!(query.region, Region::Cone { centre: SkyPos::new(150.0, 20.0), radius_deg: 0.75 });
        assert_eq!(query.limits, [Limit { column: "Gmag".into(), below: true, value: 12.0 }]);
    }
}
