//! Why another run may differ: every reason that the `varies` lines of a recording give, in words, apart from the
//! differences that two runs have shown.

use std::{
    fmt::{self, Display, Formatter},
    time::Duration,
};

/// Why another run may differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Varies {
    /// It waited for this, which is outside and has no virtual time.
    Waited(String),
    /// A computation was interrupted after this time.
    Computation(Duration),
    /// A program made its computations longer until the clock moved.
    Calibration,
    /// A process reached its limit of CPU time.
    CpuLimit,
    DiskOrder,
    /// Bytes were written, and it is not known whether they had arrived before more happened.
    Arrival(Unseen),
    /// The system looked by itself, in real time, whether a full connection has space.
    WindowProbe,
    TimerDescriptor,
    /// Another process held the program's input open.
    HeldOpen,
    /// The run was ended by the limit of real time.
    Limit,
    /// It read this file, which differs from run to run.
    Read(String),
    /// It showed a process's or a thread's id, and had no PID namespace of its own.
    ProcessIds,
    /// It showed a port that the system had chosen.
    Ports,
    /// It showed the name of its terminal.
    Terminal(String),
    /// HOME and TMPDIR were in this folder, as the usual one could not be used.
    Folders {
        used: String,
        usual: String,
    },
}

/// Where bytes were written that were not seen to arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unseen {
    /// Typed on the session's terminal.
    Typed,
    OwnTerminal,
    Connection,
}

impl Display for Varies {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Varies::Waited(what) => {
                return write!(f, "it waited for {what}, where real time passes");
            }
            Varies::Terminal(name) => {
                return write!(
                    f,
                    "it showed the name of its terminal, `{name}`, which differs from run to run"
                );
            }
            Varies::Read(file) => {
                return write!(f, "it read `{file}`, which differs from run to run");
            }
            Varies::Computation(after) => {
                return write!(
                    f,
                    "a computation was interrupted after {} s, so that others could run",
                    after.as_secs_f64()
                );
            }
            Varies::Folders { used, usual } => {
                return write!(
                    f,
                    "HOME and TMPDIR were in `{used}`: `{usual}` could not be used"
                );
            }
            Varies::Calibration => {
                "it computed for longer each time until the clock moved, and from then on time passed as it computed"
            }
            Varies::ProcessIds => {
                "it showed process ids, which differ from run to run where a program cannot have a PID namespace"
            }
            Varies::Ports => {
                "it showed port numbers that the system had chosen, which differ from run to run"
            }
            Varies::CpuLimit => {
                "a process reached its CPU time limit, which the kernel enforces in real time"
            }
            Varies::DiskOrder => "it took disk completions in the order in which they came",
            Varies::Arrival(Unseen::Typed) => {
                "the terminal did not show that it had processed what was typed before more happened"
            }
            Varies::Arrival(Unseen::OwnTerminal) => {
                "a terminal that it created did not show that what was written to it had arrived before more happened"
            }
            Varies::Arrival(Unseen::Connection) => {
                "bytes on a connection did not arrive before more happened"
            }
            Varies::WindowProbe => {
                "the system sent on a full connection by itself, in real time: a reader was slower than its writer"
            }
            Varies::TimerDescriptor => "a timer descriptor did not become readable when it expired",
            Varies::HeldOpen => "the end of its input came late, as another process held it open",
            Varies::Limit => "it was ended by the limit of real time",
        })
    }
}
