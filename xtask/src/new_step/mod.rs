//! A new step: crates that compile, with one failing test; where they are missing also its kernel and its product.

mod made;
mod names;

use std::path::Path;

use clap::Args;

use made::Made;
use names::{camel, check_name, member, text_of};

/// `cargo xtask new-step trails --reads frames:frame-set --writes trail-table --kernel sky-trails`
#[derive(Debug, Args)]
pub(crate) struct NewStep {
    /// Id of the step: small letters, digits and -
    id: String,
    /// Inputs as member:product; `?` behind the product for an optional one, `*` for any number
    #[arg(long, value_name = "MEMBER:PRODUCT", required = true)]
    reads: Vec<String>,
    /// Product that it writes; one that there is not is made, with a sample and a schema
    #[arg(long, value_name = "PRODUCT")]
    writes: String,
    /// Kernel crate (`sky-*`) whose parameters the step's configuration holds; one that there is not is made
    #[arg(long, value_name = "CRATE")]
    kernel: Option<String>,
}

/// Makes the crates, and their lines in the lists of the workspace, of the products and of the command.
pub(crate) fn run(checkout: &Path, task: &NewStep) -> Result<(), String> {
    let made = make(checkout, task)?;
    let id = &task.id;
    println!("made:");
    made.new.iter().for_each(|file| println!("    {file}"));
    println!("changed:");
    made.changed.iter().for_each(|file| println!("    {file}"));
    println!("next:");
    if made.product_is_new {
        println!("    cargo xtask schemas                      (derives the schema of {})", task.writes);
    }
    println!(
        "    cargo test --release -p step-{id}          (builds this step only; one test fails: it says what to write)"
    );
    println!(
        "    a table in config/<workflow>.toml and a [[step]] in workflows/<workflow>.toml (CONTRIBUTING.md, \"A new step\")"
    );
    Ok(())
}

/// Writes all files; asks for nothing that is there already.
fn make(checkout: &Path, task: &NewStep) -> Result<Made, String> {
    let id = &task.id;
    check_name(id)?;
    check_name(&task.writes)?;
    let folder = format!("crates/steps/step-{id}");
    if checkout.join(&folder).exists() {
        return Err(format!("{folder} is there already"));
    }
    let product_is_new = !products::ALL.iter().any(|entry| entry.name == task.writes);
    let output = camel(&task.writes);
    let members = task.reads.iter().map(|text| member(text)).collect::<Result<Vec<_>, _>>()?;
    let mut made = Made::new(checkout, product_is_new);
    let kernel = task.kernel.as_deref();
    if let Some(kernel) = kernel {
        check_name(kernel)?;
        let short = kernel.strip_prefix("sky-").ok_or_else(|| format!("{kernel}: a kernel is called sky-<noun>"))?;
        if crate::crates::find(checkout, kernel).is_none() {
            kernel_crate(&mut made, kernel, short)?;
        }
    }
    if product_is_new {
        product(&mut made, &task.writes, &output, id)?;
    }
    let name = camel(id);
    let mut used: Vec<String> = members.iter().map(|member| member.product.clone()).chain([output.clone()]).collect();
    used.sort();
    used.dedup();
    let fields: Vec<String> = members
        .iter()
        .map(|member| format!("        /// What it is for.\n        {}: {},", member.name, member.slot))
        .collect();
    let needs: String = members.iter().map(|member| format!(".needs(&inputs.{}, unit.id())", member.name)).collect();
    let (use_params, params) = match kernel {
        Some(kernel) => {
            let (krate, params) =
                (kernel.replace('-', "_"), format!("{}Params", camel(kernel.trim_start_matches("sky-"))));
            let field = format!("\n    /// Parameters of the kernel.\n    pub kernel: {params},\n");
            (format!("use {krate}::{params};\n"), field)
        }
        None => (String::new(), String::new()),
    };
    let text = |template: &str| {
        text_of(
            template,
            &[
                ("used", &used.join(", ")),
                ("fields", &fields.join("\n")),
                ("needs", &needs),
                ("first", &members[0].name),
                ("output", &output),
                ("use_params", &use_params),
                ("params", &params),
                ("Name", &name),
                ("krate", &id.replace('-', "_")),
                ("id", id),
            ],
        )
    };
    made.file(&format!("{folder}/Cargo.toml"), &step_manifest(id, kernel))?;
    made.file(&format!("{folder}/src/main.rs"), &text(MAIN))?;
    made.file(&format!("{folder}/src/lib.rs"), &text(include_str!("../../templates/step_lib.rs.txt")))?;
    made.file(&format!("{folder}/src/config.rs"), &text(include_str!("../../templates/step_config.rs.txt")))?;
    made.file(&format!("{folder}/src/error.rs"), &text(include_str!("../../templates/step_error.rs.txt")))?;
    made.file(&format!("{folder}/tests/step.rs"), &text(include_str!("../../templates/step_test.rs.txt")))?;
    made.line("Cargo.toml", "step-catalog = ", &format!("step-{id} = {{ path = \"{folder}\" }}\n"))?;
    made.line("crates/apps/skyledger/Cargo.toml", "step-catalog.workspace", &format!("step-{id}.workspace = true\n"))?;
    let entry = format!("    step_harness::entry::<step_{}::{name}>(),\n", id.replace('-', "_"));
    made.line("crates/apps/skyledger/src/steps.rs", "    step_harness::entry::<step_summarize", &entry)?;
    Ok(made)
}

