//! Views that several runs share, rebuilt from all runs under a lock. They are in no manifest; each run keeps its own hashed copy.

use std::path::Path;

/// The dashboard's table.
const TABLE: &str = "anomalies_minimal.csv";

/// Rebuilds `dashboard/anomalies_minimal.csv` from the summaries of all runs, oldest first.
pub(crate) fn rebuild(root: &Path) -> std::io::Result<()> {
    let folder = root.join("dashboard");
    fs_err::create_dir_all(&folder)?;
    let lock =
        fs_err::OpenOptions::new().create(true).truncate(false).write(true).open(folder.join("dashboard.lock"))?;
    lock.file().lock()?;
    let mut table = Vec::new();
    let mut header: Option<Vec<u8>> = None;
    for run_id in runner::run_ids(root)? {
        let file = root.join("data/summaries").join(&run_id).join(TABLE);
        let bytes = match std::fs::read(&file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(std::io::Error::new(error.kind(), format!("{}: {error}", file.display()))),
        };
        let end = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |end| end + 1);
        match &header {
            None => {
                table.extend_from_slice(&bytes[..end]);
                header = Some(bytes[..end].to_vec());
            }
            // A run of a release with other columns keeps its own copy only.
            Some(header) if header[..] != bytes[..end] => continue,
            Some(_) => {}
        }
        table.extend_from_slice(&bytes[end..]);
    }
    if header.is_none() {
        return Ok(());
    }
    step_harness::remove_temporaries(&folder)?;
    step_harness::write_bytes(&folder.join(TABLE), &table).map(|_| ())
}
