//! Which part of the work a shard takes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
