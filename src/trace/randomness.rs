//! The random bytes that programs get.

use crate::recording::Seed;

/// The random bytes that programs get: a sequence generated from a seed, or the kernel's own.
#[derive(Clone, Debug)]
pub(super) struct Randomness(Option<u64>);

impl Randomness {
    pub(super) fn new(seed: Seed) -> Randomness {
        Randomness(match seed {
            Seed::Number(seed) => Some(seed),
            Seed::None => None,
        })
    }

    /// The next bytes; `None` if the kernel's own are to be used.
    pub(super) fn take(&mut self, len: usize) -> Option<Vec<u8>> {
        let state = self.0.as_mut()?;
        let words = std::iter::repeat_with(|| split_mix(state).to_le_bytes());
        Some(words.flatten().take(len).collect())
    }
}

/// `SplitMix64` (Steele, Lea and Flood, 2014): it has a full period, and no seed is bad.
pub(super) fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut word = *state;
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::Randomness;
    use crate::recording::Seed;

    #[test]
    fn the_bytes_are_those_of_splitmix64() {
        // The published sequence for the seed 1234567.
        let mut bytes = Vec::new();
        for word in [6_457_827_717_110_365_317_u64, 3_203_168_211_198_807_973] {
            bytes.extend(word.to_le_bytes());
        }
        assert_eq!(
            Randomness::new(Seed::Number(1_234_567)).take(16),
            Some(bytes)
        );
        assert_eq!(Randomness::new(Seed::None).take(16), None);
    }
}
