//! A day on the command line.

use chrono::{Days, NaiveDate, Utc};

/// A day as it is written, or so many days before today.
pub(super) fn day(text: &str) -> Result<NaiveDate, &'static str> {
    day_from(text, Utc::now().date_naive()).ok_or("write YYYY-MM-DD or a number of days such as 7d")
}

fn day_from(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    match text.strip_suffix('d') {
        // Parsing alone takes a sign, too.
        Some(days) if days.bytes().all(|byte| byte.is_ascii_digit()) => {
            today.checked_sub_days(Days::new(days.parse().ok()?))
        }
        _ => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_or_counted_back() {
        let today = "2026-03-01".parse().unwrap();
        let of = |text| day_from(text, today).map(|day| day.to_string());
        for (text, day) in
            [("2026-11-20", "2026-11-20"), ("0d", "2026-03-01"), ("1d", "2026-02-28"), ("365d", "2025-03-01")]
        {
            assert_eq!(of(text), Some(day.to_owned()), "{text}");
        }
        for text in
            ["", "d", "2", "-1d", "+1d", "1 d", "1w", "99999999999d", "99999999999999999999d", "2026-02-30"]
        {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
