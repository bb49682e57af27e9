//! The catalogues that a verdict rests on.

use std::collections::BTreeMap;

use products::candidate_table::{EvidenceFacts, SightFacts};
use products::reference_catalog::{ReferenceRow, read_rows};
use products::{MatchFacts, ReferenceCatalog};
use sky_candidates::Sight;
use sky_coords::SkyPos;
use step_contract::{MemberUnit, Reason, Status};

use crate::{FilterConfig, FilterError};

/// Kind of the reason of a tile whose vetoes do not see it.
const VETO_BLIND: &str = "veto_blind";
/// Status of a catalogue that does not see what stands on the plate.
const BLIND: &str = "blind";
/// Status of a catalogue whose footprint does not cover the tile: the kind of reason that step `catalog` gives.
const NOT_COVERED: &str = "not_covered";

/// What is known of each catalogue.
#[derive(Clone, Debug)]
pub(crate) struct Evidence<'a> {
    config: &'a FilterConfig,
    /// Name and status of every catalogue that is asked for or was matched.
    catalogues: Vec<(String, String)>,
    /// What each of them sees.
    seen: Vec<Sight>,
    /// Why a catalogue is blind.
    blind: BTreeMap<String, String>,
}

/// One catalogue at the epoch of the plate.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    pub(crate) name: String,
    pub(crate) rows: Vec<ReferenceRow>,
    pub(crate) positions: Vec<SkyPos>,
    /// Whether its proper motions are believed.
    pub(crate) motions_believed: bool,
    /// Area of the circle in which it was asked, square arc seconds; NaN where that is not known.
    pub(crate) area_arcsec2: f64,
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
            Some(found) if found.reason.as_deref() == Some(NOT_COVERED) => NOT_COVERED,
            Some(found) => found.status.as_str(),
        };
        let matched = matches.references.iter().map(|found| &found.reference);
        let others = matched.filter(|name| !config.evidence.contains(name));
        let catalogues =
            config.evidence.iter().chain(others).map(|name| (name.clone(), status_of(name).to_owned())).collect();
        Self { config, catalogues, seen: Vec::new(), blind: BTreeMap::new() }
    }

    /// Why the tile is blocked: evidence that is missing, or does not see, and may not be left out.
    pub(crate) fn what_blocks(&self, unit: &str) -> Option<Reason> {
        let missing: Vec<&(String, String)> =
            self.missing().filter(|(name, _)| !self.config.allow_missing.contains(name)).collect();
        let named: Vec<String> = missing
            .iter()
            .map(|(name, status)| match self.blind.get(name) {
                Some(why) => format!("{name} is blind: {why}"),
                None => format!("{name} is {status}"),
            })
            .collect();
        let is_blind = missing.iter().all(|(_, status)| status == BLIND || status == NOT_COVERED);
        (!missing.is_empty()).then(|| {
            let message = format!("{}; without it nothing can be a candidate; `allow_missing` gives the table of what is not in the others", named.join("; "));
            let reason = Reason::blocked("catalog", unit, message);
            if is_blind { Reason { kind: VETO_BLIND.to_owned(), ..reason } } else { reason }
        })
    }

    /// Notes what each catalogue sees of the tile: a blind one counts as missing.
    pub(crate) fn look(&mut self, seen: Vec<Sight>) {
        for sight in &seen {
            if let Some(why) = &sight.blind {
                self.blind.insert(sight.catalog.clone(), why.clone());
                let named = self.catalogues.iter_mut().filter(|(name, _)| *name == sight.catalog);
                named.for_each(|(_, status)| BLIND.clone_into(status));
            }
        }
        self.seen = seen;
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

    pub(crate) fn facts(&self) -> Vec<EvidenceFacts> {
        let fact = |(catalog, status): &(String, String)| EvidenceFacts {
            catalog: catalog.clone(),
            status: status.clone(),
            required: self.config.evidence.contains(catalog),
            vetoes: self.config.vetoes.contains(catalog),
            sight: self.seen.iter().find(|sight| sight.catalog == *catalog).map(|sight| SightFacts {
                bright: sight.bright,
                matched: sight.matched,
                share: sight.share,
                by_lower_end: sight.is_lower_end,
                empty_parts: sight.empty_parts.len() as u64,
            }),
        };
        self.catalogues.iter().map(fact).collect()
    }

    fn missing(&self) -> impl Iterator<Item = &(String, String)> {
        self.catalogues.iter().filter(|(name, status)| status != "done" && self.config.evidence.contains(name))
    }
}

/// Reads the catalogues that are done and puts their rows where xmatch matched them: at the epoch of the plate, or as the catalogue has them where its
/// motions are not believed.
pub(crate) fn read_references(
    members: &[MemberUnit<'_, ReferenceCatalog>],
    matches: &MatchFacts,
) -> Result<Vec<Reference>, FilterError> {
    let done = members.iter().filter(|member| member.status == Status::Done).filter_map(|member| member.done.as_ref());
    done.map(|unit| {
        let rows = read_rows(&unit.file("table"))?;
        let name = unit.facts().catalog_name.clone();
        let is_believed = matches.references.iter().all(|found| found.reference != name || found.motions_believed);
        let epoch_yr = matches.epoch_yr.filter(|_| is_believed).unwrap_or(f64::NAN);
        let positions = rows.iter().map(|row| row.position_at(epoch_yr)).collect();
        let radius_arcsec = unit.facts().radius_arcmin.map_or(f64::NAN, |radius| 60.0 * radius);
        let area_arcsec2 = std::f64::consts::PI * radius_arcsec * radius_arcsec;
        Ok(Reference { name, rows, positions, motions_believed: is_believed, area_arcsec2 })
    })
    .collect()
}
