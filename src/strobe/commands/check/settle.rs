//! What becomes of a run that was different: it is accepted, or left for a review.

use crate::{command_line::tell, found::Found, report::CaseResult};

/// What is left beside a case for a review.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    Acceptable,
    Refused,
}

/// Accepts a run that was different, or leaves it beside its case; what was left by an earlier check is removed.
pub(super) fn settle(found: &Found, result: &mut CaseResult, accept: bool) -> Option<Left> {
    let Ok(case) = &found.case else {
        return None;
    };
    let settled = match result {
        CaseResult::Same { .. } => case.remove_pending().map(|()| None),
        CaseResult::Different {
            took,
            difference,
            new,
            flaky,
            accepted,
            ..
        } => match case.refusal(difference, new, flaky.is_some()) {
            Some(refusal) => {
                if accept {
                    tell(&format!("strobe: {found}: not accepted: {refusal}"));
                }
                case.leave(new, Some(refusal)).map(|_| Some(Left::Refused))
            }
            None if !accept => case.leave(new, None).map(|_| Some(Left::Acceptable)),
            None => match case.accept(new) {
                Ok(()) => {
                    *accepted = true;
                    case.remove_pending().map(|()| None)
                }
                Err(error) => {
                    *result = CaseResult::Error {
                        took: *took,
                        error: format!("cannot accept: {error}"),
                    };
                    Ok(None)
                }
            },
        },
        _ => Ok(None),
    };
    settled.unwrap_or_else(|error| {
        tell(&format!("strobe: nothing is left for a review: {error}"));
        None
    })
}
