//! A new step: a crate that compiles, with one failing test.

use std::path::Path;

use clap::Args;

/// `cargo xtask new-step trails --reads frames:frame-set --writes frame-set`
#[derive(Debug, Args)]
pub(crate) struct NewStep {
    /// Id of the step: small letters, digits and -
    id: String,
    /// Inputs as member:product; `?` behind the product for an optional one, `*` for any number
    #[arg(long, value_name = "MEMBER:PRODUCT", required = true)]
    reads: Vec<String>,
    /// Product that it writes
    #[arg(long, value_name = "PRODUCT")]
    writes: String,
}

/// One input member as Rust.
struct Member {
    name: String,
    slot: String,
}

/// Makes `crates/steps/step-<id>` and its line in the workspace.
pub(crate) fn run(checkout: &Path, task: &NewStep) -> Result<(), String> {
    let id = &task.id;
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
        return Err(format!("{id}: an id holds only a-z, 0-9 and -"));
    }
    let folder = checkout.join("crates/steps").join(format!("step-{id}"));
    if folder.exists() {
        return Err(format!("{} is there already", folder.display()));
    }
    let output = marker(&task.writes)?;
    let members = task.reads.iter().map(|text| member(text)).collect::<Result<Vec<_>, _>>()?;
    let name = camel(id);
    let files = [
        ("Cargo.toml", cargo_toml(id)),
        ("src/main.rs", main_rs(id, &name)),
        ("src/lib.rs", lib_rs(id, &name, &output, &members)),
    ];
    fs_err::create_dir_all(folder.join("src")).map_err(|error| error.to_string())?;
    for (file, text) in files {
        fs_err::write(folder.join(file), text).map_err(|error| error.to_string())?;
    }
    let workspace = checkout.join("Cargo.toml");
    let text = fs_err::read_to_string(&workspace).map_err(|error| error.to_string())?;
    let line = format!("step-{id} = {{ path = \"crates/steps/step-{id}\" }}\n");
    let place = text.find("step-catalog = ").ok_or("Cargo.toml: the list of our own crates has no step-catalog")?;
    fs_err::write(&workspace, format!("{}{line}{}", &text[..place], &text[place..]))
        .map_err(|error| error.to_string())?;
    println!("made crates/steps/step-{id}; next:");
    println!("  1. cargo test --release -p step-{id}          (one test fails: it says what to write)");
    println!("  2. a kernel function with its analytic test");
    println!("  3. a table in config/<workflow>.toml and a [[step]] in workflows/<workflow>.toml");
    println!(
        "  4. step-{id}.workspace = true in crates/apps/skyledger/Cargo.toml, and in crates/apps/skyledger/src/steps.rs the line"
    );
    println!("     step_harness::entry::<step_{}::{name}>(),", id.replace('-', "_"));
    Ok(())
}

/// The marker type of a product: `frame-set` is `FrameSet`.
fn marker(product: &str) -> Result<String, String> {
    if products::ALL.iter().any(|entry| entry.name == product) {
        return Ok(camel(product));
    }
    let names: Vec<&str> = products::ALL.iter().map(|entry| entry.name).collect();
    Err(format!("{product} is not a product; the products are {}", names.join(", ")))
}

fn member(text: &str) -> Result<Member, String> {
    let (name, product) = text.split_once(':').ok_or_else(|| format!("--reads {text}: expected member:product"))?;
    let plain = product.trim_end_matches(['?', '*']);
    let marker = marker(plain)?;
    let slot = match &product[plain.len()..] {
        "" => marker,
        "?" => format!("Option<{marker}>"),
        "*" => format!("Vec<{marker}>"),
        other => return Err(format!("--reads {text}: {other} is neither ? nor *")),
    };
    Ok(Member { name: name.replace('-', "_"), slot })
}

fn camel(name: &str) -> String {
    let capital = |part: &str| part[..1].to_ascii_uppercase() + &part[1..];
    name.split('-').filter(|part| !part.is_empty()).map(capital).collect()
}

