//! The manifest of one step: what it read, its units and their files, a payload, and the execution that is not part of its identity.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::product::Product;
use crate::reason::{Reason, Warning};

/// Name and version of a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductRef {
    /// `frame-set`, `source-catalog` ...
    pub name: String,
    /// Version of the schema.
    pub version: u32,
}

/// What did the work: `native` or an external tool, with its version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Engine {
    /// `native`, `sextractor`, `psfex`, `stilts` ...
    pub name: String,
    /// Its version.
    pub version: String,
}

/// A file was removed on purpose after it had been archived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Discarded {
    /// The archive that holds it.
    pub archive: String,
    /// Sum of the archive, lower-case hexadecimal.
    pub sha256: String,
}

/// One file of a unit or of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Relative to the manifest's folder with `/`, or `input:<name>/<relative path>` for a file from outside.
    pub path: String,
    /// Length.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub bytes: u64,
    /// SHA-256, 64 lower-case hexadecimal digits.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub sha256: String,
    /// Rows of a table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub rows: Option<u64>,
    /// Set when the file was removed on purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discarded: Option<Discarded>,
}

/// How a unit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Its files and facts are there (zero rows found is done).
    Done,
    /// Nothing to do here: a success.
    NoWork,
    /// No better algorithm could do it.
    Unprocessable,
    /// What it needs failed earlier.
    Blocked,
    /// It failed.
    Failed,
    /// It was not asked for.
    Skipped,
}

impl Status {
    /// Whether a unit of this status makes the step end with exit code 3.
    pub const fn counts_as_failure(self) -> bool {
        matches!(self, Self::Unprocessable | Self::Blocked | Self::Failed)
    }

    /// Whether a unit of this status may be reused while its key holds.
    pub const fn may_be_reused(self) -> bool {
        matches!(self, Self::Done | Self::NoWork | Self::Unprocessable)
    }
}

/// One unit of work: a tile, a frame, a target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct Unit<P: Product> {
    /// Id: `[A-Za-z0-9._+-]`, unique ignoring case.
    pub unit: String,
    /// How it ended.
    pub status: Status,
    /// What it was made of, as a sum; see [`crate::Needs`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Files by role; only when done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<P::Files>,
    /// Numbers; only when done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<P::Facts>,
    /// Why it is not done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// What was odd.
    pub warnings: Vec<Warning>,
}

/// One manifest that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Read {
    /// Name of the input member.
    pub input: String,
    /// Product.
    pub product: ProductRef,
    /// Step that wrote it.
    pub step: String,
    /// Label of that step.
    pub label: String,
    /// Path of the manifest, relative to the folder of the manifest that reads it.
    pub path: String,
    /// Its identity.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub identity: String,
}

/// Which part of the units a shard's manifest holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shard {
    /// 1 to `count`.
    pub index: u32,
    /// How many shards.
    pub count: u32,
}

impl Shard {
    /// Whether a unit belongs to this shard: SHA-256 of its id, as a big-endian number, modulo the count. A function of the id alone.
    pub fn takes(self, unit: &str) -> bool {
        use sha2::Digest as _;
        let count = u64::from(self.count.max(1));
        let rest = sha2::Sha256::digest(unit).iter().fold(0, |rest, byte| (rest * 256 + u64::from(*byte)) % count);
        rest + 1 == u64::from(self.index)
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}", self.index, self.count)
    }
}

impl std::str::FromStr for Shard {
    type Err = String;

    /// `i/n` with 1 <= i <= n.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not i/n with 1 <= i <= n");
        let (index, count) = text.split_once('/').ok_or_else(wrong)?;
        let shard = Self { index: index.parse().map_err(|_| wrong())?, count: count.parse().map_err(|_| wrong())? };
        if (1..=shard.count).contains(&shard.index) { Ok(shard) } else { Err(wrong()) }
    }
}

/// How, when and where: everything that may differ between two runs with the same result. Not part of the identity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Execution {
    /// Start, UTC, ISO 8601.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub started: String,
    /// Wall time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// Name of the machine.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub host: String,
    /// Threads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threads: Option<u32>,
    /// Units that were reused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reused: Vec<String>,
    /// Attempts by unit where there were more than one.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attempts: BTreeMap<String, u32>,
    /// Notes by unit: waits, cache hits, error numbers, bodies.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub notes: BTreeMap<String, BTreeMap<String, String>>,
    /// Folder behind each `input:<name>`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, String>,
    /// Address behind each service name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub services: BTreeMap<String, String>,
    /// Parameters marked `x-execution` (retry, backoff, timeouts ...).
    #[serde(skip_serializing_if = "serde_json::Value::is_null")]
    pub config: serde_json::Value,
    /// Command line.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
}

/// What one step says of its work. Everything but `execution` is a function of inputs, configuration, build and engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct Manifest<P: Product> {
    /// Product.
    pub product: ProductRef,
    /// Run.
    pub run_id: String,
    /// Step.
    pub step: String,
    /// Label of the step in its workflow.
    pub label: String,
    /// Build of the program.
    pub build: String,
    /// What did the work.
    pub engine: Engine,
    /// Resolved configuration, defaults included, without the parameters marked `x-execution`.
    pub config: serde_json::Value,
    /// What it read.
    pub reads: Vec<Read>,
    /// Units in the order of their ids.
    pub units: Vec<Unit<P>>,
    /// Files that belong to no unit (scope run only), by role.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, FileEntry>,
    /// Made from the units by [`Product::payload`].
    pub payload: P::Payload,
    /// Set in a shard's manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// Not part of the identity.
    pub execution: Execution,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_written_as_i_of_n() {
        assert_eq!("2/3".parse(), Ok(Shard { index: 2, count: 3 }));
        assert_eq!(Shard { index: 2, count: 3 }.to_string(), "2/3");
        for wrong in ["0/3", "4/3", "x", "1", "1/0", "1/2/3", "-1/2"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_part_of_a_unit_is_its_sum_modulo_the_count() {
        // sha256("abc") = ba7816bf...f20015ad: its last byte 0xad = 173 decides modulo 2 and 4.
        assert!(Shard { index: 2, count: 2 }.takes("abc"), "173 is odd");
        assert!(Shard { index: 2, count: 4 }.takes("abc"), "173 mod 4 = 1");
        for count in 1..=7 {
            let takers = (1..=count).filter(|index| Shard { index: *index, count }.takes("tile_RA150.000_DECp20.000"));
            assert_eq!(takers.count(), 1, "one of {count}");
        }
    }
}
