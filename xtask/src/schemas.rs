//! The checked-in schemas of the products, and the page of columns.

use std::path::Path;

/// Rewrites stale schemas, or only names them.
pub(crate) fn run(checkout: &Path, check: bool) -> Result<(), String> {
    let folder = checkout.join("crates/contract/products/schemas");
    let mut stale = Vec::new();
    for product in products::ALL {
        let name = format!("{}-{}.json", product.name, product.version);
        let file = folder.join(&name);
        let derived = step_contract::schema_text(&(product.derived_schema)());
        if std::fs::read_to_string(&file).unwrap_or_default() == derived {
            continue;
        }
        if !check {
            fs_err::write(&file, derived).map_err(|error| error.to_string())?;
        }
        stale.push(name);
    }
    let events = checkout.join("crates/contract/step-contract/schemas/events-1.json");
    let derived = step_contract::schema_text(&step_contract::event_schema());
    if std::fs::read_to_string(&events).unwrap_or_default() != derived {
        if !check {
            fs_err::write(&events, derived).map_err(|error| error.to_string())?;
        }
        stale.push("events-1.json".to_owned());
    }
    let page = checkout.join("docs/columns.md");
    let derived = products::source_catalog::columns_page();
    if std::fs::read_to_string(&page).unwrap_or_default() != derived {
        if !check {
            fs_err::write(&page, derived).map_err(|error| error.to_string())?;
        }
        stale.push("docs/columns.md".to_owned());
    }
    match (stale.is_empty(), check) {
        (true, _) => println!("{} schemas and the page of columns are those of the types", products::ALL.len()),
        (false, true) => return Err(format!("stale: {}; run cargo xtask schemas", stale.join(", "))),
        (false, false) => println!("rewritten: {}", stale.join(", ")),
    }
    Ok(())
}
