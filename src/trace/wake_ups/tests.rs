use super::{BLOCKING_OR_WAKING, of};
use crate::trace::filter;
use std::collections::BTreeSet;
use syscalls::x86_64::Sysno;

/// They are seen as events, and not as calls: after each, everything comes to rest.
const SEEN_AS_EVENTS: &[Sysno] = &[
    Sysno::exit, Sysno::exit_group, Sysno::execve, Sysno::execveat, Sysno::clone, Sysno::fork,
    Sysno::vfork,
];
/// They are refused.
const REFUSED: &[Sysno] = &[
    Sysno::clone3, Sysno::ptrace, Sysno::io_uring_setup, Sysno::io_uring_enter,
    Sysno::io_uring_register, Sysno::clock_settime, Sysno::settimeofday, Sysno::adjtimex,
    Sysno::clock_adjtime,
];
/// A named pipe is opened by both ends at once: the recording of a run in which one blocks here is marked.
const MARKED_IF_THEY_BLOCK: &[Sysno] = &[
    Sysno::open, Sysno::openat, Sysno::openat2, Sysno::creat, Sysno::open_by_handle_at,
];
/// They wait for nothing but the disk or the system itself, and wake no thread. Those that change files may wake a thread that
/// watches these (inotify(7), fanotify(7)): a wait that is taken for external, and marked.
const NEITHER_BLOCK_NOR_WAKE: &[Sysno] = &[
    Sysno::stat, Sysno::fstat, Sysno::lstat, Sysno::lseek, Sysno::mmap, Sysno::mprotect,
    Sysno::munmap, Sysno::brk, Sysno::rt_sigaction, Sysno::rt_sigprocmask, Sysno::rt_sigreturn,
    Sysno::pread64, Sysno::access, Sysno::pipe, Sysno::sched_yield, Sysno::mremap, Sysno::msync,
    Sysno::mincore, Sysno::madvise, Sysno::shmget, Sysno::shmat, Sysno::shmctl, Sysno::dup,
    Sysno::getitimer, Sysno::getpid, Sysno::socket, Sysno::bind, Sysno::listen, Sysno::getsockname,
    Sysno::getpeername, Sysno::socketpair, Sysno::getsockopt, Sysno::uname, Sysno::semget,
    Sysno::shmdt, Sysno::msgget, Sysno::fsync, Sysno::fdatasync, Sysno::truncate, Sysno::ftruncate,
    Sysno::getdents, Sysno::getcwd, Sysno::chdir, Sysno::fchdir, Sysno::rename, Sysno::mkdir,
    Sysno::rmdir, Sysno::link, Sysno::unlink, Sysno::symlink, Sysno::readlink, Sysno::chmod,
    Sysno::fchmod, Sysno::chown, Sysno::fchown, Sysno::lchown, Sysno::umask, Sysno::gettimeofday,
    Sysno::getrlimit, Sysno::getrusage, Sysno::sysinfo, Sysno::times, Sysno::getuid, Sysno::syslog,
    Sysno::getgid, Sysno::setuid, Sysno::setgid, Sysno::geteuid, Sysno::getegid, Sysno::setpgid,
    Sysno::getppid, Sysno::getpgrp, Sysno::setsid, Sysno::setreuid, Sysno::setregid,
    Sysno::getgroups, Sysno::setgroups, Sysno::setresuid, Sysno::getresuid, Sysno::setresgid,
    Sysno::getresgid, Sysno::getpgid, Sysno::setfsuid, Sysno::setfsgid, Sysno::getsid,
    Sysno::capget, Sysno::capset, Sysno::rt_sigpending, Sysno::sigaltstack, Sysno::utime,
    Sysno::mknod, Sysno::uselib, Sysno::personality, Sysno::ustat, Sysno::statfs, Sysno::fstatfs,
    Sysno::sysfs, Sysno::getpriority, Sysno::setpriority, Sysno::sched_setparam,
    Sysno::sched_getparam, Sysno::sched_setscheduler, Sysno::sched_getscheduler,
    Sysno::sched_get_priority_max, Sysno::sched_get_priority_min, Sysno::sched_rr_get_interval,
    Sysno::mlock, Sysno::munlock, Sysno::mlockall, Sysno::munlockall, Sysno::modify_ldt,
    Sysno::pivot_root, Sysno::_sysctl, Sysno::prctl, Sysno::arch_prctl, Sysno::setrlimit,
    Sysno::chroot, Sysno::sync, Sysno::acct, Sysno::mount, Sysno::umount2, Sysno::swapon,
    Sysno::swapoff, Sysno::reboot, Sysno::sethostname, Sysno::setdomainname, Sysno::iopl,
    Sysno::ioperm, Sysno::create_module, Sysno::init_module, Sysno::delete_module,
    Sysno::get_kernel_syms, Sysno::query_module, Sysno::quotactl, Sysno::nfsservctl,
    Sysno::getpmsg, Sysno::putpmsg, Sysno::afs_syscall, Sysno::tuxcall, Sysno::security,
    Sysno::gettid, Sysno::readahead, Sysno::setxattr, Sysno::lsetxattr, Sysno::fsetxattr,
    Sysno::getxattr, Sysno::lgetxattr, Sysno::fgetxattr, Sysno::listxattr, Sysno::llistxattr,
    Sysno::flistxattr, Sysno::removexattr, Sysno::lremovexattr, Sysno::fremovexattr, Sysno::time,
    Sysno::sched_setaffinity, Sysno::sched_getaffinity, Sysno::set_thread_area, Sysno::io_setup,
    Sysno::io_destroy, Sysno::io_cancel, Sysno::get_thread_area, Sysno::lookup_dcookie,
    Sysno::epoll_create, Sysno::epoll_ctl_old, Sysno::epoll_wait_old, Sysno::remap_file_pages,
    Sysno::getdents64, Sysno::set_tid_address, Sysno::restart_syscall, Sysno::fadvise64,
    Sysno::timer_create, Sysno::timer_gettime, Sysno::timer_getoverrun, Sysno::timer_delete,
    Sysno::clock_gettime, Sysno::clock_getres, Sysno::utimes, Sysno::vserver, Sysno::mbind,
    Sysno::set_mempolicy, Sysno::get_mempolicy, Sysno::mq_open, Sysno::mq_unlink, Sysno::mq_notify,
    Sysno::mq_getsetattr, Sysno::kexec_load, Sysno::add_key, Sysno::request_key, Sysno::keyctl,
    Sysno::ioprio_set, Sysno::ioprio_get, Sysno::inotify_init, Sysno::inotify_add_watch,
    Sysno::inotify_rm_watch, Sysno::migrate_pages, Sysno::mkdirat, Sysno::mknodat, Sysno::fchownat,
    Sysno::futimesat, Sysno::newfstatat, Sysno::unlinkat, Sysno::renameat, Sysno::linkat,
    Sysno::symlinkat, Sysno::readlinkat, Sysno::fchmodat, Sysno::faccessat, Sysno::unshare,
    Sysno::set_robust_list, Sysno::get_robust_list, Sysno::sync_file_range, Sysno::move_pages,
    Sysno::utimensat, Sysno::signalfd, Sysno::timerfd_create, Sysno::eventfd, Sysno::fallocate,
    Sysno::timerfd_gettime, Sysno::signalfd4, Sysno::eventfd2, Sysno::epoll_create1, Sysno::pipe2,
    Sysno::inotify_init1, Sysno::preadv, Sysno::perf_event_open, Sysno::fanotify_init,
    Sysno::fanotify_mark, Sysno::prlimit64, Sysno::name_to_handle_at, Sysno::syncfs, Sysno::setns,
    Sysno::getcpu, Sysno::process_vm_readv, Sysno::process_vm_writev, Sysno::kcmp,
    Sysno::finit_module, Sysno::sched_setattr, Sysno::sched_getattr, Sysno::renameat2,
    Sysno::seccomp, Sysno::getrandom, Sysno::memfd_create, Sysno::kexec_file_load, Sysno::bpf,
    Sysno::userfaultfd, Sysno::membarrier, Sysno::mlock2, Sysno::copy_file_range,
    Sysno::pkey_mprotect, Sysno::pkey_alloc, Sysno::pkey_free, Sysno::statx, Sysno::rseq,
    Sysno::uretprobe, Sysno::uprobe, Sysno::open_tree, Sysno::move_mount, Sysno::fsopen,
    Sysno::fsconfig, Sysno::fsmount, Sysno::fspick, Sysno::pidfd_open, Sysno::pidfd_getfd,
    Sysno::faccessat2, Sysno::process_madvise, Sysno::mount_setattr, Sysno::quotactl_fd,
    Sysno::landlock_create_ruleset, Sysno::landlock_add_rule, Sysno::landlock_restrict_self,
    Sysno::memfd_secret, Sysno::process_mrelease, Sysno::set_mempolicy_home_node, Sysno::cachestat,
    Sysno::fchmodat2, Sysno::map_shadow_stack, Sysno::statmount, Sysno::listmount,
    Sysno::lsm_get_self_attr, Sysno::lsm_set_self_attr, Sysno::lsm_list_modules, Sysno::mseal,
    Sysno::setxattrat, Sysno::getxattrat, Sysno::listxattrat, Sysno::removexattrat,
    Sysno::open_tree_attr, Sysno::file_getattr, Sysno::file_setattr,
];

#[test]
fn every_system_call_is_classified_once() {
    let groups = BLOCKING_OR_WAKING.iter().map(|(_, _, calls)| *calls);
    let groups = groups.chain([
        SEEN_AS_EVENTS,
        REFUSED,
        MARKED_IF_THEY_BLOCK,
        NEITHER_BLOCK_NOR_WAKE,
    ]);
    let mut classified = BTreeSet::new();
    for call in groups.flatten() {
        assert!(classified.insert(*call as usize), "{call} twice");
    }
    for call in Sysno::iter() {
        assert!(classified.contains(&(call as usize)), "{call}");
    }
}

#[test]
fn every_call_that_may_block_or_wake_is_reported() {
    for (waits, wakes, calls) in BLOCKING_OR_WAKING {
        for call in *calls {
            assert!(filter::reports(i64::from(call.id())), "{call}");
            assert_eq!(of(i64::from(call.id())).waits, *waits);
            assert_eq!(of(i64::from(call.id())).wakes, *wakes);
        }
    }
}
