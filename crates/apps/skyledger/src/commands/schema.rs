//! `skyledger schema`: the published contracts.

use serde_json::{Value, json};
use step_contract::{REASONS, ReasonKind, WARNINGS};

use crate::print;

/// The stream of a run, whose schema is no product's.
const EVENTS: &str = "events";
/// Name that lists the reasons in place of a product.
const REASONS_NAME: &str = "reasons";

/// Prints the schema of a product, lists the products, or lists the reasons.
pub(crate) fn schema(product: Option<&str>, as_json: bool) -> u8 {
    let Some(name) = product else {
        if as_json {
            let product =
                |product: &step_contract::ProductEntry| json!({"name": product.name, "version": product.version});
            let events = json!({"name": EVENTS, "version": 1});
            print::json(&products::ALL.iter().map(product).chain([events]).collect::<Vec<_>>());
        } else {
            for product in products::ALL {
                print::line(format!("{} {}", product.name, product.version));
            }
            print::line(format!("{EVENTS} 1"));
        }
        return runner::exit::DONE;
    };
    if name == EVENTS {
        print::line(step_contract::schema_text(&step_contract::event_schema()).trim_end());
        return runner::exit::DONE;
    }
    if name == REASONS_NAME {
        reasons(as_json);
        return runner::exit::DONE;
    }
    match products::ALL.iter().find(|product| product.name == name) {
        Some(product) => {
            // A schema is JSON in any case.
            print::line(product.schema.trim_end());
            runner::exit::DONE
        }
        None => {
            print::error(format!(
                "{name} is neither a product nor `{EVENTS}` nor `{REASONS_NAME}`; `skyledger schema` lists the products"
            ));
            runner::exit::USAGE
        }
    }
}

/// Every kind of reason and of warning: what it means, how the unit ends, exit codes of a step all of whose units end so.
fn reasons(as_json: bool) {
    if as_json {
        let list = |kinds: &[ReasonKind]| kinds.iter().map(entry).collect::<Vec<Value>>();
        print::json(&json!({"reasons": list(REASONS), "warnings": list(WARNINGS)}));
        return;
    }
    for (title, kinds) in
        [("Reasons of units that are not done", REASONS), ("Warnings of units that are done", WARNINGS)]
    {
        print::line(format!("{title}:"));
        for kind in kinds {
            let codes = kind.ends.exit_codes().iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
            print::line(format!("  {:<24} {:<14} exit {codes:<9} {}", kind.name, kind.ends.outcome(), kind.meaning));
        }
    }
}

fn entry(kind: &ReasonKind) -> Value {
    json!({
        "kind": kind.name,
        "meaning": kind.meaning,
        "outcome": kind.ends.outcome(),
        "exit_codes": kind.ends.exit_codes(),
    })
}
