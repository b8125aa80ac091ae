//! Random draws whose values can never change.
//!
//! Distributions of a library may give other values in its next version, and a platform's logarithm
//! may round another way. Here are only the ChaCha8 stream, which is fixed, and integer and IEEE
//! basic arithmetic, which every platform does alike.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

/// One stream of draws.
pub(in crate::feed) struct Draws(ChaCha8Rng);

impl Draws {
    /// The stream that belongs to a seed and a pair of names.
    pub(in crate::feed) fn of(seed: u64, name: &str, second_name: &str) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&fnv1a(name.as_bytes()).to_le_bytes());
        key[16..24].copy_from_slice(&fnv1a(second_name.as_bytes()).to_le_bytes());
        Self(ChaCha8Rng::from_seed(key))
    }

    /// Any number of 64 bits.
    pub(in crate::feed) fn wide(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number from 0 up to but not including `bound`; 0 if that is 0. The bias, below `bound` /
    /// 2^32, does not matter here.
    pub(in crate::feed) fn below(&mut self, bound: u32) -> u32 {
        ((u64::from(self.0.next_u32()) * u64::from(bound)) >> 32) as u32
    }

    /// Exponentially distributed with mean 1: the waiting time of a Poisson process.
    pub(in crate::feed) fn exponential(&mut self) -> f64 {
        // A uniform draw is 2^-exponent * (1 + fraction), and the result is minus its logarithm.
        let bits = self.0.next_u64() | 1;
        let exponent = bits.leading_zeros() + 1;
        let fraction = ((bits << (exponent - 1) << 1) >> 11) as f64 / (1u64 << 53) as f64;
        f64::from(exponent) * std::f64::consts::LN_2 - ln_1p(fraction)
    }
}

/// ln(1 + x) for x in 0..=1, to seven digits, as 2 artanh(x / (2 + x)).
fn ln_1p(x: f64) -> f64 {
    let z = x / (2.0 + x);
    let square = z * z;
    let mut sum = 0.0;
    for odd in [13.0, 11.0, 9.0, 7.0, 5.0, 3.0, 1.0] {
        sum = sum * square + 1.0 / odd;
    }
    2.0 * z * sum
}

/// A well-known hash that is written out here because the standard library's may change.
pub(in crate::feed) fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::{Draws, fnv1a, ln_1p};

    #[test]
    fn hash_is_the_published_one() {
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn logarithm_is_close() {
        for x in [0.0, 0.001, 0.3, 0.5, 0.9, 1.0_f64] {
            assert!((ln_1p(x) - x.ln_1p()).abs() < 1e-7, "{x}");
        }
    }

    #[test]
    fn exponential_has_mean_and_variance_one() {
        let mut draws = Draws::of(1, "a", "b");
        let drawn: Vec<f64> = (0..200_000).map(|_| draws.exponential()).collect();
        let mean = drawn.iter().sum::<f64>() / 200_000.0;
        let variance = drawn.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 200_000.0;
        assert!((mean - 1.0).abs() < 0.01 && (variance - 1.0).abs() < 0.03, "{mean} {variance}");
        assert!(drawn.iter().all(|x| *x >= 0.0));
    }

    #[test]
    fn below_stays_below_and_reaches_all() {
        let mut draws = Draws::of(1, "a", "b");
        let mut seen = [0; 7];
        for _ in 0..7_000 {
            seen[draws.below(7) as usize] += 1;
        }
        assert!(seen.iter().all(|n| (850..1150).contains(n)), "{seen:?}");
        assert_eq!(draws.below(0), 0);
    }
}
