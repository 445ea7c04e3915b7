//! Causal order: which system calls may wake which blocked threads.
//!
//! **The law.** A thread that is woken runs after whatever woke it, and before whatever is woken later: the first woken runs
//! first. Threads that one call wakes together run in creation order.
//!
//! One thread runs at a time; when its call may have woken others, the tracer checks whether those that the call can have
//! woken still sleep. If one does not, the tracer waits until all threads are quiescent: the woken take what the call has left
//! for them, inside the kernel, and stop at the exit of their own call. Then they are queued, and the thread resumes. So the
//! tracer asks which threads have moved only when none can move, and the order in which they report decides nothing.
//!
//! That needs the table to be complete. It has every system call of the architecture; a test fails where one is missing, and
//! where the filter does not report a call that may block or wake.

use syscalls::x86_64::Sysno;

/// What threads block for: a set of kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Waits(u16);

impl Waits {
    pub(super) const NONE: Waits = Waits(0);
    /// Bytes, a connection, or the completion of a request.
    pub(super) const DATA: Waits = Waits(1);
    /// Room for bytes.
    pub(super) const ROOM: Waits = Waits(1 << 1);
    /// Readiness of descriptors.
    pub(super) const READINESS: Waits = Waits(1 << 2);
    pub(super) const FUTEX: Waits = Waits(1 << 3);
    /// The end, or a stop, of a child.
    pub(super) const CHILD: Waits = Waits(1 << 4);
    /// A lock on a file.
    pub(super) const LOCK: Waits = Waits(1 << 5);
    /// A System V semaphore or queue, or a POSIX queue.
    pub(super) const QUEUE: Waits = Waits(1 << 6);
    /// A signal, or time alone.
    pub(super) const SIGNAL: Waits = Waits(1 << 7);
    pub(super) const ANY: Waits = Waits(u16::MAX);

    const IO: Waits = Waits::DATA.and(Waits::ROOM).and(Waits::READINESS);

    const fn and(self, other: Waits) -> Waits {
        Waits(self.0 | other.0)
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) const fn overlaps(self, other: Waits) -> bool {
        self.0 & other.0 != 0
    }
}

/// What a system call may block for, and whom it may wake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) waits: Waits,
    pub(super) wakes: Waits,
}

/// The calls that may block or wake: for what, whom, and which they are.
const BLOCKING_OR_WAKING: &[(Waits, Waits, &[Sysno])] = &[
    (
        Waits::DATA,
        Waits::ROOM.and(Waits::READINESS),
        &[
            Sysno::read,
            Sysno::readv,
            Sysno::preadv2,
            Sysno::recvfrom,
            Sysno::recvmsg,
            Sysno::recvmmsg,
            Sysno::accept,
            Sysno::accept4,
        ],
    ),
    (
        Waits::ROOM,
        Waits::DATA.and(Waits::READINESS),
        &[
            Sysno::write,
            Sysno::writev,
            Sysno::pwrite64,
            Sysno::pwritev,
            Sysno::pwritev2,
            Sysno::sendto,
            Sysno::sendmsg,
            Sysno::sendmmsg,
        ],
    ),
    (
        Waits::DATA.and(Waits::ROOM),
        Waits::IO,
        &[
            Sysno::splice,
            Sysno::tee,
            Sysno::vmsplice,
            Sysno::sendfile,
            Sysno::connect,
        ],
    ),
    (
        Waits::READINESS,
        Waits::NONE,
        &[
            Sysno::poll,
            Sysno::ppoll,
            Sysno::select,
            Sysno::pselect6,
            Sysno::epoll_wait,
            Sysno::epoll_pwait,
            Sysno::epoll_pwait2,
        ],
    ),
    (
        Waits::FUTEX,
        Waits::FUTEX,
        &[
            Sysno::futex,
            Sysno::futex_waitv,
            Sysno::futex_wait,
            Sysno::futex_wake,
            Sysno::futex_requeue,
        ],
    ),
    (Waits::CHILD, Waits::NONE, &[Sysno::wait4, Sysno::waitid]),
    (
        Waits::LOCK,
        // A pipe may be made larger.
        Waits::LOCK.and(Waits::ROOM).and(Waits::READINESS),
        &[Sysno::flock, Sysno::fcntl],
    ),
    (
        Waits::QUEUE,
        Waits::QUEUE.and(Waits::READINESS),
        &[
            Sysno::semop,
            Sysno::semtimedop,
            Sysno::msgsnd,
            Sysno::msgrcv,
            Sysno::mq_timedsend,
            Sysno::mq_timedreceive,
        ],
    ),
    (Waits::NONE, Waits::QUEUE, &[Sysno::semctl, Sysno::msgctl]),
    (
        Waits::SIGNAL,
        Waits::NONE,
        &[
            Sysno::pause,
            Sysno::rt_sigsuspend,
            Sysno::rt_sigtimedwait,
            Sysno::nanosleep,
            Sysno::clock_nanosleep,
        ],
    ),
    (
        Waits::DATA,
        Waits::NONE,
        &[Sysno::io_getevents, Sysno::io_pgetevents],
    ),
    (
        Waits::NONE,
        Waits::IO.and(Waits::LOCK),
        &[Sysno::close, Sysno::close_range, Sysno::dup2, Sysno::dup3],
    ),
    (
        Waits::NONE,
        Waits::IO,
        &[
            Sysno::shutdown,
            Sysno::setsockopt,
            Sysno::timerfd_settime,
            Sysno::io_submit,
        ],
    ),
    (Waits::NONE, Waits::READINESS, &[Sysno::epoll_ctl]),
    (
        Waits::NONE,
        Waits::ANY,
        &[
            // On a terminal it may send a signal, type, or let a stopped writer resume.
            Sysno::ioctl,
            Sysno::vhangup,
            Sysno::kill,
            Sysno::tkill,
            Sysno::tgkill,
            Sysno::rt_sigqueueinfo,
            Sysno::rt_tgsigqueueinfo,
            Sysno::pidfd_send_signal,
            Sysno::alarm,
            Sysno::setitimer,
            Sysno::timer_settime,
        ],
    ),
];

/// The row of a system call, by its number; of one that is not known, an empty row.
pub(super) fn of(call: i64) -> Row {
    usize::try_from(call)
        .ok()
        .and_then(Sysno::new)
        .map_or(Row::default(), row)
}

fn row(call: Sysno) -> Row {
    const ROWS: usize = 512;
    static TABLE: [Row; ROWS] = {
        let mut table = [Row {
            waits: Waits::NONE,
            wakes: Waits::NONE,
        }; ROWS];
        let mut group = 0;
        while group < BLOCKING_OR_WAKING.len() {
            let (waits, wakes, calls) = BLOCKING_OR_WAKING[group];
            let mut call = 0;
            while call < calls.len() {
                table[calls[call] as usize] = Row { waits, wakes };
                call += 1;
            }
            group += 1;
        }
        table
    };
    TABLE[call as usize]
}

#[cfg(test)]
mod tests;
