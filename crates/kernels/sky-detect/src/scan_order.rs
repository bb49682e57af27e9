//! The order in which SExtractor's scan lists the pixels of an object.

use crate::object::Pixel;

/// Neighbouring pixels of one row.
#[derive(Clone, Copy)]
struct Segment {
    x0: u32,
    /// One past the last column.
    x1: u32,
    chain: usize,
    /// Whether it is the first one of its chain in its row.
    leads: bool,
}

/// Pixels one after the other, by the number of the next one.
struct Chains {
    next: Vec<Option<usize>>,
    /// First and last pixel of each chain.
    ends: Vec<Option<(usize, usize)>>,
    /// The chain that each was appended to, or itself.
    heads: Vec<usize>,
    /// The row in which each was last met, where its first run leads.
    met_in: Vec<Option<u32>>,
}

impl Chains {
    fn open(&mut self) -> usize {
        self.ends.push(None);
        self.heads.push(self.heads.len());
        self.met_in.push(None);
        self.heads.len() - 1
    }

    fn head(&self, mut chain: usize) -> usize {
        while self.heads[chain] != chain {
            chain = self.heads[chain];
        }
        chain
    }

    /// Appends pixels that follow each other in the image.
    fn append_run(&mut self, chain: usize, pixels: std::ops::Range<usize>) {
        if pixels.is_empty() {
            return;
        }
        let (first, last) = (pixels.start, pixels.end - 1);
        (first..last).for_each(|pixel| self.next[pixel] = Some(pixel + 1));
        self.append(chain, (first, last));
    }

    fn append(&mut self, chain: usize, added: (usize, usize)) {
        let first = match self.ends[chain] {
            Some((first, last)) => {
                self.next[last] = Some(added.0);
                first
            }
            None => added.0,
        };
        self.ends[chain] = Some((first, added.1));
    }

    fn join(&mut self, chain: usize, other: usize) {
        if let Some(added) = self.ends[other].take() {
            self.append(chain, added);
        }
        self.heads[other] = chain;
    }

    /// The pixels of all chains, of which connected pixels have one.
    fn in_order(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.next.len());
        for (first, _) in self.ends.iter().flatten() {
            let mut next = Some(*first);
            while let Some(pixel) = next {
                order.push(pixel);
                next = self.next[pixel];
            }
        }
        order
    }
}

/// The numbers of connected `pixels`, which are in the order of the image, in the order of Lutz's scan (Lutz 1980, Computer
/// Journal 23, 262). Parts of an object are chains of pixels. A run of pixels that begins below a part of the row before goes
/// on with its chain, another begins a chain; where the run then meets the first run of another part, that part's chain is
/// appended to its own, and where it meets a later run of another part, its own is appended to that.
pub(crate) fn scan_order(pixels: &[Pixel]) -> Vec<usize> {
    let mut chains = Chains { next: vec![None; pixels.len()], ends: Vec::new(), heads: Vec::new(), met_in: Vec::new() };
    let (mut before, mut here): (Vec<Segment>, Vec<Segment>) = (Vec::new(), Vec::new());
    let (mut row, mut first, mut passed) = (0, 0, 0);
    for run in pixels.chunk_by(|a, b| a.y == b.y && a.x + 1 == b.x) {
        let (y, x0, x1) = (run[0].y, run[0].x, run[0].x + run.len() as u32);
        if y != row {
            before = if row + 1 == y { std::mem::take(&mut here) } else { Vec::new() };
            mark_leaders(&mut before, row, &mut chains);
            here.clear();
            (row, passed) = (y, 0);
        }
        // Both rows go from left to right: what ends left of this run meets no later one.
        passed += before[passed..].iter().take_while(|part| part.x1 < x0).count();
        let (mut chain, mut from) = (None, x0);
        for part in before[passed..].iter().take_while(|part| part.x0 <= x1) {
            let other = chains.head(part.chain);
            if part.x0 < x0 {
                chain = Some(other);
                continue;
            }
            let mine = *chain.get_or_insert_with(|| chains.open());
            let upto = part.x0.min(x1).max(from);
            chains.append_run(mine, first + (from - x0) as usize..first + (upto - x0) as usize);
            from = upto;
            if other != mine {
                let (into, added) = if part.leads { (mine, other) } else { (other, mine) };
                chains.join(into, added);
                chain = Some(into);
            }
        }
        let mine = chain.unwrap_or_else(|| chains.open());
        chains.append_run(mine, first + (from - x0) as usize..first + run.len());
        here.push(Segment { x0, x1, chain: mine, leads: false });
        first += run.len();
    }
    chains.in_order()
}

/// Marks the first run of each chain in a row.
fn mark_leaders(runs: &mut [Segment], row: u32, chains: &mut Chains) {
    for run in runs {
        let head = chains.head(run.chain);
        run.leads = chains.met_in[head] != Some(row);
        chains.met_in[head] = Some(row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Places of the pixels in the order of the scan, as digits of the picture.
    fn order(rows: &[&str]) -> String {
        let mut pixels = Vec::new();
        let mut names = Vec::new();
        for (y, row) in (0..).zip(rows) {
            for (x, name) in (0..).zip(row.chars()).filter(|(_, name)| *name != '.') {
                pixels.push(Pixel { x, y, filtered: 1.0, value: 1.0 });
                names.push(name);
            }
        }
        scan_order(&pixels).into_iter().map(|number| names[number]).collect()
    }

    // The expected orders follow from the algorithm by hand.
    #[test]
    fn a_run_that_begins_left_of_its_part_comes_before_it() {
        assert_eq!(order(&["ab.", "cd."]), "abcd", "below: goes on");
        assert_eq!(order(&[".ab", "cde"]), "cabde", "left of it: the part is met within the run");
        assert_eq!(order(&["..ab", "cd.."]), "cdab", "met at a corner");
    }

    #[test]
    fn arms_join_in_the_order_of_the_scan() {
        assert_eq!(order(&["a...b", "c...d", ".efg."]), "acefgbd", "a V: the right arm is met last");
        assert_eq!(order(&[".aaa.", "b...c", "d.e.f", ".ghi."]), "baaacdfgehi", "a ring; e is met after g");
    }

    #[test]
    fn each_pixel_stands_once() {
        let image = test_sky::white_noise(40, 40, 1.0, 3);
        let pixels: Vec<Pixel> = image
            .indexed_iter()
            .filter(|(_, value)| **value > -0.5)
            .map(|((y, x), value)| Pixel { x: x as u32, y: y as u32, filtered: *value, value: *value })
            .collect();
        let mut order = scan_order(&pixels);
        assert_ne!(order, (0..pixels.len()).collect::<Vec<_>>(), "not the order of the image");
        order.sort_unstable();
        assert_eq!(order, (0..pixels.len()).collect::<Vec<_>>());
    }
}
