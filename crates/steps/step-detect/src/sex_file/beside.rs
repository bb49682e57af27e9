//! The files that a `.sex` file names: columns, filter kernel, network.

use std::path::Path;

use products::source_catalog::columns::{Shape, source_column};

/// Columns of a `.param` file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Columns {
    /// Names in their order.
    pub(super) names: Vec<String>,
    /// Width of VIGNET, where it is among them.
    pub(super) vignet_px: Option<u64>,
}

/// Columns of a `.param` file: one name a line, sizes of vectors in brackets.
pub(super) fn read_columns(folder: &Path, name: &str) -> Result<Columns, String> {
    let text = read_text(folder, "PARAMETERS_NAME", name)?;
    let mut columns = Columns::default();
    for (index, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let at = format!("{name} line {}", index + 1);
        let wanted = first_name(line);
        let (column, size) = wanted.split_once('(').unwrap_or((wanted, ""));
        let column = column.trim();
        let Some(known) = source_column(column) else {
            return Err(format!("{at}: {column} is not a column that detect knows (docs/columns.md lists them)"));
        };
        let sides: Vec<&str> =
            size.trim_end_matches(')').split(',').map(str::trim).filter(|side| !side.is_empty()).collect();
        match (known.shape, sides.as_slice()) {
            (Shape::Vignet, [side]) => columns.vignet_px = side.parse().ok(),
            (Shape::Vignet, [width, height]) if width == height => columns.vignet_px = width.parse().ok(),
            _ => {}
        }
        if known.shape == Shape::Vignet && columns.vignet_px.is_none() {
            return Err(format!("{at}: {wanted}, expected VIGNET(side,side), a square"));
        }
        let size = sides.first().and_then(|side| side.parse::<u32>().ok()).filter(|size| *size > 0);
        match (known.shape, sides.as_slice(), size) {
            (Shape::Vignet | Shape::Scalar, ..) => columns.names.push(column.to_owned()),
            // SExtractor's vectors without a size hold one value.
            (_, [], _) => columns.names.push(format!("{column}(1)")),
            (_, [_], Some(size)) => columns.names.push(format!("{column}({size})")),
            _ => return Err(format!("{at}: {wanted}, expected the number of values, such as {column}(2)")),
        }
    }
    Ok(columns)
}

/// The name at the start of a line, with its size: what follows it is the description that `source-extractor -dp` prints.
fn first_name(line: &str) -> &str {
    let end = match (line.find('('), line.find(char::is_whitespace)) {
        (Some(open), Some(blank)) if open < blank => {
            line[open..].find(')').map_or(line.len(), |close| open + close + 1)
        }
        (Some(open), None) => line[open..].find(')').map_or(line.len(), |close| open + close + 1),
        (_, blank) => blank.unwrap_or(line.len()),
    };
    &line[..end]
}

/// Rows of a `.conv` file: `CONV NORM`, then numbers.
pub(super) fn read_kernel(folder: &Path, name: &str) -> Result<Vec<Vec<f64>>, String> {
    let text = read_text(folder, "FILTER_NAME", name)?;
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let first: Vec<&str> = lines.next().unwrap_or_default().split_whitespace().collect();
    let norm = match first.as_slice() {
        ["CONV"] | ["CONV", "NORM"] => true,
        ["CONV", "NONORM"] => false,
        _ => return Err(format!("FILTER_NAME {name}: expected CONV NORM in the first line")),
    };
    let rows: Vec<Vec<f64>> = lines
        .map(|line| {
            let words = line.split_whitespace();
            words.map(|word| word.parse().map_err(|_| format!("FILTER_NAME {name}: {word:?} is no number"))).collect()
        })
        .collect::<Result<_, String>>()?;
    let sum: f64 = rows.iter().flatten().map(|value: &f64| value.abs()).sum();
    if !norm && (sum - 1.0).abs() > 1.0e-6 {
        return Err(format!("FILTER_NAME {name}: NONORM with a sum of {sum}; kernels are normalised here, say NORM"));
    }
    Ok(rows)
}

/// The text of a `.nnw` file.
pub(super) fn read_network(folder: &Path, name: &str) -> Result<String, String> {
    read_text(folder, "STARNNW_NAME", name)
}

fn read_text(folder: &Path, key: &str, name: &str) -> Result<String, String> {
    std::fs::read_to_string(folder.join(name)).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => format!(
            "{key} {name}: there is no such file; names count from the folder of the .sex file (Debian keeps SExtractor's own \
             in /usr/share/source-extractor)"
        ),
        _ => format!("{key} {name}: {error}"),
    })
}
