//! What answers cost.

/// What answers cost: never part of an identity.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Effort {
    /// Answers that came from the cache.
    pub cache_hits: u32,
    /// Answers that came from the network.
    pub fetched: u32,
    /// Tries on the network, failed ones included.
    pub attempts: u32,
    /// Sum of the waits between tries, s.
    pub waits_s: f64,
}

impl std::ops::AddAssign for Effort {
    fn add_assign(&mut self, other: Self) {
        self.cache_hits += other.cache_hits;
        self.fetched += other.fetched;
        self.attempts += other.attempts;
        self.waits_s += other.waits_s;
    }
}
