//! Sorting networks: the same comparisons for every pixel, so that many pixels are sorted at once.

/// The comparators of Batcher's odd-even merge sort of `n` values (Batcher 1968; Knuth, TAOCP 3, algorithm 5.2.2M): pairs
/// (i, j), i < j, after which the smaller value stands at i.
pub(crate) fn comparators(n: usize) -> Vec<(u32, u32)> {
    let mut pairs = Vec::new();
    if n < 2 {
        return pairs;
    }
    let top = n.next_power_of_two() / 2;
    let mut p = top;
    while p > 0 {
        let (mut q, mut r, mut d) = (top, 0, p);
        loop {
            for i in 0..n - d {
                if i & p == r {
                    pairs.push((i as u32, (i + d) as u32));
                }
            }
            if q == p {
                break;
            }
            d = q - p;
            q /= 2;
            r = p;
        }
        p /= 2;
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sequence_of_zeros_and_ones_is_sorted() {
        // The 0-1 principle (Knuth 5.3.4): a network that sorts all of these sorts everything.
        for n in 0..=14_usize {
            let network = comparators(n);
            for bits in 0..1_u32 << n {
                let mut values: Vec<u32> = (0..n).map(|i| (bits >> i) & 1).collect();
                for &(i, j) in &network {
                    if values[i as usize] > values[j as usize] {
                        values.swap(i as usize, j as usize);
                    }
                }
                assert!(values.is_sorted(), "{n} values, {bits:b}");
            }
        }
    }
}
