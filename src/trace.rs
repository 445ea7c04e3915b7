//! The tracer behind virtual time: a program's calls are seen, its waits ended when their virtual time is up.
//!
//! | room | what it holds |
//! |---|---|
//! | `submission`, `filter` | what a child does to be traced, and which calls are reported |
//! | `run`, `tracer` | one run from its first instruction to its end, and the turns that threads take |
//! | `reports`, `calls`, `answers`, `waits`, `made` | what threads report, the calls among it, those answered, those that wait, and what they gave |
//! | `standstill`, `asleep`, `rest` | how it is known that nobody moves, and how that is waited for |
//! | `wake_ups`, `pulled_out`, `children`, `ends` | causal order: whom a call may wake, and what the kernel would choose |
//! | `spin` | loops that wait for memory |
//! | `checks`, `attributes`, `cpu_limit`, `cpuid` | what a program asks of clocks, processes and the processor, told as natively where it is the same each time |
//! | `clock`, `deadlines` | the virtual clock, and who waits for it |
//! | `dial`, `vdso`, `rewriting` | where programs read it without a call |
//! | `polling`, `counting` | what reads and polls cost, and how often before others go on |
//! | `readiness`, `terminal_read` | reads that wait before they are made, so that the kernel decides neither who takes what nor when |
//! | `delivery`, `own_terminals` | how it is known that the system has brought over what was written to a terminal |
//! | `hold`, `objects`, `outside`, `room` | what is waited for, the world outside, where time is real, and how much a terminal takes |
//! | `waiting` | what each thread waits for, in words |
//! | `disk` | Linux AIO: what is submitted is complete when the call returns |
//! | `image`, `rights`, `injection`, `randomness` | what a new program finds |
//! | `ptrace`, `alarm`, `memory`, `processor`, `status` | what a tracer asks of the system |
//! | `chaos` | delays at random, for tests only |
//! | `x86_64` | all that depends on the processor |

pub(crate) use self::{
    run::{Halt, Stage, Watch, take_over, try_out},
    submission::Submission,
};

mod alarm;
mod answers;
mod asleep;
mod attributes;
mod calls;
mod chaos;
mod checks;
mod children;
mod clock;
mod counting;
mod cpu_limit;
mod cpuid;
mod deadlines;
pub(crate) mod delivery;
mod dial;
mod disk;
mod ends;
mod filter;
mod hold;
mod image;
mod injection;
mod made;
mod memory;
mod objects;
mod outside;
mod own_terminals;
mod polling;
mod processor;
mod ptrace;
mod pulled_out;
mod randomness;
mod readiness;
mod reports;
mod rest;
mod rewriting;
mod rights;
mod room;
mod run;
mod spin;
mod standstill;
mod status;
mod submission;
mod terminal_read;
mod thread;
mod tracer;
mod vdso;
mod waiting;
mod waits;
mod wake_ups;
mod x86_64;
