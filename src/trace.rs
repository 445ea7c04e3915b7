//! The tracer behind virtual time: it intercepts a program's system calls, and ends its waits when their virtual time is up.
//!
//! | module | what is in it |
//! |---|---|
//! | `traced_child`, `filter` | how a child lets itself be traced, and which system calls its seccomp filter reports |
//! | `run`, `tracer` | one run from its first instruction to its end, and the loop of it |
//! | `scheduler`, `turn` | whose turn it is, and how the thread that has it runs |
//! | `events` | ptrace stops: clone, exec, exit, and the entry and exit of system calls |
//! | `signals` | what a signal does to the thread that receives it, and to the call in which that waits |
//! | `syscall` | system calls: a table with one row for each, and one file for each family |
//! | `quiescence`, `blocked`, `backoff`, `wait_timeout` | how it is known that no thread can move, and how the tracer waits for that |
//! | `pulled_out`, `exits` | causal order: what the kernel would choose |
//! | `computation`, `spin_loops` | how long a thread may compute, and busy loops that wait for memory to change |
//! | `clock`, `deadlines` | the virtual clock, and when time ends a wait |
//! | `clock_page`, `vdso`, `rewriting`, `counter` | where programs read the clock without a system call |
//! | `polling`, `instruction_count` | what clock reads and failed polls cost |
//! | `delivery`, `own_terminals`, `line_discipline` | when bytes that were written to a terminal have arrived |
//! | `external`, `external_wait` | what a thread waits for, and whether its other end is outside the traced tree |
//! | `waiting` | what each thread waits for, in words |
//! | `timers` | timers that a program sets: alarms, POSIX timers, timer descriptors |
//! | `host` | what the sessions of one process share |
//! | `log` | what the tracer decided, for `STROBE_LOG` |
//! | `exec`, `rights`, `remote_syscall`, `randomness` | what a new program finds |
//! | `ptrace`, `memory`, `proc`, `affinity` | system calls of the tracer |
//! | `chaos` | random delays, for tests only |
//! | `arch` | all that depends on the processor |

pub(crate) use self::{
    host::Host,
    run::{Halt, SessionIo, Watch, take_over, try_out},
    traced_child::TracedChild,
};

mod affinity;
mod arch;
mod backoff;
mod blocked;
mod chaos;
mod clock;
mod clock_page;
mod computation;
mod counter;
mod deadlines;
pub(crate) mod delivery;
mod events;
mod exec;
mod exits;
mod external;
mod external_wait;
mod filter;
mod host;
mod instruction_count;
mod line_discipline;
mod log;
mod memory;
mod own_terminals;
mod polling;
mod proc;
mod ptrace;
mod pulled_out;
mod quiescence;
mod randomness;
mod remote_syscall;
mod rewriting;
mod rights;
mod run;
mod scheduler;
mod signals;
mod spin_loops;
mod syscall;
mod thread;
mod timers;
mod traced_child;
mod tracer;
mod turn;
mod vdso;
mod wait_timeout;
mod waiting;
