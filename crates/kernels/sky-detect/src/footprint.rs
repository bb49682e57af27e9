//! Footprints: runs that touch each other.

use crate::runs::{Run, Runs};

/// The runs of one footprint, in the order of the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Footprint {
    pub(crate) runs: Vec<Run>,
}

/// The footprints of an image.
#[derive(Debug, Default)]
pub(crate) struct Footprints {
    /// Those of sufficient area, in the order of their last pixels, as a scan of the image completes them.
    pub(crate) large: Vec<Footprint>,
    /// Runs of the others.
    pub(crate) rejected: Vec<Run>,
}

/// Joins runs of neighbouring rows that touch, also at corners, to footprints, and sets those of fewer than `min_area_px`
/// pixels apart.
pub(crate) fn footprints(runs: &Runs, min_area_px: u32) -> Footprints {
    let runs = &runs.runs;
    let mut parents: Vec<u32> = (0..runs.len() as u32).collect();
    let mut before = 0;
    for (index, run) in runs.iter().enumerate() {
        // `before` is the first run of the row above that does not end left of this run.
        while before < index
            && (runs[before].y + 1 < run.y || (runs[before].y + 1 == run.y && runs[before].x1 < run.x0))
        {
            before += 1;
        }
        let mut other = before;
        while other < index && runs[other].y + 1 == run.y && runs[other].x0 <= run.x1 {
            join(&mut parents, other as u32, index as u32);
            other += 1;
        }
    }

    // The root of a footprint is its first run. How many runs and pixels each has, then where the runs of each begin.
    let roots: Vec<u32> = (0..runs.len() as u32).map(|index| root(&mut parents, index)).collect();
    let mut sizes = vec![(0_u32, 0_u32); runs.len()];
    for (run, root) in runs.iter().zip(&roots) {
        let (n_runs, area) = &mut sizes[*root as usize];
        *n_runs += 1;
        *area += run.x1 - run.x0;
    }
    let mut ends = Vec::with_capacity(runs.len());
    let mut end = 0;
    for (n_runs, _) in &sizes {
        ends.push(end);
        end += *n_runs as usize;
    }
    let mut members = runs.clone();
    for (run, root) in runs.iter().zip(&roots) {
        let end = &mut ends[*root as usize];
        members[*end] = *run;
        *end += 1;
    }
    let mut found = Footprints::default();
    for ((n_runs, area), end) in sizes.into_iter().zip(ends) {
        let runs = &members[end - n_runs as usize..end];
        if area >= min_area_px.max(1) {
            found.large.push(Footprint { runs: runs.to_vec() });
        } else {
            found.rejected.extend(runs);
        }
    }
    found.large.sort_by_key(|footprint| footprint.runs.last().map(|run| (run.y, run.x1)));
    found
}

fn root(parents: &mut [u32], mut index: u32) -> u32 {
    while parents[index as usize] != index {
        parents[index as usize] = parents[parents[index as usize] as usize];
        index = parents[index as usize];
    }
    index
}

fn join(parents: &mut [u32], a: u32, b: u32) {
    let (a, b) = (root(parents, a), root(parents, b));
    parents[a.max(b) as usize] = a.min(b);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Filter;
    use ndarray::Array2;

    fn found(rows: &[&str], min_area_px: u32) -> Vec<usize> {
        let image =
            Array2::from_shape_fn((rows.len(), rows[0].len()), |(y, x)| f32::from(rows[y].as_bytes()[x] == b'#'));
        let runs = Runs::find(&image, &Filter::new(&[]).expect("no filter"), |_, row| row.fill(0.5));
        let area = |f: &Footprint| f.runs.iter().map(|run| (run.x1 - run.x0) as usize).sum();
        footprints(&runs, min_area_px).large.iter().map(area).collect()
    }

    #[test]
    fn corners_connect_and_arms_join_later() {
        assert_eq!(found(&["#...#", ".#.#.", "..#.."], 1), [5], "a V: two arms that meet in the last row");
        assert_eq!(found(&["##.##", ".....", "#####"], 1), [2, 2, 5]);
        assert_eq!(found(&["#.#", "...", "###"], 2), [3], "single pixels are too small");
    }

    #[test]
    fn a_spiral_is_one() {
        assert_eq!(found(&["#####", "....#", "###.#", "#...#", "#####"], 1), [17]);
    }
}
