//! Which known word somebody may have meant.

/// The candidate that is most like a word, whatever the case; `None` if half of its letters or more are wrong.
pub(crate) fn nearest(word: &str, candidates: impl IntoIterator<Item = String>) -> Option<String> {
    let with_distance = candidates.into_iter().map(|candidate| {
        let edits = distance(&word.to_lowercase(), &candidate.to_lowercase());
        (edits, candidate)
    });
    let near = with_distance.filter(|(edits, candidate)| edits * 2 <= candidate.chars().count());
    near.min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// How many letters have to be inserted, deleted, replaced or swapped with their neighbour.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) =
        (from.chars().take(64).collect(), to.chars().collect());
    let mut rows = vec![(0..=to.len()).collect::<Vec<usize>>()];
    for (row, letter) in from.iter().enumerate() {
        let mut next = vec![row + 1];
        for (column, other) in to.iter().enumerate() {
            let above = &rows[row];
            let replaced = above[column] + usize::from(letter != other);
            let mut least = replaced.min(above[column + 1] + 1).min(next[column] + 1);
            if row > 0 && column > 0 && *letter == to[column - 1] && from[row - 1] == *other {
                least = least.min(rows[row - 1][column - 1] + 1);
            }
            next.push(least);
        }
        rows.push(next);
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn letters_are_inserted_deleted_replaced_and_swapped() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
        assert_eq!(distance("acb", "abc"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn a_word_that_is_like_none_has_no_nearest() {
        let known = || ["send", "press"].map(str::to_owned);
        assert_eq!(nearest("Sned", known()).as_deref(), Some("send"));
        assert_eq!(nearest("xyzzy", known()), None);
    }
}
