//! Fast stars whose motion no catalogue knows, among planted vanished ones: who is taken for moved.

use sky_coords::SkyPos;
use sky_sim::{ObjectKind, SceneKind, SceneParams};

use super::field::{Field, KeptRow};
use crate::{Bench, Case};

/// Fast stars, and the slowest and fastest of them, mas/yr.
const FAST_STARS: u32 = 40;
const MOTIONS_MAS_YR: (f64, f64) = (50.0, 2000.0);
/// Vanished stars.
const VANISHED: u32 = 200;
/// Most fast stars that may be candidates: 5 %.
const LEAKS_MAX: usize = 2;
/// Most vanished stars that may be taken for moved: 5 %.
const WRONG_MAX: usize = 10;
/// A row within this distance of a planted object is that object, arc seconds: half of the match radius.
const SAME_OBJECT_ARCSEC: f64 = 2.5;

/// Both cases, on one plate of 60 arc minutes.
pub(super) fn cases(bench: &Bench) -> Result<Vec<Case>, String> {
    let params = SceneParams {
        n_unmeasured_motion: FAST_STARS,
        unmeasured_motion_min_mas_yr: MOTIONS_MAS_YR.0,
        proper_motion_max_mas_yr: MOTIONS_MAS_YR.1,
        n_vanished: VANISHED,
        ..SceneKind::Standard.scene(1000 * bench.seed + 999)
    };
    let side_arcmin = params.size_arcmin;
    let field = Field::of_scene(bench, "movers", &params, side_arcmin)?;
    let kept = field.kept_rows()?;
    let planted = |kind: ObjectKind| -> Vec<SkyPos> {
        field.objects.iter().filter(|(own, _)| *own == kind).map(|(_, place)| *place).collect()
    };
    let near = |place: &SkyPos| -> Option<&KeptRow> {
        kept.iter().find(|row| row.position.separation_arcsec(*place) <= SAME_OBJECT_ARCSEC)
    };
    let count = |places: &[SkyPos], class: &str| {
        places.iter().filter(|place| near(place).is_some_and(|row| row.class == class)).count()
    };
    let fast = planted(ObjectKind::UnmeasuredMotion);
    let (leaks, moved) = (count(&fast, "candidate"), count(&fast, "moved"));
    let vanished = planted(ObjectKind::Vanished);
    let (right, wrong) = (count(&vanished, "candidate"), count(&vanished, "moved"));
    let verdict = |is_right: bool, seen: String| if is_right { Ok(seen) } else { Err(seen) };
    field.forget();
    Ok(vec![
        Case::of(
            format!("{FAST_STARS} fast stars without a known motion"),
            verdict(
                leaks <= LEAKS_MAX,
                format!("{leaks} are candidates, {moved} moved, the others vetoed or not kept"),
            ),
        ),
        Case::of(
            format!("{VANISHED} vanished stars beside them"),
            verdict(wrong <= WRONG_MAX && right > 0, format!("{wrong} are taken for moved, {right} are candidates")),
        ),
    ])
}
