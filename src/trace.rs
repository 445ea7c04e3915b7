//! The tracer behind virtual time: it intercepts a program's system calls, and ends its waits when their virtual time is up.
//!
//! | module | what is in it |
//! |---|---|
//! | `traced_child`, `filter` | how a child lets itself be traced, and which system calls its seccomp filter reports |
//! | `run`, `tracer` | one run from its first instruction to its end, and the loop of it |
//! | `scheduler` | whose turn it is |
//! | `events`, `syscall_entry`, `syscall_exit` | ptrace stops: clone, exec, exit, signal, and the entry and exit of system calls |
//! | `emulated_calls`, `waits` | calls that are answered without the kernel, and the time-outs of those that wait |
//! | `quiescence`, `blocked`, `backoff`, `wait_timeout` | how it is known that no thread can move, and how the tracer waits for that |
//! | `wake_ups`, `pulled_out`, `children`, `exits` | causal order: whom a call may wake, and what the kernel would choose |
//! | `spin_loops` | busy loops that wait for memory to change |
//! | `checks`, `attributes`, `cpu_limit`, `cpuid` | what a program asks about clocks, processes and the processor |
//! | `clock`, `deadlines` | the virtual clock, and when time ends a wait |
//! | `clock_page`, `vdso`, `rewriting` | where programs read the clock without a system call |
//! | `polling`, `instruction_count` | what clock reads and failed polls cost |
//! | `readiness`, `terminal_read` | reads that wait for readiness first, so that the kernel decides neither who takes what nor when |
//! | `delivery`, `own_terminals`, `line_discipline`, `tty_space` | when bytes that were written to a terminal have arrived, and how many it takes |
//! | `external`, `external_wait`, `objects` | what a thread waits for, and whether its other end is outside the traced tree |
//! | `waiting` | what each thread waits for, in words |
//! | `log` | what the tracer decided, for `STROBE_LOG` |
//! | `linux_aio` | Linux AIO: requests are complete when `io_submit` returns |
//! | `exec`, `rights`, `remote_syscall`, `randomness` | what a new program finds |
//! | `ptrace`, `memory`, `status`, `affinity` | system calls of the tracer |
//! | `chaos` | random delays, for tests only |
//! | `x86_64` | all that depends on the processor |

pub(crate) use self::{
    run::{Halt, SessionIo, Watch, take_over, try_out},
    traced_child::TracedChild,
};

mod affinity;
mod attributes;
mod backoff;
mod blocked;
mod chaos;
mod checks;
mod children;
mod clock;
mod clock_page;
mod cpu_limit;
mod cpuid;
mod deadlines;
pub(crate) mod delivery;
mod emulated_calls;
mod events;
mod exec;
mod exits;
mod external;
mod external_wait;
mod filter;
mod instruction_count;
mod line_discipline;
mod linux_aio;
mod log;
mod memory;
mod objects;
mod own_terminals;
mod polling;
mod ptrace;
mod pulled_out;
mod quiescence;
mod randomness;
mod readiness;
mod remote_syscall;
mod rewriting;
mod rights;
mod run;
mod scheduler;
mod spin_loops;
mod status;
mod syscall_entry;
mod syscall_exit;
mod terminal_read;
mod thread;
mod traced_child;
mod tracer;
mod tty_space;
mod vdso;
mod wait_timeout;
mod waiting;
mod waits;
mod wake_ups;
mod x86_64;
