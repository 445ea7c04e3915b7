//! What a call that waits can wait for: descriptors, futexes, objects of System V, children, signals.

use super::{
    linux_aio,
    memory::{read, read_into},
    x86_64::{Registers, SYS_FUTEX_WAIT, SYS_IO_PGETEVENTS},
};
use libc::{c_long, pid_t};

/// How many objects of one call are read.
const MOST_OBJECTS: usize = 4096;

/// Something that a call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Object {
    Descriptor(i32),
    /// A lock on a file.
    Lock(i32),
    /// A futex, and whether its process alone can use it.
    Futex {
        address: u64,
        is_private: bool,
    },
    SystemV(SystemV, i32),
    /// Completions of Linux AIO, in the context that has this address.
    Completions(u64),
    Child,
    Signal,
    /// An instant and nothing else.
    Time,
}

/// The objects of System V that can be waited for, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum SystemV {
    Semaphores,
    Queue,
}

/// What a call can wait for; nothing where the call is unknown.
pub(super) fn objects(thread: pid_t, made: &Registers) -> Vec<Object> {
    let call: c_long = made.call();
    match call {
        libc::SYS_poll | libc::SYS_ppoll => polled(thread, made),
        libc::SYS_select | libc::SYS_pselect6 => selected(thread, made),
        libc::SYS_splice => descriptors([made.int(0), made.int(2)]),
        libc::SYS_sendfile | libc::SYS_tee => descriptors([made.int(0), made.int(1)]),
        libc::SYS_flock | libc::SYS_fcntl => vec![Object::Lock(made.int(0))],
        libc::SYS_epoll_wait
        | libc::SYS_epoll_pwait
        | libc::SYS_epoll_pwait2
        | libc::SYS_read
        | libc::SYS_readv
        | libc::SYS_pread64
        | libc::SYS_preadv
        | libc::SYS_preadv2
        | libc::SYS_recvfrom
        | libc::SYS_recvmsg
        | libc::SYS_recvmmsg
        | libc::SYS_accept
        | libc::SYS_accept4
        | libc::SYS_connect
        | libc::SYS_write
        | libc::SYS_writev
        | libc::SYS_pwrite64
        | libc::SYS_pwritev
        | libc::SYS_pwritev2
        | libc::SYS_vmsplice
        | libc::SYS_sendto
        | libc::SYS_sendmsg
        | libc::SYS_sendmmsg
        | libc::SYS_mq_timedsend
        | libc::SYS_mq_timedreceive => descriptors([made.int(0)]),
        libc::SYS_futex => vec![Object::Futex {
            address: made.argument(0),
            is_private: made.int(1) & libc::FUTEX_PRIVATE_FLAG != 0,
        }],
        SYS_FUTEX_WAIT => vec![Object::Futex {
            address: made.argument(0),
            is_private: made.int(3) & FUTEX2_PRIVATE != 0,
        }],
        libc::SYS_futex_waitv => several_futexes(thread, made),
        libc::SYS_semop | libc::SYS_semtimedop => {
            vec![Object::SystemV(SystemV::Semaphores, made.int(0))]
        }
        libc::SYS_msgsnd | libc::SYS_msgrcv => vec![Object::SystemV(SystemV::Queue, made.int(0))],
        libc::SYS_io_submit => {
            let descriptors = linux_aio::descriptors(thread, made).into_iter();
            descriptors.map(Object::Descriptor).collect()
        }
        libc::SYS_io_getevents | SYS_IO_PGETEVENTS => vec![Object::Completions(made.argument(0))],
        libc::SYS_wait4 | libc::SYS_waitid => vec![Object::Child],
        libc::SYS_pause | libc::SYS_rt_sigsuspend | libc::SYS_rt_sigtimedwait => {
            vec![Object::Signal]
        }
        libc::SYS_nanosleep | libc::SYS_clock_nanosleep => vec![Object::Time],
        _ => Vec::new(),
    }
}

/// `FUTEX2_PRIVATE` (`linux/futex.h`).
const FUTEX2_PRIVATE: i32 = 128;

fn descriptors<const COUNT: usize>(descriptors: [i32; COUNT]) -> Vec<Object> {
    descriptors.map(Object::Descriptor).to_vec()
}

/// The descriptors in `poll`'s array.
fn polled(thread: pid_t, made: &Registers) -> Vec<Object> {
    const ENTRY: usize = 8;
    let count = usize::try_from(made.argument(1)).unwrap_or(usize::MAX);
    let mut entries = vec![0; ENTRY * count.min(MOST_OBJECTS)];
    read_into(thread, made.argument(0), &mut entries);
    let (entries, _) = entries.as_chunks::<ENTRY>();
    let descriptors = entries
        .iter()
        .map(|[a, b, c, d, ..]| i32::from_le_bytes([*a, *b, *c, *d]));
    // `poll` passes over negative ones.
    descriptors
        .filter(|descriptor| *descriptor >= 0)
        .map(Object::Descriptor)
        .collect()
}

/// The descriptors in `select`'s sets.
fn selected(thread: pid_t, made: &Registers) -> Vec<Object> {
    let count = usize::try_from(made.int(0)).unwrap_or(0).min(MOST_OBJECTS);
    let mut selected = Vec::new();
    for set in (1..=3)
        .map(|set| made.argument(set))
        .filter(|set| *set != 0)
    {
        let mut bits = vec![0_u8; count.div_ceil(64) * 8];
        read_into(thread, set, &mut bits);
        let is_set = |descriptor: &usize| bits[descriptor / 8] >> (descriptor % 8) & 1 == 1;
        selected.extend(
            (0..count)
                .filter(is_set)
                .filter_map(|descriptor| i32::try_from(descriptor).ok())
                .map(Object::Descriptor),
        );
    }
    selected
}

/// The futexes in `futex_waitv`'s array of `struct futex_waitv` (`linux/futex.h`): value, address, flags.
fn several_futexes(thread: pid_t, made: &Registers) -> Vec<Object> {
    const ENTRY: u64 = 24;
    /// The system takes no more (`FUTEX_WAITV_MAX`).
    const MOST: u64 = 128;
    let entries = (0..made.argument(1).min(MOST)).map_while(|index| {
        let entry: [u8; 24] = read(thread, made.argument(0).checked_add(index * ENTRY)?)?;
        let address = u64::from_le_bytes(entry[8..16].try_into().ok()?);
        let flags = i32::from_le_bytes(entry[16..20].try_into().ok()?);
        Some(Object::Futex {
            address,
            is_private: flags & FUTEX2_PRIVATE != 0,
        })
    });
    entries.collect()
}
