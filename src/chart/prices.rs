//! The axis of prices, or of other values.

use super::unit::{DECIMALS, Unit, dollars};

/// Lines across the chart.
const MAX_TICKS: i64 = 6;

/// Values from one round number to another, in millionths of the unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PriceAxis {
    pub(super) low: i64,
    pub(super) high: i64,
    step: i64,
}

impl PriceAxis {
    /// The axis for values from one to another.
    ///
    /// It begins at zero unless that would squeeze everything into its upper half.
    pub(super) fn around(low: i64, high: i64, unit: Unit) -> Self {
        let low = if low <= high / 2 || unit.is_from_zero() { 0 } else { low };
        // One value alone is drawn in the middle.
        let margin = if low == high { (high / 10).max(1) } else { 0 };
        let (low, high) = ((low - margin).max(0), high + margin);
        let steps = (0..).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_i64.pow(power)));
        let steps = steps.skip_while(|step| *step < unit.smallest_step());
        let fits = |step: i64| ceil(high, step) - low.div_euclid(step) <= MAX_TICKS;
        let step = steps.into_iter().find(|step| fits(*step)).unwrap_or(1);
        Self { low: low.div_euclid(step) * step, high: ceil(high, step) * step, step }
    }

    /// The lines across with their labels: exact, with as many digits as the step has.
    pub(super) fn ticks(self) -> impl Iterator<Item = (i64, String)> {
        let trailing = (0..DECIMALS).take_while(|zeros| self.step % 10_i64.pow(zeros + 1) == 0).count();
        let digits = DECIMALS as usize - trailing;
        (self.low..=self.high).step_by(self.step.unsigned_abs() as usize).map(move |micros| {
            let text = dollars(micros);
            let length = text.len() - DECIMALS as usize + digits;
            (micros, text[..length].trim_end_matches('.').to_owned())
        })
    }
}

fn ceil(number: i64, step: i64) -> i64 {
    -(-number).div_euclid(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: i64, high: i64, unit: Unit) -> String {
        let labels: Vec<String> =
            PriceAxis::around(low, high, unit).ticks().map(|(_, label)| label).collect();
        labels.join(" ")
    }

    #[test]
    fn labels_are_round_and_exact() {
        for (low, high, expected) in [
            (54_644, 84_960, "0.05 0.06 0.07 0.08 0.09"),
            (900, 256_500, "0.00 0.05 0.10 0.15 0.20 0.25 0.30"),
            (1_000_000, 4_000_000, "0 1 2 3 4"),
            (67_300, 67_300, "0.060 0.065 0.070 0.075"),
            (0, 0, "0.000000 0.000001"),
            (99_999_998, 100_000_001, "99.999998 99.999999 100.000000 100.000001"),
        ] {
            assert_eq!(labels(low, high, Unit::DollarsAnHour), expected, "{low} to {high}");
        }
    }

    #[test]
    fn counts_begin_at_zero_and_are_whole() {
        let million = 1_000_000;
        for (low, high, expected) in
            [(0, 0, "0 1"), (1, 1, "0 1"), (9, 10, "0 2 4 6 8 10"), (800, 1_234, "0 500 1000 1500")]
        {
            let found = labels(low * million, high * million, Unit::EventsADay);
            assert_eq!(found, expected, "{low} to {high}");
        }
    }
}
