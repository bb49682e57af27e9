//! Our FITS files in astropy: opened, verified strictly, tables read, rows counted.

use std::path::{Path, PathBuf};
use std::process::Command;

use sky_table::write_ecsv;

use super::commands::run;
use super::field::Field;
use super::fitsverify::fits_files;
use super::tables::pairs;
use crate::Case;

/// Opens each file with strict verification; for each HDU its name, and rows or shape, as one line.
const SCRIPT: &str = r#"
import sys, warnings
warnings.simplefilter("error")
from astropy.io import fits
for name in sys.argv[1:]:
    with fits.open(name) as hdus:
        hdus.verify("exception")
        seen = []
        for hdu in hdus:
            if isinstance(hdu, fits.BinTableHDU):
                for column in hdu.columns.names:
                    hdu.data[column]
                seen.append(f"{hdu.name}:{len(hdu.data)}")
            else:
                seen.append(f"{hdu.name}:{None if hdu.data is None else hdu.data.shape}")
    print(name, *seen, sep="\t")
"#;

/// Reads an ECSV file: columns and rows.
const ECSV_SCRIPT: &str = r#"
import sys
from astropy.table import Table
table = Table.read(sys.argv[1], format="ascii.ecsv")
print(len(table.columns), len(table))
"#;

/// A python3 that has astropy: SKYLEDGER_PYTHON, else the one on PATH.
pub fn python_with_astropy() -> Option<PathBuf> {
    let named = std::env::var_os("SKYLEDGER_PYTHON").map(PathBuf::from);
    let candidates = named.into_iter().chain(test_sky::tool("python3"));
    candidates.into_iter().find(|python| {
        let answer = Command::new(python).args(["-c", "import astropy"]).output();
        answer.is_ok_and(|answer| answer.status.success())
    })
}

/// One case for all files: astropy takes a second to start.
pub(super) fn cases(field: &Field) -> Vec<Case> {
    vec![
        Case::of("astropy opens and verifies every FITS file", opened(field)),
        Case::of("astropy reads an ECSV of ours", ecsv(field)),
    ]
}

fn python() -> Result<PathBuf, String> {
    let none = "no python3 with astropy: python3 -m venv V && V/bin/pip install astropy, then set SKYLEDGER_PYTHON=V/bin/python";
    python_with_astropy().ok_or_else(|| none.to_owned())
}

fn ecsv(field: &Field) -> Result<String, String> {
    let text = |error: std::io::Error| error.to_string();
    let (table, columns) = pairs(field)?;
    let (file, script) = (field.trials.join("pairs.ecsv"), field.trials.join("ecsv.py"));
    let mut out = fs_err::File::create(&file).map_err(text)?;
    write_ecsv(&mut out, columns, &table).map_err(|error| error.to_string())?;
    fs_err::write(&script, ECSV_SCRIPT).map_err(text)?;
    let ended = run(&python()?, [script.as_os_str(), file.as_os_str()], Path::new("/"), None)?.expect(0)?;
    let ours = format!("{} {}", columns.len(), table.n_rows());
    let seen = format!("columns and rows: ours {ours}, astropy {}", ended.stdout.trim());
    if ended.stdout.trim() == ours && table.n_rows() > 0 { Ok(seen) } else { Err(seen) }
}

fn opened(field: &Field) -> Result<String, String> {
    let python = python()?;
    let files = fits_files(field);
    let script = field.trials.join("open.py");
    fs_err::write(&script, SCRIPT).map_err(|error| error.to_string())?;
    let words = std::iter::once(script.as_os_str()).chain(files.iter().map(|(_, path)| path.as_os_str()));
    let ended = run(&python, words, Path::new("/"), None)?.expect(0)?;
    let mut compared = 0;
    for (line, (name, path)) in ended.stdout.lines().zip(&files) {
        if let Some(rows) = line.split('\t').find_map(|word| word.strip_prefix("LDAC_OBJECTS:")) {
            let ours = sky_fits::ldac::read(path).map_err(|error| error.to_string())?.1.rows;
            if rows.parse() != Ok(ours) {
                return Err(format!("{name}: astropy reads {rows} rows, we {ours}"));
            }
            compared += ours;
        }
    }
    let read = ended.stdout.lines().count();
    if read == files.len() && read >= 8 && compared > 0 {
        Ok(format!("{read} files without a warning; {compared} rows of catalogues as many as ours"))
    } else {
        Err(format!("{read} of {} files read, {compared} rows compared", files.len()))
    }
}
