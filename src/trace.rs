//! The tracer behind virtual time: it intercepts a program's system calls, and ends its waits when their virtual time is up.
//!
//! | module | contents |
//! |---|---|
//! | `traced_child`, `syscall::bpf` | the forked child's part, and which system calls its seccomp filter reports |
//! | `run`, `tracer`, `main_loop` | one run from the first instruction to the end, what is known of it, and its main loop |
//! | `scheduler`, `turn`, `resume` | whose turn it is, how the thread that has it runs, and how it is resumed |
//! | `events` | ptrace stops: clone, exec, exit, and the entry and exit of system calls |
//! | `signals` | what a signal does to a thread, and to the system call that it waits in |
//! | `syscall` | system calls: a table with one row for each, and a file for each family |
//! | `quiescence`, `blocked`, `backoff`, `wait_timeout` | how the tracer knows that no thread can move, and how it waits for that |
//! | `pulled_out`, `reap` | causal order where the kernel would choose: pollers, writers, and exits |
//! | `computation`, `spin_loops`, `calibration` | how long a thread may compute, and loops that wait for memory or the clock to change |
//! | `clock`, `deadlines` | the virtual clock, and the deadlines of waits |
//! | `clock_page`, `vdso`, `rewriting`, `counter` | clock reads without a system call |
//! | `file_times`, `file_changes` | the times of files, and when files are changed |
//! | `mapped_code`, `regular_files` | frequent system calls that programs make without a stop |
//! | `clock_cost`, `instruction_count` | what clock reads and failed polls cost |
//! | `typed_input`, `own_terminals`, `line_discipline` | when bytes that were written to a terminal have arrived |
//! | `external`, `external_wait` | whether a thread waits for something outside the traced tree, and such waits |
//! | `waiting` | what each thread waits for, in words |
//! | `timers`, `timerfd` | timers that a program sets: alarms, POSIX timers, timerfds |
//! | `known_files` | files that show the machine, the clock or the program's processes |
//! | `thread_ids` | the ids by which the program knows its threads |
//! | `host` | what the sessions of one process share |
//! | `log` | the tracer's decisions, for `STROBE_LOG` |
//! | `exec`, `rights`, `remote_syscall`, `randomness` | the preparation of a new program |
//! | `ptrace`, `memory`, `proc`, `affinity` | the tracer's own system calls |
//! | `chaos` | random delays, for tests only |
//! | `arch` | everything that depends on the processor |

pub(crate) use self::{
    clock_page::ClockFile,
    file_times::FileTimes,
    host::Host,
    proc::shows_us,
    run::{Halt, SessionIo, Watch, take_over, try_out},
    traced_child::TracedChild,
};

mod affinity;
mod arch;
mod backoff;
mod blocked;
mod calibration;
mod chaos;
mod clock;
mod clock_cost;
mod clock_page;
mod computation;
mod counter;
mod deadlines;
mod duplicate;
mod events;
mod exec;
mod external;
mod external_wait;
mod file_changes;
mod file_times;
mod host;
mod instruction_count;
mod known_files;
mod line_discipline;
mod log;
mod main_loop;
mod mapped_code;
mod memory;
mod own_terminals;
mod proc;
mod ptrace;
mod pulled_out;
mod quiescence;
mod randomness;
mod reap;
mod regular_files;
mod remote_syscall;
mod resume;
mod rewriting;
mod rights;
mod run;
mod scheduler;
mod signals;
mod spin_loops;
mod syscall;
mod thread;
mod thread_ids;
mod timerfd;
mod timers;
mod traced_child;
mod tracer;
mod turn;
pub(crate) mod typed_input;
mod vdso;
mod wait_timeout;
mod waiting;
