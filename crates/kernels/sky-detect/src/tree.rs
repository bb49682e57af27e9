//! The tree of a blend: which parts hang together above which level.

use crate::object::Pixel;

/// A part of a blend above one level.
#[derive(Clone, Debug)]
pub(crate) struct Branch {
    /// Number of the level, 0 is the detection threshold.
    pub(crate) level: u8,
    /// Any pixel of the part.
    pub(crate) seed: u32,
    pub(crate) area: u32,
    /// Sum of its filtered pixels.
    pub(crate) flux: f64,
    /// Parts of it above the next level.
    pub(crate) sons: Vec<u32>,
}

/// The branches of a blend from the top down: sons stand before their parents, the root is the last.
pub(crate) struct Tree {
    pub(crate) branches: Vec<Branch>,
    grid: Grid,
    levels: Vec<u8>,
}

/// Places of the pixels in the box around the blend.
struct Grid {
    x0: u32,
    y0: u32,
    width: usize,
    /// Number of the pixel at each place plus 1; 0: none.
    index: Vec<u32>,
}

impl Grid {
    fn new(pixels: &[Pixel]) -> Self {
        // One free column and row on each side, so that neighbours need no check.
        let x0 = pixels.iter().map(|pixel| pixel.x).min().unwrap_or(0);
        let x1 = pixels.iter().map(|pixel| pixel.x).max().unwrap_or(0);
        let y0 = pixels.iter().map(|pixel| pixel.y).min().unwrap_or(0);
        let y1 = pixels.iter().map(|pixel| pixel.y).max().unwrap_or(0);
        let width = (x1 - x0) as usize + 3;
        let mut grid = Self { x0, y0, width, index: vec![0; width * ((y1 - y0) as usize + 3)] };
        for (number, pixel) in pixels.iter().enumerate() {
            let place = grid.place(pixel);
            grid.index[place] = number as u32 + 1;
        }
        grid
    }

    fn place(&self, pixel: &Pixel) -> usize {
        (pixel.y - self.y0 + 1) as usize * self.width + (pixel.x - self.x0 + 1) as usize
    }

    /// The up to eight neighbours of a pixel that belong to the blend.
    fn neighbours(&self, pixel: &Pixel) -> impl Iterator<Item = u32> + '_ {
        let (place, width) = (self.place(pixel), self.width);
        [
            place - width - 1,
            place - width,
            place - width + 1,
            place - 1,
            place + 1,
            place + width - 1,
            place + width,
            place + width + 1,
        ]
        .into_iter()
        .filter_map(|place| self.index[place].checked_sub(1))
    }
}

/// Whether the filtered values of a connected set of pixels have one maximum only, so that no level can split it.
///
/// A pixel is a maximum if no neighbour is brighter; of a plateau the first pixel counts.
pub(crate) fn has_one_maximum(pixels: &[Pixel]) -> bool {
    let grid = Grid::new(pixels);
    let mut maxima = 0;
    for (number, pixel) in pixels.iter().enumerate() {
        let rises = grid.neighbours(pixel).any(|other| {
            let value = pixels[other as usize].filtered;
            value > pixel.filtered || (value == pixel.filtered && (other as usize) < number)
        });
        maxima += u32::from(!rises);
        if maxima > 1 {
            return false;
        }
    }
    true
}

impl Tree {
    /// The tree of connected `pixels`; `levels[k]` is the threshold of level k, growing; parts of fewer than `min_area`
    /// pixels are no branches.
    pub(crate) fn new(pixels: &[Pixel], levels: &[f64], min_area: u32) -> Self {
        let grid = Grid::new(pixels);
        let level_of: Vec<u8> = pixels
            .iter()
            .map(|pixel| levels[1..].partition_point(|level| f64::from(pixel.filtered) > *level) as u8)
            .collect();
        let mut by_level: Vec<Vec<u32>> = vec![Vec::new(); levels.len()];
        for (number, level) in level_of.iter().enumerate() {
            by_level[usize::from(*level)].push(number as u32);
        }

        let mut sets = Sets::new(pixels);
        let mut branches: Vec<Branch> = Vec::new();
        let mut above: Vec<u32> = Vec::new();
        for level in (0..levels.len()).rev() {
            for &number in &by_level[level] {
                for other in grid.neighbours(&pixels[number as usize]) {
                    if usize::from(level_of[other as usize]) >= level {
                        sets.join(number, other);
                    }
                }
            }
            let seeds =
                above.iter().map(|branch| branches[*branch as usize].seed).chain(by_level[level].iter().copied());
            let mut roots: Vec<u32> = seeds.map(|seed| sets.root(seed)).collect();
            roots.sort_unstable();
            roots.dedup();
            let mut here = Vec::new();
            for root in roots {
                let set = &sets.sets[root as usize];
                if set.area >= min_area {
                    let (area, flux) = (set.area, set.flux);
                    here.push(branches.len() as u32);
                    branches.push(Branch { level: level as u8, seed: root, area, flux, sons: Vec::new() });
                }
            }
            for son in above {
                let root = sets.root(branches[son as usize].seed);
                if let Some(&parent) = here.iter().find(|branch| branches[**branch as usize].seed == root) {
                    branches[parent as usize].sons.push(son);
                }
            }
            above = here;
        }
        Self { branches, grid, levels: level_of }
    }

    /// The pixels of a branch: those connected with its seed at its level and above.
    pub(crate) fn pixels_of(&self, branch: &Branch, pixels: &[Pixel]) -> Vec<u32> {
        let mut seen = vec![false; pixels.len()];
        let mut found = vec![branch.seed];
        seen[branch.seed as usize] = true;
        let mut next = 0;
        while let Some(&number) = found.get(next) {
            next += 1;
            for other in self.grid.neighbours(&pixels[number as usize]) {
                if !seen[other as usize] && self.levels[other as usize] >= branch.level {
                    seen[other as usize] = true;
                    found.push(other);
                }
            }
        }
        found.sort_unstable();
        found
    }
}

/// Sets of pixels that are joined (Tarjan 1975), with their area and flux.
struct Sets {
    parents: Vec<u32>,
    sets: Vec<Set>,
}

#[derive(Clone, Copy)]
struct Set {
    area: u32,
    flux: f64,
}

impl Sets {
    fn new(pixels: &[Pixel]) -> Self {
        Self {
            parents: (0..pixels.len() as u32).collect(),
            sets: pixels.iter().map(|pixel| Set { area: 1, flux: f64::from(pixel.filtered) }).collect(),
        }
    }

    fn root(&mut self, mut number: u32) -> u32 {
        while self.parents[number as usize] != number {
            self.parents[number as usize] = self.parents[self.parents[number as usize] as usize];
            number = self.parents[number as usize];
        }
        number
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        if a != b {
            let (root, other) = (a.min(b), a.max(b));
            self.parents[other as usize] = root;
            let joined = self.sets[other as usize];
            self.sets[root as usize].area += joined.area;
            self.sets[root as usize].flux += joined.flux;
        }
    }
}
