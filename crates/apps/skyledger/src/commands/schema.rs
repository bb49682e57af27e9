//! `skyledger schema`: the published contracts.

use crate::print;

/// Prints the schema of a product, or lists the products.
pub(crate) fn schema(product: Option<&str>) -> u8 {
    let Some(name) = product else {
        for product in products::ALL {
            print::line(format!("{} {}", product.name, product.version));
        }
        return runner::exit::DONE;
    };
    match products::ALL.iter().find(|product| product.name == name) {
        Some(product) => {
            print::line(product.schema.trim_end());
            runner::exit::DONE
        }
        None => {
            print::error(format!("{name} is not a product; `skyledger schema` lists them"));
            runner::exit::USAGE
        }
    }
}
