//! Days and months in UTC, from milliseconds since the Unix epoch.
//!
//! Unix time has no leap seconds: the 61st second of a minute repeats the 60th, so a day always has
//! 86,400 of them. Conversion after Howard Hinnant, "chrono-compatible low-level date algorithms".

use core::fmt;
use serde::{Deserialize, Serialize};

/// A day, in ms.
pub(crate) const DAY_MS: u64 = 86_400_000;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH_SHIFT: u64 = 719_468;
/// Days in 400 years.
const ERA: u64 = 146_097;
/// Times after this (the year 9999) are taken for it: nothing overflows, and dates stay readable.
const LAST_MS: u64 = 253_402_300_799_999;

/// A day in UTC, as days since 1970-01-01. Shown as `YYYY-MM-DD`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Day(pub u32);

/// A calendar month in UTC, as months since January of the year 0. Shown as `YYYY-MM`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Month(pub u32);

impl Day {
    /// The day a time lies in.
    #[must_use]
    pub fn of(ms: u64) -> Self {
        Self(u32::try_from(ms.min(LAST_MS) / DAY_MS).unwrap_or(u32::MAX))
    }

    /// Reads `YYYY-MM-DD`; `None` for any other form, for a day that there is not, and before 1970.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-').map(str::parse::<u32>);
        let (year, month, day) = (
            parts.next()?.ok()?,
            parts.next()?.ok()?,
            parts.next()?.ok()?,
        );
        if year > 9_999 || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        let first = Month(year * 12 + month - 1).first_day();
        let parsed = Self(first.0 + day - 1);
        // What is shown as it was written is the day that was meant.
        (parsed.to_string() == text).then_some(parsed)
    }

    /// When the day begins, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn begins_ms(self) -> u64 {
        u64::from(self.0) * DAY_MS
    }

    /// The month it lies in.
    #[must_use]
    pub fn month(self) -> Month {
        let (year, month, _) = civil(self.0);
        Month(year * 12 + month - 1)
    }
}

impl Month {
    /// The month a time lies in.
    #[must_use]
    pub fn of(ms: u64) -> Self {
        Day::of(ms).month()
    }

    /// Its first day.
    #[must_use]
    pub fn first_day(self) -> Day {
        let (year, month) = (u64::from(self.0 / 12), u64::from(self.0 % 12) + 1);
        // Years begin in March, so that the leap day is the last of a year.
        let shifted = if month <= 2 {
            year.saturating_sub(1)
        } else {
            year
        };
        let since_march = (month + 9) % 12;
        let day_of_year = (153 * since_march + 2) / 5;
        let (era, year_of_era) = (shifted / 400, shifted % 400);
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let days = (era * ERA + day_of_era).saturating_sub(EPOCH_SHIFT);
        Day(u32::try_from(days).unwrap_or(u32::MAX))
    }

    /// The month after it.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The month before it.
    #[must_use]
    pub fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// When the next month begins, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn ends_ms(self) -> u64 {
        self.next().first_day().begins_ms()
    }
}

/// A month and when it is, for whoever asks again and again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) month: Month,
    /// In milliseconds since the Unix epoch.
    pub(crate) begins_ms: u64,
    /// When the next one begins.
    pub(crate) ends_ms: u64,
}

impl Period {
    /// The month a time lies in.
    pub(crate) fn of(ms: u64) -> Self {
        let month = Month::of(ms);
        Self {
            month,
            begins_ms: month.first_day().begins_ms(),
            ends_ms: month.ends_ms(),
        }
    }

    pub(crate) fn holds(&self, ms: u64) -> bool {
        (self.begins_ms..self.ends_ms).contains(&ms)
    }
}

/// Year, month (1–12) and day of the month (1–31).
fn civil(days: u32) -> (u32, u32, u32) {
    let shifted = u64::from(days) + EPOCH_SHIFT;
    let (era, day_of_era) = (shifted / ERA, shifted % ERA);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let since_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * since_march + 2) / 5 + 1;
    let month = if since_march < 10 {
        since_march + 3
    } else {
        since_march - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let narrow = |value| u32::try_from(value).unwrap_or(u32::MAX);
    (narrow(year), narrow(month), narrow(day))
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil(self.0);
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0 / 12, self.0 % 12 + 1)
    }
}

/// A time as RFC 3339 in UTC, to the second: `2026-12-01T00:00:00Z`.
#[must_use]
pub fn rfc3339(ms: u64) -> String {
    let ms = ms.min(LAST_MS);
    let seconds = ms % DAY_MS / 1_000;
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{}T{hour:02}:{minute:02}:{second:02}Z", Day::of(ms))
}

