//! `skyledger schema`: the published contracts.

use crate::print;

/// The stream of a run, whose schema is no product's.
const EVENTS: &str = "events";

/// Prints the schema of a product, or lists the products.
pub(crate) fn schema(product: Option<&str>) -> u8 {
    let Some(name) = product else {
        for product in products::ALL {
            print::line(format!("{} {}", product.name, product.version));
        }
        print::line(format!("{EVENTS} 1"));
        return runner::exit::DONE;
    };
    if name == EVENTS {
        print::line(step_contract::schema_text(&step_contract::event_schema()).trim_end());
        return runner::exit::DONE;
    }
    match products::ALL.iter().find(|product| product.name == name) {
        Some(product) => {
            print::line(product.schema.trim_end());
            runner::exit::DONE
        }
        None => {
            print::error(format!("{name} is neither a product nor `events`; `skyledger schema` lists them"));
            runner::exit::USAGE
        }
    }
}
