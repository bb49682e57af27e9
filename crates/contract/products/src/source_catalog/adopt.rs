//! A source catalogue from an LDAC file that came from elsewhere.

use step_contract::{AdoptedFile, AdoptedUnit};

use super::unit::{SourceCatalog, SourceFacts, SourceFiles};

/// One LDAC catalogue: its rows and what its image header says.
pub(super) fn adopt_ldac(file: &AdoptedFile) -> Result<AdoptedUnit<SourceCatalog>, String> {
    let (header, table) = sky_fits::ldac::read(&file.path).map_err(|error| error.to_string())?;
    let size = |keyword: &str| header.integer(keyword).and_then(|size| u64::try_from(size).ok());
    Ok(AdoptedUnit {
        unit: file.unit.clone(),
        files: SourceFiles::of(file.entry.clone()),
        facts: SourceFacts::new(table.rows as u64).with_header(&header, size("NAXIS1").zip(size("NAXIS2"))),
    })
}
