//! The catalogues that a verdict rests on.

use products::candidate_table::EvidenceFacts;
use products::reference_catalog::{ReferenceRow, read_rows};
use products::{MatchFacts, ReferenceCatalog};
use sky_coords::SkyPos;
use step_contract::{MemberUnit, Status};

use crate::{FilterConfig, FilterError};

/// What is known of each catalogue.
#[derive(Clone, Debug)]
pub(crate) struct Evidence<'a> {
    config: &'a FilterConfig,
    /// Name and status of every catalogue that is asked for or was matched.
    catalogues: Vec<(String, String)>,
}

/// One catalogue at the epoch of the plate.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    pub(crate) name: String,
    pub(crate) rows: Vec<ReferenceRow>,
    pub(crate) positions: Vec<SkyPos>,
}

impl<'a> Evidence<'a> {
    /// A catalogue counts as done when it was matched, and its table is there for the spike rules where these need it.
    pub(crate) fn of(
        config: &'a FilterConfig,
        matches: &MatchFacts,
        members: &[MemberUnit<'_, ReferenceCatalog>],
    ) -> Self {
        let has_table =
            |name: &str| members.iter().filter_map(|m| m.done.as_ref()).any(|done| done.facts().catalog_name == name);
        let status_of = |name: &str| match matches.references.iter().find(|found| found.reference == name) {
            None => "unbound",
            Some(found)
                if found.status == "done" && config.spike_sources.iter().any(|s| s == name) && !has_table(name) =>
            {
                "unbound"
            }
            Some(found) => found.status.as_str(),
        };
        let matched = matches.references.iter().map(|found| &found.reference);
        let others = matched.filter(|name| !config.evidence.contains(name));
        let catalogues =
            config.evidence.iter().chain(others).map(|name| (name.clone(), status_of(name).to_owned())).collect();
        Self { config, catalogues }
    }

    /// Why the tile is blocked: evidence that is missing and may not be.
    pub(crate) fn what_blocks(&self) -> Option<String> {
        let missing: Vec<String> = self
            .missing()
            .filter(|(name, _)| !self.config.allow_missing.contains(name))
            .map(|(name, status)| format!("{name} is {status}"))
            .collect();
        (!missing.is_empty()).then(|| {
            format!("{}: without it nothing can be a candidate; `allow_missing` gives the table of what is not in the others", missing.join(", "))
        })
    }

    /// What is missing by permission.
    pub(crate) fn what_is_missing(&self) -> Option<String> {
        let missing: Vec<&str> = self.missing().map(|(name, _)| name.as_str()).collect();
        let asked: Vec<&str> =
            self.config.vetoes.iter().map(String::as_str).filter(|name| !missing.contains(name)).collect();
        let asked = if asked.is_empty() {
            "no veto catalogue was asked".to_owned()
        } else {
            format!("this is what is not in {}", asked.join(", "))
        };
        (!missing.is_empty()).then(|| format!("{} is missing: {asked}, no row is a candidate", missing.join(", ")))
    }

    /// Whether everything that the verdict needs was there.
    pub(crate) fn is_complete(&self) -> bool {
        self.missing().next().is_none()
    }

    /// `complete` or `unknown`.
    pub(crate) fn veto_status(&self) -> &'static str {
        if self.is_complete() { "complete" } else { "unknown" }
    }

    pub(crate) fn facts(&self) -> Vec<EvidenceFacts> {
        let fact = |(catalog, status): &(String, String)| EvidenceFacts {
            catalog: catalog.clone(),
            status: status.clone(),
            required: self.config.evidence.contains(catalog),
        };
        self.catalogues.iter().map(fact).collect()
    }

    fn missing(&self) -> impl Iterator<Item = &(String, String)> {
        self.catalogues.iter().filter(|(name, status)| status != "done" && self.config.evidence.contains(name))
    }
}

/// Reads the catalogues that are done and carries them to the epoch of the plate.
pub(crate) fn read_references(
    members: &[MemberUnit<'_, ReferenceCatalog>],
    epoch_yr: Option<f64>,
) -> Result<Vec<Reference>, FilterError> {
    let done = members.iter().filter(|member| member.status == Status::Done).filter_map(|member| member.done.as_ref());
    done.map(|unit| {
        let rows = read_rows(&unit.file("table"))?;
        let positions = rows.iter().map(|row| row.position_at(epoch_yr.unwrap_or(f64::NAN))).collect();
        Ok(Reference { name: unit.facts().catalog_name.clone(), rows, positions })
    })
    .collect()
}
