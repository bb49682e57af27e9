//! Why each master belongs to a light or does not, as a table and as a sentence.

use std::io::{self, Write};

use camera_frames::master_kind;
use products::facts::FrameKind;
use sky_camera::matching::{Mismatch, Setup};
use step_harness::OutputError;

use crate::config::CalibrateConfig;
use crate::error::CalibrateError;
use crate::plan::{Candidate, explained};

/// One row: a property by which a candidate does not belong to the light, or one row of a candidate that does.
pub(crate) struct Row {
    kind: &'static str,
    master: String,
    mismatch: Option<Mismatch>,
}

/// The rows of a light, in the order of the masters.
pub(crate) fn rows(light: &Setup, candidates: &[Candidate<'_>], config: &CalibrateConfig) -> Vec<Row> {
    let mut rows = Vec::new();
    for (candidate, mismatches) in explained(light, candidates, config) {
        let (kind, master) = (candidate.kind.name(), candidate.id.to_owned());
        if mismatches.is_empty() {
            rows.push(Row { kind, master: master.clone(), mismatch: None });
        }
        rows.extend(mismatches.into_iter().map(|mismatch| Row {
            kind,
            master: master.clone(),
            mismatch: Some(mismatch),
        }));
    }
    rows
}

/// Writes the rows as CSV.
pub(crate) fn write(rows: &[Row], writer: &mut dyn Write) -> Result<(), CalibrateError> {
    let put = |writer: &mut dyn Write| -> io::Result<()> {
        writeln!(writer, "kind,master,fits,property,frame_value,master_value,off_by,tolerance")?;
        for row in rows {
            match &row.mismatch {
                None => writeln!(writer, "{},{},true,,,,,", row.kind, row.master)?,
                Some(mismatch) => {
                    let off_by = mismatch.off_by.map(|off_by| off_by.to_string()).unwrap_or_default();
                    writeln!(
                        writer,
                        "{},{},false,{},{},{},{off_by},{}",
                        row.kind,
                        row.master,
                        mismatch.property.name(),
                        quoted(&mismatch.wanted),
                        quoted(&mismatch.found),
                        mismatch.tolerance
                    )?;
                }
            }
        }
        Ok(())
    };
    put(writer).map_err(|source| OutputError { path: "matching".into(), source }.into())
}

/// A field of a CSV file (RFC 4180).
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// Why no master of a kind belongs to a light: of each candidate the property that is off.
pub(crate) fn sentence(
    kind: FrameKind,
    light: &Setup,
    candidates: &[Candidate<'_>],
    config: &CalibrateConfig,
) -> String {
    /// Candidates that are named.
    const NAMED: usize = 4;
    let of_kind: Vec<String> = explained(light, candidates, config)
        .filter(|(candidate, _)| Some(candidate.kind) == master_kind(kind))
        .map(|(candidate, mismatches)| {
            let off: Vec<String> = mismatches
                .iter()
                .map(|off| format!("{} is {}, the frame's {}", off.property.name(), off.found, off.wanted))
                .collect();
            format!("{}: {}", candidate.id, off.join(", "))
        })
        .collect();
    let more = of_kind.len().saturating_sub(NAMED);
    let named = of_kind.into_iter().take(NAMED).collect::<Vec<_>>().join("; ");
    match (named.is_empty(), more) {
        (true, _) => format!("there is no {}", kind.name()),
        (false, 0) => format!("no {} belongs to the frame ({named})", kind.name()),
        (false, more) => format!("no {} belongs to the frame ({named}; and {more} more)", kind.name()),
    }
}
