//! The page's own policy: what a browser lets it do.

/// Of the style sheet and the script, as the element's content has them (CSP 3).
const STYLE_HASH: &str = "khVPcTHO4jgv43klYxFBcctkkkcbCAO+kxEkklJj6vE=";
const SCRIPT_HASH: &str = "1XE1pc3v9bhWs6fqxn8VqjI2KAfgd08mvPZESWcslFk=";

/// Nothing from anywhere, and of what is in the page the style sheet and the script alone; no text becomes markup.
pub fn content() -> String {
    format!(
        "default-src 'none'; style-src 'sha256-{STYLE_HASH}'; script-src 'sha256-{SCRIPT_HASH}'; base-uri 'none'; \
         form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::super::{SCRIPT, STYLE};
    use super::{SCRIPT_HASH, STYLE_HASH};
    use base64::{Engine, engine::general_purpose::STANDARD};
    use sha2::{Digest, Sha256};

    #[track_caller]
    fn hash_is(content: &str, hash: &str) {
        assert_eq!(STANDARD.encode(Sha256::digest(content)), hash);
    }

    #[test]
    fn the_policy_has_the_hash_of_the_style_sheet() {
        hash_is(STYLE, STYLE_HASH);
    }

    #[test]
    fn the_policy_has_the_hash_of_the_script() {
        hash_is(SCRIPT, SCRIPT_HASH);
        assert!(!SCRIPT.contains("</script") && !SCRIPT.contains("<!--"));
    }
}
