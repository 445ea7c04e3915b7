//! The time that a recorded program finds: the system's own, or a virtual one and what is set of it.

use crate::cli::values;
use clap::{Args, ValueEnum};
use std::{
    num::NonZeroU32,
    time::{Duration, SystemTime},
};
use stroboscope::{
    recording::{Machine, Precision, Seed},
    settings::values::virtual_limit,
    virtual_time::{self, VirtualTime},
};

/// How often a program is run to find out whether it is repeatable.
const PROOF: NonZeroU32 = NonZeroU32::new(2).unwrap();

#[derive(Args, Debug)]
#[command(next_help_heading = "Time")]
pub struct ClockArgs {
    /// Which clock the program sees
    #[arg(
        long,
        value_enum,
        default_value_t = ClockArg::DEFAULT,
        value_name = "virtual|real",
        hide_possible_values = true,
        long_help = values::<ClockArg>("Which clock the program sees")
    )]
    clock: ClockArg,
    /// Round virtual instants down to this unit [default: ms]
    #[arg(long, value_enum, value_name = "ms|us|ns", hide_possible_values = true)]
    precision: Option<PrecisionArg>,
    /// Date when the program starts [default: 2025-01-01T00:00:00Z]
    ///
    /// The date is one between 1970 and 2262.
    #[arg(long, value_name = "RFC3339", value_parser = date)]
    date: Option<SystemTime>,
    /// Seed the program's random numbers [default: 0]
    ///
    /// With `none` they are random.
    #[arg(long, value_name = "N|none", value_parser = seed)]
    seed: Option<Seed>,
    /// End the program after this much virtual time [default: 1h]
    #[arg(long, value_name = "DURATION", value_parser = virtual_limit)]
    virtual_limit: Option<Duration>,
    /// Which machine the program sees [default: virtual]
    #[arg(
        long,
        value_enum,
        value_name = "virtual|host",
        hide_possible_values = true,
        long_help = values::<MachineArg>("Which machine the program sees [default: virtual]")
    )]
    machine: Option<MachineArg>,
    /// Allow a difference from run to run: it does not mark the recording
    ///
    /// NAME is a file, as a line `varies` names it, `process ids`, `ports` or `terminal`. May be repeated.
    #[arg(long, value_name = "NAME", value_parser = difference)]
    allow: Vec<String>,
    /// Run the program once only
    ///
    /// In virtual time the program is otherwise run twice, to check that both runs are the same.
    #[arg(long)]
    once: bool,
}

/// What stamps events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ClockArg {
    /// A clock that jumps over every wait (Linux on x86-64)
    Virtual,
    /// The system's clock; you can type to the program
    Real,
}

impl ClockArg {
    const DEFAULT: ClockArg = if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        ClockArg::Virtual
    } else {
        ClockArg::Real
    };
}

/// Which machine the program finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum MachineArg {
    /// The same everywhere: `localhost`, with one processor, 4 GiB of memory and no load; for root also with no
    /// processes but the program's
    Virtual,
    /// The one that it runs on
    Host,
}

impl From<MachineArg> for Machine {
    fn from(machine: MachineArg) -> Machine {
        match machine {
            MachineArg::Virtual => Machine::Virtual,
            MachineArg::Host => Machine::Host,
        }
    }
}

/// What instants are floored to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PrecisionArg {
    /// Milliseconds
    Ms,
    /// Microseconds
    Us,
    /// Nanoseconds
    Ns,
}

impl From<PrecisionArg> for Precision {
    fn from(unit: PrecisionArg) -> Precision {
        match unit {
            PrecisionArg::Ms => Precision::Milliseconds,
            PrecisionArg::Us => Precision::Microseconds,
            PrecisionArg::Ns => Precision::Nanoseconds,
        }
    }
}

impl ClockArgs {
    /// The virtual time that was asked for; `None` is real time, to which nothing that is set of virtual time goes.
    pub fn virtual_time(&self) -> Result<Option<VirtualTime>, String> {
        let set = [
            ("precision", self.precision.is_some()),
            ("date", self.date.is_some()),
            ("seed", self.seed.is_some()),
            ("virtual-limit", self.virtual_limit.is_some()),
            ("machine", self.machine.is_some()),
            ("allow", !self.allow.is_empty()),
            ("once", self.once),
        ];
        match (self.clock, set.iter().find(|(_, is_set)| *is_set)) {
            (ClockArg::Real, None) => Ok(None),
            (ClockArg::Real, Some((option, _))) => Err(format!(
                "`--{option}` is for virtual time, and this is real time: leave it out, or use `--clock virtual`"
            )),
            (ClockArg::Virtual, _) => {
                let default = VirtualTime::default();
                Ok(Some(
                    default
                        .precision(self.precision.map_or(default.precision, Precision::from))
                        .date(self.date.unwrap_or(default.date))
                        .seed(self.seed.unwrap_or(default.seed))
                        .limit(self.virtual_limit.unwrap_or(default.limit))
                        .machine(self.machine.map_or(default.machine, Machine::from)),
                ))
            }
        }
    }

    /// Takes this limit of virtual time if none was given, and returns whether it did; it is nothing to real time.
    pub fn default_virtual_limit(&mut self, limit: Option<Duration>) -> bool {
        let is_taken = self.clock == ClockArg::Virtual && self.virtual_limit.is_none();
        if is_taken {
            self.virtual_limit = limit;
        }
        is_taken && limit.is_some()
    }

    /// Whether the program sees the system's clock.
    pub fn is_real(&self) -> bool {
        self.clock == ClockArg::Real
    }

    /// The differences that are meant.
    pub fn allowed(&self) -> &[String] {
        &self.allow
    }

    /// How often the program is run.
    pub fn runs(&self) -> NonZeroU32 {
        if self.once { NonZeroU32::MIN } else { PROOF }
    }
}

fn date(text: &str) -> Result<SystemTime, String> {
    let date = humantime::parse_rfc3339(text)
        .map_err(|error| format!("{error}; write it as in `2026-01-01T00:00:00Z`"))?;
    let settings = VirtualTime::default().date(date);
    let checked = settings.check().map(|()| date);
    checked.map_err(|error| error.to_string())
}

fn difference(name: &str) -> Result<String, String> {
    if virtual_time::is_difference(name) {
        return Ok(name.to_owned());
    }
    Err("nothing by this name marks a recording; a line `varies` names what does, such as `/proc/interrupts`, and there are `process ids`, `ports` and `terminal`".to_owned())
}

fn seed(text: &str) -> Result<Seed, String> {
    if text == "none" {
        return Ok(Seed::None);
    }
    text.parse()
        .map(Seed::Number)
        .map_err(|_| "it must be a number of at most 64 bits, or `none`".to_owned())
}
