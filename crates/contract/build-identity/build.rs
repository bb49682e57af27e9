//! Works out the build strings of the program, of adoption and of each step, from the tree that is built.

#[allow(unreachable_pub, reason = "the library publishes what stands in this module")]
#[path = "src/tree/mod.rs"]
mod tree;

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;

use tree::Tree;

fn main() -> Result<(), Box<dyn Error>> {
    let here = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    let workspace = here.ancestors().nth(3).ok_or("build-identity lies in crates/<layer>/ of the workspace")?;
    for watched in ["Cargo.toml", "Cargo.lock", "crates", "workflows", "config"] {
        println!("cargo::rerun-if-changed={}", workspace.join(watched).display());
    }
    let tree = Tree::read(workspace)?;
    let features = features();
    let mut text = String::new();
    writeln!(text, "/// Build of the program `skyledger`.")?;
    writeln!(text, "pub const BUILD: &str = {:?};", tree.build(&tree::PROGRAM, &features)?)?;
    writeln!(text, "/// Build of what makes a manifest for files from elsewhere.")?;
    writeln!(text, "pub const ADOPTION: &str = {:?};", tree.build(&tree::ADOPTION, &features)?)?;
    writeln!(text, "/// Each step of the workspace with its build, by id.")?;
    writeln!(text, "const STEPS: &[(&str, &str)] = &[")?;
    for id in tree.steps() {
        writeln!(text, "    ({id:?}, {:?}),", tree.build(&[&format!("step-{id}")], &features)?)?;
    }
    writeln!(text, "];")?;
    std::fs::write(PathBuf::from(std::env::var("OUT_DIR")?).join("builds.rs"), text)?;
    Ok(())
}

/// The features that are on in this build, by the names that Cargo.toml has for them.
fn features() -> BTreeSet<String> {
    let on = std::env::vars().filter_map(|(name, _)| name.strip_prefix("CARGO_FEATURE_").map(str::to_ascii_lowercase));
    on.map(|name| name.replace('_', "-")).filter(|name| name != "default").collect()
}
