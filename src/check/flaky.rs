//! Runs of one case that differ from each other.

use super::{Case, CheckOptions, Difference};
use crate::{
    comparison,
    recording::{Level, Recording},
    session::{FailedStep, SessionError},
};
use std::fmt;

/// How many different recordings of one case are kept; further ones are counted.
const MAX_VARIANTS: usize = 16;

/// How repeated runs of one case differ from each other.
///
/// `Display` says it in a line: `flaky: 3 of 20 runs are different, in 2 ways; two runs first part at event 5 at 0.300`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Flaky {
    /// How many runs there were.
    pub runs: u32,
    /// How many of them differed from the case.
    pub different: u32,
    /// How many different recordings those gave; if there were too many to compare, the least number of them.
    pub ways: usize,
    /// The first place at which two of the runs differ from each other.
    pub parting: String,
}

impl fmt::Display for Flaky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Flaky {
            runs,
            different,
            ways,
            parting,
        } = self;
        let verb = if *different == 1 { "is" } else { "are" };
        write!(f, "flaky: {different} of {runs} runs {verb} different")?;
        match ways {
            1 => {}
            &MAX_VARIANTS => write!(f, ", in {ways} ways or more")?,
            _ => write!(f, ", in {ways} ways")?,
        }
        write!(f, "; two runs first part at {parting}")
    }
}

impl Variant {
    fn has_failed(&self) -> bool {
        let difference = self.difference.as_ref();
        difference.is_some_and(|difference| difference.failed.is_some())
    }
}

/// The runs of one case, those that agree together.
pub(super) struct Runs<'a> {
    case: &'a Case,
    level: Level,
    count: u32,
    different: u32,
    variants: Vec<Variant>,
}

/// Runs that agree with each other, by the first of them.
struct Variant {
    recording: Recording,
    /// How they differ from the case.
    difference: Option<Difference>,
}

impl<'a> Runs<'a> {
    pub(super) fn new(case: &'a Case, options: &CheckOptions) -> Runs<'a> {
        Runs {
            case,
            level: case.level(options),
            count: 0,
            different: 0,
            variants: Vec::new(),
        }
    }

    /// Adds a run, whose script may have failed.
    pub(super) fn add(
        &mut self,
        recording: Recording,
        failed: Option<Box<FailedStep>>,
    ) -> Result<(), SessionError> {
        self.count += 1;
        let alike = |variant: &&Variant| variant.has_failed() == failed.is_some();
        for variant in self.variants.iter().filter(alike) {
            if variant.recording.same(&recording)
                || self
                    .case
                    .agree(&variant.recording, &recording, self.level)?
            {
                self.different += u32::from(variant.difference.is_some());
                return Ok(());
            }
        }
        let difference = self.case.difference(&recording, self.level, failed)?;
        self.different += u32::from(difference.is_some());
        if self.variants.len() <= MAX_VARIANTS {
            self.variants.push(Variant {
                recording,
                difference,
            });
        }
        Ok(())
    }

    /// The first run that was different, how it was, and how the runs differ from each other; `None` if all agreed with the
    /// case.
    pub(super) fn different(self) -> Option<(Recording, Difference, Option<Flaky>)> {
        let flaky = self.flaky();
        let mut variants = self.variants.into_iter();
        let (recording, difference) =
            variants.find_map(|variant| Some((variant.recording, variant.difference?)))?;
        Some((recording, difference, flaky))
    }

    fn flaky(&self) -> Option<Flaky> {
        let (first, others) = self.variants.split_first()?;
        let partings = others
            .iter()
            .map(|other| comparison::parting(&first.recording, &other.recording, self.level));
        let parting = partings.min_by_key(|(number, _)| *number)?.1;
        let ways = |variant: &&Variant| variant.difference.is_some();
        Some(Flaky {
            runs: self.count,
            different: self.different,
            ways: self.variants.iter().filter(ways).count().min(MAX_VARIANTS),
            parting,
        })
    }
}
