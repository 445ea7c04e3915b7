//! Packets that were sent and not yet delivered: on a busy machine the kernel leaves them to a thread of its own.

use std::fs;

/// Whether a processor has packets to deliver.
pub(super) fn has_packets() -> bool {
    fs::read_to_string("/proc/net/softnet_stat").is_ok_and(|table| table.lines().any(has_some))
}

/// Whether a processor's line says that packets wait; before Linux 5.10 it does not say so. The field is not documented in
/// a manual page, but in `net/core/net-procfs.c`.
fn has_some(line: &str) -> bool {
    /// How many packets wait, in hexadecimal.
    const BACKLOG: usize = 11;
    let waiting = line.split_whitespace().nth(BACKLOG);
    waiting.is_some_and(|count| u32::from_str_radix(count, 16).is_ok_and(|count| count > 0))
}

#[cfg(test)]
mod tests {
    use super::has_some;

    #[test]
    fn a_backlog_is_told_from_other_counts() {
        let line = |backlog: &str| {
            let zeros = "00000000 ".repeat(10);
            format!("00000a04 {zeros}{backlog} 00000001 00000000 00000000")
        };
        assert!(has_some(&line("00000002")));
        assert!(!has_some(&line("00000000")));
        assert!(!has_some("00000345 00000000 00000000"));
    }
}
