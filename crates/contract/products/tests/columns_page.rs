//! docs/columns.md is the registry of columns.

use std::path::Path;

#[test]
fn the_page_of_columns_is_that_of_the_registry() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/columns.md");
    let derived = products::source_catalog::columns_page();
    if std::fs::read_to_string(&page).unwrap_or_default() != derived {
        std::fs::write(&page, &derived).expect("docs can be written");
        panic!("docs/columns.md was stale and has been rewritten: commit it");
    }
    assert!(derived.contains("| `FLUX_AUTO` | float32 | count |"), "a table of columns");
}
