//! The axis of prices.

/// Digits after the point of a dollar.
const DECIMALS: u32 = 6;

/// Lines across the chart.
const MAX_TICKS: i64 = 6;

/// Prices from one round number to another, in millionths of a dollar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PriceAxis {
    pub(super) low: i64,
    pub(super) high: i64,
    step: i64,
}

impl PriceAxis {
    /// The axis for prices from one to another.
    ///
    /// It begins at zero unless that would squeeze everything into its upper half.
    pub(super) fn around(low: i64, high: i64) -> Self {
        let low = if low <= high / 2 { 0 } else { low };
        // One price alone is drawn in the middle.
        let margin = if low == high { (high / 10).max(1) } else { 0 };
        let (low, high) = ((low - margin).max(0), high + margin);
        let steps = (0..).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_i64.pow(power)));
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

/// The price with all six decimals.
pub(super) fn dollars(micros: i64) -> String {
    let unit = 10_i64.pow(DECIMALS);
    format!("{}.{:06}", micros / unit, micros % unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: i64, high: i64) -> String {
        let labels: Vec<String> = PriceAxis::around(low, high).ticks().map(|(_, label)| label).collect();
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
            assert_eq!(labels(low, high), expected, "{low} to {high}");
        }
    }
}
