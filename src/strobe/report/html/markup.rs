//! Text as markup: what is in a recording is never more than text.

use stroboscope::{recording::Recording, view::screen::screen};

/// A text as the content of an element.
pub fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            _ => html.push(character),
        }
    }
    html
}

/// A text as the value of an attribute, with its quotes.
pub fn attribute(text: &str) -> String {
    format!("\"{}\"", escape(text))
}

/// The final screens, old and new side by side, or one of them, or nothing.
pub fn screens(old: Option<&Recording>, new: Option<&Recording>) -> String {
    if old.is_none() && new.is_none() {
        return String::new();
    }
    let screens: String = [(old, "old"), (new, "new")]
        .into_iter()
        .filter_map(|(recording, side)| {
            let rows = screen(recording?).to_string();
            Some(format!("<pre class=\"{side}\">{}</pre>\n", escape(&rows)))
        })
        .collect();
    format!("<div class=\"still\">\n{screens}</div>\n")
}

/// A diff, or as much of it as there is, and how many of its lines are left out.
pub fn diff((text, left): (&str, usize)) -> String {
    if text.is_empty() && left == 0 {
        return String::new();
    }
    let mut html = "<pre class=\"diff\">".to_owned();
    for line in text.lines() {
        let element = match line.as_bytes().first() {
            Some(b'+') => "ins",
            Some(b'-') => "del",
            Some(b'@') => "b",
            _ => "span",
        };
        html += &format!("<{element}>{}</{element}>\n", escape(line));
    }
    if left > 0 {
        html += &format!("<i>{left} more lines</i>\n");
    }
    html + "</pre>\n"
}

#[cfg(test)]
mod tests {
    use super::{attribute, diff};

    #[test]
    fn nothing_in_a_text_is_markup() {
        assert_eq!(
            attribute("\"><script>&"),
            "\"&quot;&gt;&lt;script&gt;&amp;\""
        );
    }

    #[test]
    fn lines_of_a_diff_are_marked() {
        assert_eq!(
            diff(("@@ -1 +1 @@\n-<a>\n+b\n c\n", 2)),
            "<pre class=\"diff\"><b>@@ -1 +1 @@</b>\n<del>-&lt;a&gt;</del>\n<ins>+b</ins>\n<span> c</span>\n<i>2 more lines</i>\n</pre>\n"
        );
    }
}
