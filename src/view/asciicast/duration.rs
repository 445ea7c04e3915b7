//! Parses durations from JSON numbers, by their decimal digits.

use std::time::Duration;

/// Why a JSON number is not a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadError {
    /// It is negative.
    Negative,
    /// It is out of range.
    Late,
    /// It is not a number.
    NoNumber,
}

/// Reads seconds in JSON's number format (RFC 8259, 6), exactly down to the nanosecond; the rest is truncated.
pub(super) fn seconds(number: &str) -> Result<Duration, ReadError> {
    let (negative, number) = number
        .strip_prefix('-')
        .map_or((false, number), |rest| (true, rest));
    let (mantissa, exponent) = number
        .split_once(['e', 'E'])
        .map_or((number, "0"), |(mantissa, exponent)| (mantissa, exponent));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let is_number = !whole.is_empty() && !unsigned.is_empty();
    if !is_number || ![whole, fraction, unsigned].into_iter().all(are_digits) {
        return Err(ReadError::NoNumber);
    }
    let digits = [whole, fraction].concat();
    let Some(first) = digits.find(|digit| digit != '0') else {
        return Ok(Duration::ZERO);
    };
    if negative {
        return Err(ReadError::Negative);
    }
    // An exponent beyond this moves any number that fits in memory out of range.
    let most = i64::MAX / 4;
    let exponent = match exponent.parse::<i64>() {
        Ok(exponent) => exponent.clamp(-most, most),
        Err(_) if exponent.starts_with('-') => -most,
        Err(_) => most,
    };
    let length = |text: &str| i64::try_from(text.len()).unwrap_or(most);
    // How many digits precede the end of the nanoseconds, and how many of them are significant.
    let end = length(whole).saturating_add(exponent).saturating_add(9);
    let first = i64::try_from(first).unwrap_or(most);
    if end <= first {
        return Ok(Duration::ZERO);
    }
    // 2^64 seconds have 29 digits of nanoseconds.
    let count = end.saturating_sub(first);
    if count > 29 {
        return Err(ReadError::Late);
    }
    let significant = digits.bytes().skip_while(|digit| *digit == b'0');
    let padded = significant.chain(std::iter::repeat(b'0'));
    let nanoseconds = padded
        .take(usize::try_from(count).unwrap_or_default())
        .fold(0_u128, |sum, digit| sum * 10 + u128::from(digit - b'0'));
    let whole = u64::try_from(nanoseconds / 1_000_000_000).map_err(|_| ReadError::Late)?;
    let fraction = u32::try_from(nanoseconds % 1_000_000_000).unwrap_or_default();
    Ok(Duration::new(whole, fraction))
}

#[cfg(test)]
mod tests {
    use super::{ReadError, seconds};
    use std::time::Duration;

    #[track_caller]
    fn reads(number: &str, whole: u64, nanoseconds: u32) {
        assert_eq!(seconds(number), Ok(Duration::new(whole, nanoseconds)));
    }

    #[track_caller]
    fn refuses(number: &str, mistake: ReadError) {
        assert_eq!(seconds(number), Err(mistake));
    }

    #[test]
    fn decimals_are_exact_down_to_the_nanosecond() {
        reads("0", 0, 0);
        reads("0.1", 0, 100_000_000);
        reads("16777217.000000001", 16_777_217, 1);
        reads("0.30000000000000004", 0, 300_000_000);
        reads("1.9999999999", 1, 999_999_999);
        reads("18446744073709551615.999999999", u64::MAX, 999_999_999);
    }

    #[test]
    fn exponents_move_the_point() {
        reads("1.5e3", 1500, 0);
        reads("15E-1", 1, 500_000_000);
        reads("100e-9", 0, 100);
        reads("1e+2", 100, 0);
        reads("9e-10", 0, 0);
        reads("1e-99999999999999999999999", 0, 0);
        reads("0e99999999999999999999999", 0, 0);
        reads("0.00000000000000000000000000000000000001e38", 1, 0);
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        refuses("-0.001", ReadError::Negative);
        reads("-0.0", 0, 0);
        refuses("18446744073709551616", ReadError::Late);
        refuses("1e20", ReadError::Late);
        refuses("1e99999999999999999999999", ReadError::Late);
        for text in ["", "-", ".5", "1e", "0x1", "\"1\"", "null", "1 "] {
            refuses(text, ReadError::NoNumber);
        }
    }
}
