//! The dashboard's table: a view that several runs share, rebuilt from all runs under a lock. It is in no manifest; each run keeps its own
//! hashed copy.

use std::io;
use std::path::{Path, PathBuf};

use step_contract::ProductEntry;

use crate::layout::{Layout, run_ids};
use crate::run_files::run_files;
use crate::run_json::RunJson;
use crate::steps::Steps;

/// Rebuilds `dashboard/<table>` below a root from the rows of all runs, oldest first: the files that their steps name as `dashboard_role`.
///
/// # Errors
/// When the disk refuses. A run whose record or manifest cannot be read has no rows.
pub fn rebuild_dashboard(root: &Path, steps: &Steps, products: &[ProductEntry]) -> io::Result<()> {
    let folder = root.join("dashboard");
    fs_err::create_dir_all(&folder)?;
    let lock =
        fs_err::OpenOptions::new().create(true).truncate(false).write(true).open(folder.join("dashboard.lock"))?;
    lock.file().lock()?;
    let mut tables: Vec<(PathBuf, Vec<u8>)> = Vec::new();
    for run_id in run_ids(root)? {
        let layout = Layout { root: root.to_owned(), run_id };
        let Ok(run) = RunJson::read(&layout.run_json()) else { continue };
        let describe = |id: &str| steps.describe(id).ok();
        let Ok(files) = run_files(&layout, &run, products, describe, |said| said.dashboard_role.as_ref()) else {
            continue;
        };
        for file in files {
            let Some(name) = file.file_name().map(PathBuf::from) else { continue };
            match std::fs::read(&file) {
                Ok(rows) => add(&mut tables, name, &rows),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(io::Error::new(error.kind(), format!("{}: {error}", file.display()))),
            }
        }
    }
    step_harness::remove_temporaries(&folder)?;
    for (name, table) in tables {
        // mark: dashboard-name
        step_harness::write_bytes(&folder.join(name), &table)?;
    }
    Ok(())
}

/// Adds the rows of a run to the table of that name. A run of a release with other columns keeps its own copy only.
fn add(tables: &mut Vec<(PathBuf, Vec<u8>)>, name: PathBuf, rows: &[u8]) {
    let header_end = |bytes: &[u8]| bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |end| end + 1);
    let end = header_end(rows);
    match tables.iter_mut().find(|(known, _)| *known == name) {
        // mark: dashboard-rows-kept
        None => tables.push((name, rows.to_vec())),
        Some((_, table)) if table[..header_end(table)] == rows[..end] => table.extend_from_slice(&rows[end..]),
        Some(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_the_same_columns_follow_one_header() {
        let mut tables = Vec::new();
        for rows in ["a,b\n1,2\n", "a,b\n3,4\n", "a,c\n5,6\n"] {
            add(&mut tables, PathBuf::from("t.csv"), rows.as_bytes());
        }
        assert_eq!(tables, [(PathBuf::from("t.csv"), b"a,b\n1,2\n3,4\n".to_vec())]);
    }
}
