//! What ties a unit to other units: its group, its kind, its root, and the shared units that it used.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What ties a unit to other units. In a manifest it holds what the facts of the unit do not say, above all of a unit that is not done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Ties {
    /// The group that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[A-Za-z0-9._+-]+$"))]
    pub group: Option<String>,
    /// Its kind, where units of several kinds share a product.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub kind: Option<String>,
    /// What it goes back to (target, tile); a shard is a set of roots.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub root: Option<String>,
    /// The shared units that it used, by input, in the order in which its job named them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub shares: BTreeMap<String, Vec<String>>,
}

impl Ties {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What a unit of a manifest (as JSON) says: its facts first, then its ties.
    pub fn of_unit(unit: &Value) -> Self {
        let text = |name: &str| unit["facts"][name].as_str().or(unit["ties"][name].as_str()).map(str::to_owned);
        let shares = unit["ties"]["shares"].clone();
        Self {
            group: text("group"),
            kind: text("kind"),
            root: text("root"),
            shares: serde_json::from_value(shares).unwrap_or_default(),
        }
    }

    /// The same without what the facts (as JSON) say already.
    #[must_use]
    pub fn beside(mut self, facts: &Value) -> Self {
        for (name, value) in [("group", &mut self.group), ("kind", &mut self.kind), ("root", &mut self.root)] {
            if facts[name].is_string() {
                *value = None;
            }
        }
        self
    }

    /// Takes group, kind and root of `other` where it says none.
    pub fn inherit(&mut self, other: &Self) {
        for (own, given) in
            [(&mut self.group, &other.group), (&mut self.kind, &other.kind), (&mut self.root, &other.root)]
        {
            if own.is_none() {
                own.clone_from(given);
            }
        }
    }
}
