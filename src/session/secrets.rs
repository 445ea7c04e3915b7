//! Where the secrets come from that a script sends.

use crate::{recording::Secret, script::Script};
use std::{env, ffi::OsString, fmt};

/// Why a secret cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// It is not known.
    #[error(
        "the script sends the secret `{0}`, which is not known: set the environment variable `{0}` to it"
    )]
    Unset(String),
    /// It is not text that can be typed in one line.
    #[error(
        "the secret `{0}` is empty, or is not one line of text in UTF-8: see the environment variable `{0}`"
    )]
    Unusable(String),
}

/// A secret in a session.
#[derive(Clone)]
pub(super) struct SecretValue(pub(super) OsString);

/// Does not write it.
impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// The secrets that a script sends, each once: those that are known, else what the environment says.
pub(super) fn of(
    script: &Script,
    known: &[(String, SecretValue)],
) -> Result<Vec<Secret>, SecretError> {
    let secret = |name: &str| {
        let known = known.iter().rev().find(|(known, _)| known == name);
        let value = known.map(|(_, value)| value.0.clone());
        let value = value.or_else(|| env::var_os(name));
        let value = value.ok_or_else(|| SecretError::Unset(name.to_owned()))?;
        let secret = value.to_str().and_then(|text| Secret::new(name, text));
        secret.ok_or_else(|| SecretError::Unusable(name.to_owned()))
    };
    script.secrets().into_iter().map(secret).collect()
}
