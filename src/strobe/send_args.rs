//! What `strobe record` sends without a script.

use clap::{ArgMatches, Args, Command, Error, FromArgMatches, Id};
use std::time::Duration;
use stroboscope::{
    recording::EventKind,
    script::{Script, When},
    transcript::{self, TranscriptErrorKind},
};

/// What is sent, in the order of the command line.
#[derive(Debug)]
pub struct SendArgs {
    sent: Vec<(Duration, EventKind)>,
}

#[derive(Args, Debug)]
struct Options {
    /// Send this text at this instant; may be repeated
    ///
    /// The instant is in seconds since the start, as in a script. The text has the escapes of a transcript: `\r` is the
    /// Enter key, `\x03` is Ctrl-C. On pipes the input stays open: only a script can end it, with `eof`.
    #[arg(
        long,
        value_name = "INSTANT:TEXT",
        value_parser = send,
        conflicts_with = "script",
        help_heading = "Input"
    )]
    send: Vec<(Duration, EventKind)>,
    /// Send what this variable of your environment is; may be repeated
    ///
    /// The transcript has the NAME of the variable and not its value, also where the program prints it; `strobe check` takes
    /// the variable of whoever runs it. The program does not get the variable. In a script it is `send secret NAME`.
    #[arg(
        long,
        value_name = "INSTANT:NAME",
        value_parser = secret,
        conflicts_with = "script",
        help_heading = "Input"
    )]
    send_secret: Vec<(Duration, EventKind)>,
}

impl SendArgs {
    /// The script that sends it.
    pub fn script(&self) -> Script {
        let sent = self.sent.iter().cloned();
        sent.fold(Script::default(), |script, (at, kind)| {
            script.step(When::At(at), kind)
        })
    }
}

impl FromArgMatches for SendArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<SendArgs, Error> {
        let options = Options::from_arg_matches(matches)?;
        let places = |name| matches.indices_of(name).into_iter().flatten();
        let texts = places("send").zip(options.send);
        let secrets = places("send_secret").zip(options.send_secret);
        let mut sent: Vec<_> = texts.chain(secrets).collect();
        sent.sort_by_key(|(place, _)| *place);
        let sent = sent.into_iter().map(|(_, sent)| sent).collect();
        Ok(SendArgs { sent })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = SendArgs::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for SendArgs {
    fn group_id() -> Option<Id> {
        Options::group_id()
    }

    fn augment_args(command: Command) -> Command {
        Options::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Options::augment_args_for_update(command)
    }
}

/// An instant, a colon, and text with a transcript's escapes.
fn send(text: &str) -> Result<(Duration, EventKind), String> {
    let (at, text) = timed(text, "TEXT, such as `1.25:\\x03`")?;
    let bytes = transcript::unescape(text).map_err(|reason| format!("in the text: {reason}"))?;
    Ok((at, EventKind::Send(bytes)))
}

/// An instant, a colon, and the name of a secret.
fn secret(text: &str) -> Result<(Duration, EventKind), String> {
    let wanted = "NAME, such as `1.25:PASSWORD`, and not the secret itself";
    let (at, name) = timed(text, wanted)?;
    let line = format!("send secret {name}");
    match line.parse::<Script>().as_ref().map(Script::steps) {
        Ok([step]) => Ok((at, step.kind.clone())),
        _ => Err(format!("it must be INSTANT:{wanted}")),
    }
}

fn timed<'a>(text: &'a str, wanted: &str) -> Result<(Duration, &'a str), String> {
    let wanted = || format!("it must be INSTANT:{wanted}");
    let (at, rest) = text.split_once(':').ok_or_else(wanted)?;
    let at = transcript::instant(at).map_err(|reason| match reason {
        TranscriptErrorKind::Hint(hint) => hint,
        _ => wanted(),
    })?;
    Ok((at, rest))
}

#[cfg(test)]
mod tests {
    use super::{EventKind, secret, send};
    use std::time::Duration;

    #[test]
    fn what_is_sent_has_an_instant_and_escapes() {
        let sent = |bytes: &[u8]| EventKind::Send(bytes.to_vec());
        assert_eq!(
            send("1.25:\\x03a:\"b\"\\r"),
            Ok((Duration::from_millis(1250), sent(b"\x03a:\"b\"\r")))
        );
        assert_eq!(send("@0:"), Ok((Duration::ZERO, sent(b""))));
        assert!(send("\\x03").is_err());
        assert_eq!(
            send("500ms:x").unwrap_err(),
            "a time is in seconds, without a unit: `0.500`"
        );
        assert_eq!(
            send("1:\\q").unwrap_err(),
            "in the text: unknown escape: known are \\\\ \\\" \\n \\r \\t \\b \\e \\xnn \\u{…}"
        );
    }

    #[test]
    fn a_secret_is_sent_by_its_name() {
        let sent = EventKind::SendSecret("PASSWORD".to_owned());
        assert_eq!(
            secret("0.5:PASSWORD"),
            Ok((Duration::from_millis(500), sent))
        );
        for wrong in ["PASSWORD", "0.5:", "0.5:hunter 2", "0.5:2"] {
            assert_eq!(
                secret(wrong).unwrap_err(),
                "it must be INSTANT:NAME, such as `1.25:PASSWORD`, and not the secret itself"
            );
        }
    }
}
