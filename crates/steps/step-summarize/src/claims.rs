//! What the rows of a run claim: each tile names the catalogues that answered for it.

use std::collections::BTreeMap;

use products::candidate_table::claim;

use crate::rows::Verdicts;

/// What a page says where no tile has a verdict.
const NO_VERDICT: &str = "on the plate and held against no catalogue: star or defect";

/// The claim of each tile with a verdict.
pub(crate) fn of_tiles(verdicts: &Verdicts) -> BTreeMap<&str, String> {
    verdicts.tiles.iter().map(|tile| (tile.id.as_str(), claim(&tile.facts.evidence))).collect()
}

/// The claim of the run: the one of all its tiles, or each with the number of its tiles.
pub(crate) fn of_run(verdicts: &Verdicts) -> String {
    let mut tiles: BTreeMap<String, u64> = BTreeMap::new();
    for claim in of_tiles(verdicts).into_values() {
        *tiles.entry(claim).or_default() += 1;
    }
    match tiles.len() {
        0 => NO_VERDICT.to_owned(),
        1 => tiles.into_keys().next().unwrap_or_default(),
        _ => {
            tiles.into_iter().map(|(claim, count)| format!("{claim} ({count} tiles)")).collect::<Vec<_>>().join("; or ")
        }
    }
}

/// The claim of the run for the title of a picture.
pub(crate) fn title(verdicts: &Verdicts) -> String {
    let tiles = of_tiles(verdicts);
    let first = tiles.values().next().map_or(NO_VERDICT, String::as_str);
    if tiles.values().all(|claim| claim == first) {
        first.trim_start_matches("on the plate and ").to_owned()
    } else {
        "each tile's own claim: star or defect".to_owned()
    }
}
