//! Masks on the command line.

use crate::command_line::tell;
use std::{collections::BTreeSet, num::NonZeroU32, str::FromStr, sync::mpsc};
use stroboscope::{
    comparison::Proposal,
    recording::{Mask, MaskError, MaskKind},
    session::Session,
};

/// A value of `--mask`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MaskArg {
    /// Whatever masks are proposed.
    Auto,
    /// This one.
    Mask(Mask),
}

impl MaskArg {
    /// The mask that is given.
    pub fn mask(&self) -> Option<&Mask> {
        match self {
            MaskArg::Auto => None,
            MaskArg::Mask(mask) => Some(mask),
        }
    }
}

impl FromStr for MaskArg {
    type Err = String;

    fn from_str(text: &str) -> Result<MaskArg, String> {
        match text {
            "auto" => Ok(MaskArg::Auto),
            _ => match text.parse() {
                Ok(mask) => Ok(MaskArg::Mask(mask)),
                Err(error @ MaskError::Form(_)) => Err(format!("{error}, or auto")),
                Err(error) => Err(error.to_string()),
            },
        }
    }
}

/// A mask where two recordings are compared, and none is made.
pub fn one(text: &str) -> Result<Mask, String> {
    if text == "auto" {
        return Err("`auto` is for a recording: `strobe record --mask auto`".to_owned());
    }
    text.parse().map_err(|error: MaskError| error.to_string())
}

/// Refuses two masks of one name: only one of them would be in force.
pub fn check<'a>(masks: impl IntoIterator<Item = &'a Mask>) -> Result<(), String> {
    let mut names = BTreeSet::new();
    for mask in masks {
        if !names.insert(mask.name()) {
            let name = mask.name();
            return Err(format!(
                "there are two masks `{name}`: join their expressions, `--mask '{name}=/…|…/'`"
            ));
        }
    }
    Ok(())
}

/// The session with the masks that make its runs the same: it is run for that.
pub fn automatic(session: Session, is_virtual: bool, runs: NonZeroU32) -> Result<Session, String> {
    if !is_virtual || runs == NonZeroU32::MIN {
        return Err(
            "`--mask auto` compares two runs in virtual time: it goes with neither `--clock real` nor `--once`"
                .to_owned(),
        );
    }
    let (proposals, proposed) = mpsc::channel();
    // An error is one of the recording, too, which is made next.
    let _ = session.clone().propose_to(proposals).proved(runs);
    let mut session = session;
    for proposal in proposed.try_iter() {
        tell(&format!("strobe: masked: {proposal}"));
        session = session.mask(proposal.mask);
    }
    Ok(session)
}

/// Says which masks would make the runs the same.
pub fn tell_proposed(proposed: &[Proposal]) {
    for proposal in proposed {
        tell(&format!("strobe: {proposal}"));
    }
    if !proposed.is_empty() {
        let what = if proposed.len() == 1 {
            "this mask"
        } else {
            "these masks"
        };
        tell(&format!(
            "strobe: with {what}, or `--mask auto`, the runs are the same"
        ));
    }
}

/// The long help of `--mask`.
pub fn help() -> String {
    let width = MaskKind::ALL.map(|kind| kind.name.len());
    let width = width.into_iter().max().unwrap_or(0);
    let kinds = MaskKind::ALL.map(|kind| {
        let MaskKind {
            name,
            expression,
            example,
            ..
        } = kind;
        format!(
            "\n  {name:width$}  {example}\n  {:width$}  /{expression}/",
            ""
        )
    });
    format!(
        "Do not keep what this matches in the output: the transcript has the mask's name instead, as <pid>, in as many \
         columns. May be repeated; what several match is masked by the first.\n\n\
         MASK is NAME=/REGEX/ or a kind from the list. If the expression has groups, only what they match is masked; a \
         group (?<name>…) masks by its own name. With \" width\" after it, as in \"pid width\", another width is a \
         difference. \"auto\" finds masks with which two runs are the same.\n\nKinds:{}",
        kinds.concat()
    )
}