const MAIN: &str = "//! The program `step-@id@`.\n\nfn main() -> std::process::ExitCode {\n    \
                    step_harness::main::<step_@krate@::@Name@>(build_identity::of_step(\"@id@\"))\n}\n";

fn kernel_crate(made: &mut Made, kernel: &str, short: &str) -> Result<(), String> {
    let folder = format!("crates/kernels/{kernel}");
    let manifest = manifest(kernel, "Say what it works out", &["schemars", "serde"], &[]);
    made.file(&format!("{folder}/Cargo.toml"), &manifest)?;
    let text = text_of(include_str!("../../templates/kernel_lib.rs.txt"), &[("Kernel", &camel(short))]);
    made.file(&format!("{folder}/src/lib.rs"), &text)?;
    made.line("Cargo.toml", "sky-fits = ", &format!("{kernel} = {{ path = \"{folder}\" }}\n"))
}

fn product(made: &mut Made, product: &str, marker: &str, id: &str) -> Result<(), String> {
    let words = [("Product", marker), ("product", product), ("id", id)];
    let module = product.replace('-', "_");
    let folder = "crates/contract/products";
    made.file(&format!("{folder}/src/{module}.rs"), &text_of(include_str!("../../templates/product.rs.txt"), &words))?;
    made.file(
        &format!("{folder}/samples/{product}.json"),
        &text_of(include_str!("../../templates/sample.json.txt"), &words),
    )?;
    // Until `cargo xtask schemas` has derived it.
    made.file(&format!("{folder}/schemas/{product}-1.json"), "{}\n")?;
    let lib = format!("{folder}/src/lib.rs");
    made.line(&lib, "mod summary;", &format!("mod {module};\n"))?;
    let names = format!("pub use {module}::{{{marker}, {marker}Facts, {marker}Files, {marker}Payload}};\n");
    made.line(&lib, "pub use summary::", &names)?;
    made.line(&lib, "    ProductEntry::of::<Summary>", &format!("    ProductEntry::of::<{marker}>(),\n"))
}

fn step_manifest(id: &str, kernel: Option<&str>) -> String {
    let mut used =
        vec!["build-identity", "products", "schemars", "serde", "step-contract", "step-harness", "thiserror"];
    used.extend(kernel);
    used.sort_unstable();
    let text = manifest(&format!("step-{id}"), &format!("The step {id}"), &used, &["tempfile", "test-sky"]);
    let program = format!(
        "\n# `main` has nothing to test; as a test program it would be built a second time.\n[[bin]]\nname = \"step-{id}\"\n\
         path = \"src/main.rs\"\ntest = false\nbench = false\n\n[lints]"
    );
    text.replacen("\n[lints]", &program, 1)
}

fn manifest(name: &str, description: &str, used: &[&str], used_by_tests: &[&str]) -> String {
    let lines = |names: &[&str]| -> String { names.iter().map(|name| format!("{name}.workspace = true\n")).collect() };
    let tests = if used_by_tests.is_empty() {
        String::new()
    } else {
        format!("\n[dev-dependencies]\n{}", lines(used_by_tests))
    };
    format!(
        "[package]\nname = \"{name}\"\ndescription = \"{description}\"\nversion.workspace = true\nedition.workspace = true\n\
         license.workspace = true\nrepository.workspace = true\n\n[lints]\nworkspace = true\n\n[dependencies]\n{}{tests}",
        lines(used)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The files of the tree that the task adds lines to.
    const LISTS: [&str; 4] = [
        "Cargo.toml",
        "crates/apps/skyledger/Cargo.toml",
        "crates/apps/skyledger/src/steps.rs",
        "crates/contract/products/src/lib.rs",
    ];

    #[test]
    fn a_step_with_kernel_and_product_changes_four_files_outside_its_own() {
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask/ lies in the checkout");
        let copy = tempfile::tempdir().expect("a folder");
        for list in LISTS {
            let to = copy.path().join(list);
            fs_err::create_dir_all(to.parent().expect("a parent")).expect("a folder");
            fs_err::copy(checkout.join(list), to).expect("a copy");
        }
        let task = NewStep {
            id: "trails".to_owned(),
            reads: vec!["frames:frame-set".to_owned(), "bright:reference-catalog?".to_owned()],
            writes: "trail-table".to_owned(),
            kernel: Some("sky-trails".to_owned()),
        };
        let made = make(copy.path(), &task).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(made.changed, LISTS, "files that are changed");
        for file in &made.new {
            let text = fs_err::read_to_string(copy.path().join(file)).expect("a new file");
            assert!(
                !text.contains('@') || text.contains("@example"),
                "{file} has a word that was not filled in:\n{text}"
            );
        }
        let own = ["crates/steps/step-trails/", "crates/kernels/sky-trails/", "crates/contract/products/"];
        assert!(made.new.iter().all(|file| own.iter().any(|folder| file.starts_with(folder))), "{:?}", made.new);
        assert!(make(copy.path(), &task).is_err(), "what is there is not made again");
    }
}