/// Milliseconds since the Unix epoch of a date as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110
/// §5.6.7, the one form that is sent today). The name of the day is not looked at.
#[must_use]
pub fn parse_http_date_ms(text: &str) -> Option<u64> {
    let mut words = text.split_once(", ")?.1.split(' ');
    let mut next = || words.next();
    let (day, month, year, time) = (next()?, next()?, next()?, next()?);
    if next() != Some("GMT") || next().is_some() {
        return None;
    }
    let names = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let month = names
        .find(month)
        .filter(|at| month.len() == 3 && at % 3 == 0)?
        / 3
        + 1;
    let date = Day::parse(&format!("{year}-{month:02}-{day}"))?;
    let mut parts = time.splitn(3, ':').map(|part| {
        let number = part.parse::<u64>().ok();
        number.filter(|number| part.len() == 2 && *number <= 60)
    });
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    let seconds = hours * 3_600 + minutes * 60 + seconds;
    Some(date.begins_ms() + seconds * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_dates_come_out_right() {
        for (ms, shown) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_483_228_799_999, "2016-12-31T23:59:59Z"),
            (1_483_228_800_000, "2017-01-01T00:00:00Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00Z"),
            (u64::MAX, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(rfc3339(ms), shown);
        }
    }

    #[test]
    fn a_month_ends_where_the_next_begins() {
        let december = Month::of(1_483_228_799_999);
        assert_eq!(december.to_string(), "2016-12");
        assert_eq!(december.ends_ms(), 1_483_228_800_000);
        assert_eq!(december.next().to_string(), "2017-01");
        assert_eq!(december.next().previous(), december);
        assert_eq!(Month(0).previous(), Month(0));
    }

    #[test]
    fn only_days_that_there_are_are_read() {
        assert_eq!(Day::parse("1970-01-01"), Some(Day(0)));
        assert_eq!(Day::parse("2000-02-29"), Some(Day::of(951_782_400_000)));
        for wrong in [
            "",
            "2026",
            "2026-11",
            "2026-13-01",
            "2026-00-01",
            "2026-02-29",
            "2026-11-31",
            "2026-11-00",
            "2026-11-1",
            "26-11-01",
            "+2026-11-01",
            "2026-11-01-",
            "2026-11-01T00:00:00Z",
            "1969-12-31",
            "0000-01-01",
            "10000-01-01",
            "4294967295-12-31",
        ] {
            assert_eq!(Day::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_leap_second_repeats_the_one_before_it_and_ends_no_month_early() {
        // 2016-12-31T23:59:60Z was the last one so far. Unix time says 23:59:59 twice, or, in a clock that
        // smears it, a little more slowly; the month ends after it either way.
        let last_ms = 1_483_228_799_000;
        let month = Month::of(last_ms);
        for second in [last_ms, last_ms + 999, last_ms, last_ms + 999] {
            assert_eq!(Month::of(second), month);
            assert_eq!(rfc3339(second), "2016-12-31T23:59:59Z");
        }
        assert_eq!(month.ends_ms(), last_ms + 1_000);
        assert_eq!(Month::of(month.ends_ms()), month.next());
        // Read from others, it is the first second of the next day.
        assert_eq!(
            parse_http_date_ms("Sat, 31 Dec 2016 23:59:60 GMT"),
            Some(month.ends_ms())
        );
    }

    proptest! {
        #[test]
        fn a_day_is_read_as_it_is_shown(ms in 0..LAST_MS) {
            let day = Day::of(ms);
            prop_assert_eq!(Day::parse(&day.to_string()), Some(day));
        }

        #[test]
        fn every_time_lies_in_its_month(ms in 0..LAST_MS) {
            let month = Month::of(ms);
            prop_assert!(month.first_day().begins_ms() <= ms);
            prop_assert!(ms < month.ends_ms());
            prop_assert_eq!(month.first_day().month(), month);
            prop_assert!(month.first_day().to_string().ends_with("-01"));
        }
    }

    #[test]
    fn a_date_of_http_is_read() {
        assert_eq!(
            parse_http_date_ms("Sun, 06 Nov 1994 08:49:37 GMT"),
            Some(784_111_777_000)
        );
        for wrong in [
            "",
            "soon",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Sun, 06 anF 1994 08:49:37 GMT",
            "Sun, 31 Feb 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Nov 1994 8:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
        ] {
            assert_eq!(parse_http_date_ms(wrong), None, "{wrong}");
        }
    }
}
