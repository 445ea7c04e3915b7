//! An asciicast has its command as one line for a shell; a recording has it as words.

/// Whether a word means itself to a shell (POSIX.1-2024, Shell Command Language, 2.2).
fn is_plain(word: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_@%+:,./-".contains(&byte);
    !word.is_empty() && word.bytes().all(plain)
}

/// Writes words as a line that a shell splits into the same words.
pub(super) fn line(words: &[String]) -> String {
    if let [shell, option, line] = words
        && (shell, option) == (&"sh".to_owned(), &"-c".to_owned())
        && self::words(line) == *words
    {
        return line.clone();
    }
    let quoted = words.iter().map(|word| {
        if is_plain(word) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

/// Reads a line: as words if they are plain, otherwise as a shell with the line as its argument, as asciinema runs it.
pub(super) fn words(line: &str) -> Vec<String> {
    let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    if line.is_empty() {
        Vec::new()
    } else if words.iter().all(|word| is_plain(word)) {
        words
    } else {
        ["sh", "-c", line].map(str::to_owned).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::{line, words};

    #[track_caller]
    fn means(text: &str, list: &[&str]) {
        let list: Vec<String> = list.iter().map(ToString::to_string).collect();
        assert_eq!(words(text), list);
        assert_eq!(line(&list), text);
    }

    #[test]
    fn plain_words_are_split() {
        means(
            "spinner thread --paused",
            &["spinner", "thread", "--paused"],
        );
        means("", &[]);
    }

    #[test]
    fn other_lines_are_left_to_a_shell() {
        means("ls | wc", &["sh", "-c", "ls | wc"]);
        means("A=1 env", &["sh", "-c", "A=1 env"]);
        means("a  b", &["sh", "-c", "a  b"]);
    }

    #[test]
    fn words_that_a_shell_would_change_are_quoted() {
        let words = ["echo", "it's", "", "$HOME"].map(str::to_owned);
        assert_eq!(line(&words), r"echo 'it'\''s' '' '$HOME'");
        let words = ["sh", "-c", "plain words"].map(str::to_owned);
        assert_eq!(line(&words), "sh -c 'plain words'");
    }
}