fn cargo_toml(id: &str) -> String {
    let dependencies =
        ["build-identity", "products", "schemars", "serde", "step-contract", "step-harness", "thiserror"];
    let lines: String = dependencies.iter().map(|name| format!("{name}.workspace = true\n")).collect();
    format!(
        "[package]\nname = \"step-{id}\"\ndescription = \"The step {id}\"\nversion.workspace = true\nedition.workspace = true\n\
         license.workspace = true\nrepository.workspace = true\n\n[lints]\nworkspace = true\n\n[dependencies]\n{lines}"
    )
}

fn main_rs(id: &str, name: &str) -> String {
    let krate = id.replace('-', "_");
    format!(
        "//! The program `step-{id}`.\n\nfn main() -> std::process::ExitCode {{\n    \
         step_harness::main::<step_{krate}::{name}>(build_identity::BUILD)\n}}\n"
    )
}

fn lib_rs(id: &str, name: &str, output: &str, members: &[Member]) -> String {
    let mut used: Vec<String> =
        members.iter().map(|member| member.slot.replace("Option<", "").replace("Vec<", "").replace('>', "")).collect();
    used.push(output.to_owned());
    used.sort();
    used.dedup();
    let fields: String = members
        .iter()
        .map(|member| format!("        /// What it is for.\n        {}: {},\n", member.name, member.slot))
        .collect();
    let first = &members[0].name;
    let needs: String = members.iter().map(|member| format!(".needs(&inputs.{}, unit.id())", member.name)).collect();
    TEMPLATE
        .replace("@used@", &used.join(", "))
        .replace("@fields@", fields.trim_end())
        .replace("@needs@", &needs)
        .replace("@first@", first)
        .replace("@output@", output)
        .replace("@Name@", name)
        .replace("@id@", id)
}

/// The crate of a new step. What its unit does is the failing test's business.
const TEMPLATE: &str = r#"//! The step @id@: say here, in one paragraph, what it makes of what, and for whom.

use products::{@used@};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use step_contract::{Job, Product, Reason, inputs};
use step_harness::{ErrorEnding, Outcome, OutputDir, OutputError, Scope, Step, StepError, Units};

/// The step.
#[derive(Clone, Copy, Debug)]
pub struct @Name@;

inputs! {
    /// What it reads.
    pub struct @Name@Inputs {
@fields@
    }
}

/// Its configuration: the `Params` of its kernel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct @Name@Config {}

/// Why a unit fails.
#[derive(Debug, thiserror::Error)]
pub enum @Name@Error {
    /// A file cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The kernel is not written.
    #[error("the kernel of @id@ is not written yet: write it, then build the facts of a {product} from what it returns")]
    NotWritten {
        /// Product that it is to write.
        product: &'static str,
    },
}

impl StepError for @Name@Error {
    fn ending(&self) -> ErrorEnding {
        match self {
            Self::Output(error) => error.ending(),
            Self::NotWritten { .. } => {
                ErrorEnding::Failed { reason: Reason::new("not_written", self.to_string()), temporary: false }
            }
        }
    }
}

impl Step for @Name@ {
    const ID: &'static str = "@id@";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SCOPE: Scope = Scope::Unit;
    const MEMORY_PER_UNIT_BYTES: u64 = 256 << 20;
    type Config = @Name@Config;
    type Inputs = @Name@Inputs;
    type Output = @output@;
    type Error = @Name@Error;

    fn run(
        _config: &@Name@Config,
        inputs: @Name@Inputs,
        out: &mut OutputDir<@output@>,
    ) -> Result<Units<@output@>, @Name@Error> {
        let jobs: Vec<Job> = inputs.@first@.units().map(|unit| Job::new(unit.id())@needs@).collect();
        out.for_each_unit(jobs, |_needs, _files| -> Result<Outcome<<@output@ as Product>::Facts>, @Name@Error> {
            Err(@Name@Error::NotWritten { product: @output@::NAME })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tiny_unit_is_done() {
        // Adopt or write the smallest input that @id@ can work on, run the step on it and look at the facts:
        // step_harness::testing::InProcess::<@Name@>::new(folder).read("@first@", file).run()
        let error = @Name@Error::NotWritten { product: @output@::NAME };
        panic!("{error}");
    }
}
"#;
