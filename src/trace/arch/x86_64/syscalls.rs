//! The rows of system calls that newer architectures do not have.

use super::cpuid::{ARCH_GET_CPUID, ARCH_SET_CPUID, ARCH_SET_FS};
use crate::trace::{
    memory::Unit,
    syscall::{
        clock_read::ClockRead,
        descriptor::Closes,
        objects::Objects,
        table::{Family, Row, creates, reported_if, row},
        time_out::{Kind, TimeOut},
        timer::TimerCall,
        wake_ups::Waits,
    },
};
use syscalls::Sysno;

/// System calls that the tracer handles.
pub(in crate::trace) const ROWS: &[Row] = &[
    row(Sysno::time, 1, Family::Clock(ClockRead::Seconds)),
    row(Sysno::poll, 3, Family::Plain)
        .polls(Objects::Polled)
        .time_out(TimeOut::Milliseconds(2)),
    row(Sysno::select, 5, Family::Plain)
        .polls(Objects::Selected)
        .time_out(TimeOut::Relative {
            argument: 4,
            unit: Unit::Microseconds,
            kind: Kind::Sets,
            writes_remaining: true,
        }),
    row(Sysno::epoll_wait, 4, Family::Plain)
        .polls(Objects::Descriptors(&[0]))
        .time_out(TimeOut::Milliseconds(3)),
    row(Sysno::pause, 0, Family::Plain).waits(Waits::SIGNAL, Objects::Signal),
    row(Sysno::alarm, 1, Family::Timer(TimerCall::Alarm)),
    row(Sysno::dup2, 2, Family::Descriptor(Closes::Argument(1))).wakes(Waits::IO_OR_LOCK),
    row(Sysno::inotify_init, 0, Family::Watch),
    // The times of files.
    row(Sysno::stat, 2, Family::Stat),
    row(Sysno::lstat, 2, Family::Stat),
    row(Sysno::utime, 2, Family::SetFileTimes),
    row(Sysno::utimes, 2, Family::SetFileTimes),
    row(Sysno::futimesat, 3, Family::SetFileTimes),
    // Change files.
    row(Sysno::open, 3, Family::ChangeFile).when(&[creates(1)]),
    row(Sysno::creat, 2, Family::ChangeFile),
    row(Sysno::rename, 2, Family::ChangeFile),
    row(Sysno::mkdir, 2, Family::ChangeFile),
    row(Sysno::rmdir, 1, Family::ChangeFile),
    row(Sysno::link, 2, Family::ChangeFile),
    row(Sysno::unlink, 1, Family::ChangeFile),
    row(Sysno::symlink, 2, Family::ChangeFile),
    row(Sysno::chmod, 2, Family::ChangeFile),
    row(Sysno::chown, 3, Family::ChangeFile),
    row(Sysno::lchown, 3, Family::ChangeFile),
    row(Sysno::mknod, 3, Family::ChangeFile),
    // Requests about `cpuid`, and the one that precedes its first use.
    row(Sysno::arch_prctl, 2, Family::ThreadMemory).when(&[reported_if(
        0,
        &[ARCH_SET_FS, ARCH_GET_CPUID, ARCH_SET_CPUID],
    )]),
];

/// System calls that open the file whose path is their first argument.
pub(in crate::trace) const OPENS: &[i64] = &[libc::SYS_open, libc::SYS_creat];

/// System calls that are reported as ptrace events.
pub(in crate::trace) const EVENTS: &[Sysno] = &[Sysno::fork, Sysno::vfork];

/// System calls that are not reported.
pub(in crate::trace) const UNSEEN: &[Sysno] = &[
    Sysno::access,
    Sysno::pipe,
    Sysno::getdents,
    Sysno::readlink,
    Sysno::getpgrp,
    Sysno::uselib,
    Sysno::ustat,
    Sysno::sysfs,
    Sysno::modify_ldt,
    Sysno::_sysctl,
    Sysno::iopl,
    Sysno::ioperm,
    Sysno::create_module,
    Sysno::get_kernel_syms,
    Sysno::query_module,
    Sysno::getpmsg,
    Sysno::putpmsg,
    Sysno::afs_syscall,
    Sysno::tuxcall,
    Sysno::security,
    Sysno::set_thread_area,
    Sysno::get_thread_area,
    Sysno::epoll_create,
    Sysno::epoll_ctl_old,
    Sysno::epoll_wait_old,
    Sysno::vserver,
    Sysno::signalfd,
    Sysno::eventfd,
    Sysno::uretprobe,
    Sysno::uprobe,
];
