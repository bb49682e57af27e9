//! `skyledger adopt`: a manifest for files that came from elsewhere.

use crate::cli::AdoptArgs;
use crate::print;

/// Writes the manifest and prints its path.
pub(crate) fn adopt(args: &AdoptArgs) -> u8 {
    let Some(product) = products::ALL.iter().find(|product| product.name == args.product) else {
        let names: Vec<&str> = products::ALL.iter().map(|product| product.name).collect();
        print::error(format!("{} is not a product; the products are {}", args.product, names.join(", ")));
        return runner::exit::USAGE;
    };
    match runner::adopt(product, &args.name, &args.files, &args.out, build_identity::ADOPTION) {
        Ok(path) if args.json => print::json(&serde_json::json!({"manifest": path})),
        Ok(path) => print::line(path.display()),
        Err(error) => {
            print::error(&error);
            return match error {
                runner::AdoptError::Disk { .. } => runner::exit::DISK,
                runner::AdoptError::Refused { .. } => runner::exit::FAILED,
            };
        }
    }
    runner::exit::DONE
}
