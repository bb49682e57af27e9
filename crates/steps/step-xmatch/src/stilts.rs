//! The engine STILTS: the pairs of tskymatch2, as ours.
//!
//! They come as a VOTable: CSV has no end, so that a table cut off between two rows (a full disk, a killed Java) would pass for a whole one.

use std::io::Write as _;
use std::path::Path;

use sky_catalog::{ColumnSpec, ColumnType};
use sky_coords::SkyPos;
use sky_match::CrossMatch;
use sky_table::{Cell, CsvWriter, ReadOptions, TableFileError, TableFormat, read_table};
use step_harness::{OutputError, Tool, ToolRun, UnitFiles};

use crate::{XmatchConfig, XmatchError};

/// The program.
pub(crate) const TOOL: Tool =
    Tool { engine: "stilts", programs: &["stilts"], version_argument: "-version", package: "stilts" };

/// Separations of STILTS and ours agree to this, arc seconds; a pair that is farther off belongs to other rows.
const SEPARATION_TOLERANCE_ARCSEC: f64 = 1e-4;
/// Columns of the tables that it is given.
const DETECTIONS: [ColumnSpec; 3] = [
    ColumnSpec::new("det_index", ColumnType::I64, "", "", "index of the detection"),
    ColumnSpec::new("det_ra_deg", ColumnType::F64, "deg", "", "right ascension of the detection"),
    ColumnSpec::new("det_dec_deg", ColumnType::F64, "deg", "", "declination of the detection"),
];
const REFERENCES: [ColumnSpec; 3] = [
    ColumnSpec::new("ref_index", ColumnType::I64, "", "", "index of the reference"),
    ColumnSpec::new("ref_ra_deg", ColumnType::F64, "deg", "", "right ascension of the reference"),
    ColumnSpec::new("ref_dec_deg", ColumnType::F64, "deg", "", "declination of the reference"),
];
/// Names of the files in the folder of the run.
const DETECTIONS_FILE: &str = "detections.csv";
const REFERENCES_FILE: &str = "references.csv";
const PAIRS_FILE: &str = "pairs.vot";

/// All pairs within the radius, by STILTS. Positions that are none are not given to it; with none on a side there are no pairs.
pub(crate) fn match_all(
    config: &XmatchConfig,
    detections: &[SkyPos],
    references: &[SkyPos],
    files: &mut UnitFiles,
) -> Result<CrossMatch, XmatchError> {
    if ![detections, references].iter().all(|side| side.iter().any(|place| place.is_valid())) {
        return Ok(CrossMatch::from_pairs(detections, references, Vec::new()));
    }
    let folder = files.scratch()?;
    write(&folder.join(DETECTIONS_FILE), &DETECTIONS, detections)?;
    write(&folder.join(REFERENCES_FILE), &REFERENCES, references)?;
    // Left from the reference before this one.
    let pairs_file = folder.join(PAIRS_FILE);
    if pairs_file.exists() {
        std::fs::remove_file(&pairs_file).map_err(|source| OutputError { path: pairs_file.clone(), source })?;
    }
    let run = ToolRun::new(TOOL, &folder)
        .arguments(words(config.match_radius_arcsec))
        .arguments([format!("in1={DETECTIONS_FILE}"), format!("in2={REFERENCES_FILE}"), format!("out={PAIRS_FILE}")])
        .time_limit(config.engine_limits.time());
    files.note("engine_command", run.command_line());
    let output = run.run(&|| files.stopping())?;
    let pairs = read(&pairs_file).map_err(|problem| output.refused(problem))?;
    for &(detection, reference, separation_arcsec) in &pairs {
        let ours = detections
            .get(detection)
            .zip(references.get(reference))
            .map(|(detection, reference)| detection.separation_arcsec(*reference));
        if !ours.is_some_and(|ours| (ours - separation_arcsec).abs() <= SEPARATION_TOLERANCE_ARCSEC) {
            let problem = format!(
                "its pair of detection {detection} and reference {reference} at {separation_arcsec} arcsec is none (ours: {ours:?})"
            );
            return Err(output.refused(problem).into());
        }
    }
    Ok(CrossMatch::from_pairs(detections, references, pairs))
}

/// The words that make the pairs (config/stilts/xmatch.txt); never `find=best`, which leaves a second detection of one star
/// unmatched.
fn words(radius_arcsec: f64) -> Vec<String> {
    let fixed =
        "tskymatch2 ifmt1=csv ifmt2=csv ofmt=votable ra1=det_ra_deg dec1=det_dec_deg ra2=ref_ra_deg dec2=ref_dec_deg";
    let mut words: Vec<String> = fixed.split(' ').map(str::to_owned).collect();
    words.push(format!("error={radius_arcsec}"));
    words.extend(["find=all", "join=1and2"].map(str::to_owned));
    words
}

fn write(path: &Path, columns: &[ColumnSpec], places: &[SkyPos]) -> Result<(), XmatchError> {
    let disk = |source| OutputError { path: path.to_owned(), source };
    let file = std::fs::File::create(path).map_err(disk)?;
    let mut csv = CsvWriter::new(std::io::BufWriter::new(file), columns)?;
    for (index, place) in places.iter().enumerate().filter(|(_, place)| place.is_valid()) {
        csv.write_row(&[Cell::Integer(Some(index as i64)), Cell::Float(place.ra_deg), Cell::Float(place.dec_deg)])?;
    }
    Ok(csv.finish()?.flush().map_err(disk)?)
}

/// Indices and separation of each pair.
fn read(path: &Path) -> Result<Vec<(usize, usize, f64)>, String> {
    let wrong = |error: String| format!("its table of pairs: {error}");
    let read = read_table(path, &ReadOptions::default());
    let table = match read {
        Ok(read) if read.meta.format == TableFormat::VoTable => read.table,
        Ok(_) => return Err(wrong("it is no VOTable".to_owned())),
        Err(TableFileError::Io { source, .. }) => return Err(wrong(source.kind().to_string())),
        Err(error) => return Err(wrong(error.to_string())),
    };
    let indices = |name: &str| -> Result<Vec<usize>, String> {
        let whole = |number: f64| (number >= 0.0 && number.fract() == 0.0).then_some(number as usize);
        let numbers = table.numbers(name).map_err(|error| wrong(error.to_string()))?;
        numbers
            .into_iter()
            .map(|number| whole(number).ok_or_else(|| wrong(format!("{name} {number} is no index"))))
            .collect()
    };
    if let Some(missing) = ["det_index", "ref_index", "Separation"].iter().find(|name| table.column(name).is_none()) {
        return Err(wrong(format!("it has no column {missing}")));
    }
    if table.n_rows() == 0 {
        return Ok(Vec::new());
    }
    let separations = table.numbers("Separation").map_err(|error| wrong(error.to_string()))?;
    let both = indices("det_index")?.into_iter().zip(indices("ref_index")?);
    Ok(both.zip(separations).map(|((detection, reference), separation)| (detection, reference, separation)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_projects_own_file_has_these_words() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../config/stilts/xmatch.txt");
        let text = std::fs::read_to_string(file).expect("config/stilts/xmatch.txt");
        let radius = XmatchConfig::default().match_radius_arcsec;
        assert_eq!(text.split_whitespace().collect::<Vec<_>>(), words(radius));
    }
}
