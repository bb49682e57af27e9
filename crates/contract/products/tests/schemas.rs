//! The checked-in schemas are those of the types, and they accept and refuse what they should.

use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas")
}

#[test]
fn checked_in_schemas_are_those_of_the_types() {
    let mut stale = Vec::new();
    for product in products::ALL {
        let name = format!("{}-{}.json", product.name, product.version);
        let derived = step_contract::schema_text(&(product.derived_schema)());
        if derived != product.schema {
            std::fs::write(folder().join(&name), derived).expect("a stale schema can be rewritten");
            stale.push(name);
        }
    }
    assert!(stale.is_empty(), "rewritten, look at the difference and commit it: {}", stale.join(", "));
}

#[test]
fn every_schema_file_belongs_to_a_product() {
    for entry in std::fs::read_dir(folder()).expect("the folder of schemas") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        let known = products::ALL.iter().any(|product| name == format!("{}-{}.json", product.name, product.version));
        assert!(known, "{name} is of no product");
    }
}
