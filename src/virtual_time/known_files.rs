//! The files of the system that show what differs from run to run or from machine to machine: which of them a program
//! finds as on the virtual machine, and which mark a recording.
//!
//! A path is looked up by its components: `N` stands for a number, `*` for any component, `**` for any number of them.

use crate::recording::Machine;

/// A file that shows what differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KnownFile {
    /// The virtual machine has this text there.
    Text(&'static str),
    /// It is generated.
    Generated(Generated),
    /// It is real, and a program that reads it marks its recording.
    Differs,
}

/// A file whose text depends on the run's state, in a way that is the same in each run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Generated {
    /// `/proc/uptime`.
    Uptime,
    /// `/proc/stat`.
    SystemStat,
    /// A random UUID for each read.
    Uuid,
    /// `/proc/PID/stat`.
    Stat,
    /// `/proc/PID/status`.
    Status,
    /// `/proc/PID/statm`.
    Statm,
    /// `/proc/PID/cgroup`.
    Cgroup,
}

/// The virtual machine's name. It is one that every system resolves without asking others.
pub(crate) const HOST_NAME: &str = "localhost";
/// Its memory in bytes, and how much of that is free.
pub(crate) const MEMORY: u64 = 4 << 30;
pub(crate) const FREE_MEMORY: u64 = 2 << 30;
/// How much of its memory each process has resident, in kilobytes.
pub(crate) const RESIDENT: u64 = 4096;

const HOST_NAME_LINE: &str = "localhost\n";
const NO_DOMAIN: &str = "(none)\n";
const MACHINE_ID: &str = "00000000000000000000000000000001\n";
const BOOT_ID: &str = "00000000-0000-4000-8000-000000000001\n";
const FIRST_PROCESSOR: &str = "0\n";
const LOAD: &str = "0.00 0.00 0.00 1/1 2\n";
const SWAPS: &str = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
const NO_LIMIT: &str = "max\n";
/// The same in the first version of control groups.
const NO_LIMIT_IN_BYTES: &str = "9223372036854771712\n";
const NODE_MEMORY: &str = "\
Node 0 MemTotal:        4194304 kB
Node 0 MemFree:         2097152 kB
Node 0 MemUsed:         2097152 kB
";

const MEMORY_INFO: &str = "\
MemTotal:        4194304 kB
MemFree:         2097152 kB
MemAvailable:    3145728 kB
Buffers:           65536 kB
Cached:           983040 kB
SwapCached:            0 kB
Active:           524288 kB
Inactive:         524288 kB
Active(anon):          0 kB
Inactive(anon):        0 kB
Active(file):     524288 kB
Inactive(file):   524288 kB
Unevictable:           0 kB
Mlocked:               0 kB
SwapTotal:             0 kB
SwapFree:              0 kB
Dirty:                 0 kB
Writeback:             0 kB
AnonPages:             0 kB
Mapped:                0 kB
Shmem:                 0 kB
KReclaimable:          0 kB
Slab:                  0 kB
SReclaimable:          0 kB
SUnreclaim:            0 kB
KernelStack:           0 kB
PageTables:            0 kB
CommitLimit:     2097152 kB
Committed_AS:          0 kB
VmallocTotal:   34359738367 kB
VmallocUsed:           0 kB
VmallocChunk:          0 kB
HugePages_Total:       0
HugePages_Free:        0
HugePages_Rsvd:        0
HugePages_Surp:        0
Hugepagesize:       2048 kB
Hugetlb:               0 kB
";

/// What each processor of this architecture has; the counter counts nanoseconds.
const PROCESSORS: &str = "\
processor\t: 0
vendor_id\t: Stroboscope
cpu family\t: 6
model\t\t: 0
model name\t: Stroboscope virtual processor
stepping\t: 0
cpu MHz\t\t: 1000.000
cache size\t: 4096 KB
physical id\t: 0
siblings\t: 1
core id\t\t: 0
cpu cores\t: 1
apicid\t\t: 0
initial apicid\t: 0
fpu\t\t: yes
fpu_exception\t: yes
cpuid level\t: 13
wp\t\t: yes
flags\t\t: fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr sse sse2 syscall nx lm constant_tsc rep_good nopl cpuid pni ssse3 cx16 sse4_1 sse4_2 popcnt lahf_lm
bugs\t\t:
bogomips\t: 2000.00
clflush size\t: 64
cache_alignment\t: 64
address sizes\t: 40 bits physical, 48 bits virtual
power management:

";

/// What a program finds on the virtual machine alone; on the host it is real.
const MACHINE: &[(&str, KnownFile)] = &[
    ("/proc/cpuinfo", KnownFile::Text(PROCESSORS)),
    ("/proc/meminfo", KnownFile::Text(MEMORY_INFO)),
    ("/proc/loadavg", KnownFile::Text(LOAD)),
    ("/proc/swaps", KnownFile::Text(SWAPS)),
    ("/proc/sys/kernel/hostname", KnownFile::Text(HOST_NAME_LINE)),
    ("/proc/sys/kernel/domainname", KnownFile::Text(NO_DOMAIN)),
    ("/proc/sys/kernel/random/boot_id", KnownFile::Text(BOOT_ID)),
    ("/etc/hostname", KnownFile::Text(HOST_NAME_LINE)),
    ("/etc/machine-id", KnownFile::Text(MACHINE_ID)),
    ("/var/lib/dbus/machine-id", KnownFile::Text(MACHINE_ID)),
    // Nobody is logged in.
    ("/run/utmp", KnownFile::Text("")),
    (
        "/sys/devices/system/cpu/online",
        KnownFile::Text(FIRST_PROCESSOR),
    ),
    (
        "/sys/devices/system/cpu/possible",
        KnownFile::Text(FIRST_PROCESSOR),
    ),
    (
        "/sys/devices/system/cpu/present",
        KnownFile::Text(FIRST_PROCESSOR),
    ),
    ("/sys/devices/system/cpu/offline", KnownFile::Text("\n")),
    (
        "/sys/devices/system/node/online",
        KnownFile::Text(FIRST_PROCESSOR),
    ),
    (
        "/sys/devices/system/node/possible",
        KnownFile::Text(FIRST_PROCESSOR),
    ),
    (
        "/sys/devices/system/node/*/meminfo",
        KnownFile::Text(NODE_MEMORY),
    ),
    ("/proc/N/cgroup", KnownFile::Generated(Generated::Cgroup)),
    (
        "/proc/N/task/N/cgroup",
        KnownFile::Generated(Generated::Cgroup),
    ),
    ("/sys/fs/cgroup/**/cpu.max", KnownFile::Text("max 100000\n")),
    ("/sys/fs/cgroup/**/memory.max", KnownFile::Text(NO_LIMIT)),
    ("/sys/fs/cgroup/**/memory.high", KnownFile::Text(NO_LIMIT)),
    (
        "/sys/fs/cgroup/**/memory.swap.max",
        KnownFile::Text(NO_LIMIT),
    ),
    ("/sys/fs/cgroup/**/pids.max", KnownFile::Text(NO_LIMIT)),
    (
        "/sys/fs/cgroup/**/cpu.cfs_quota_us",
        KnownFile::Text("-1\n"),
    ),
    (
        "/sys/fs/cgroup/**/memory.limit_in_bytes",
        KnownFile::Text(NO_LIMIT_IN_BYTES),
    ),
    (
        "/sys/fs/cgroup/**/memory.memsw.limit_in_bytes",
        KnownFile::Text(NO_LIMIT_IN_BYTES),
    ),
    (
        "/sys/fs/cgroup/**/memory.soft_limit_in_bytes",
        KnownFile::Text(NO_LIMIT_IN_BYTES),
    ),
];

/// What shows the virtual clock, the seed, or the work of the program, which takes no time.
const VIRTUAL: &[(&str, KnownFile)] = &[
    ("/proc/uptime", KnownFile::Generated(Generated::Uptime)),
    ("/proc/stat", KnownFile::Generated(Generated::SystemStat)),
    (
        "/proc/sys/kernel/random/uuid",
        KnownFile::Generated(Generated::Uuid),
    ),
    ("/proc/N/stat", KnownFile::Generated(Generated::Stat)),
    ("/proc/N/task/N/stat", KnownFile::Generated(Generated::Stat)),
    ("/proc/N/status", KnownFile::Generated(Generated::Status)),
    (
        "/proc/N/task/N/status",
        KnownFile::Generated(Generated::Status),
    ),
    ("/proc/N/statm", KnownFile::Generated(Generated::Statm)),
    (
        "/proc/N/task/N/statm",
        KnownFile::Generated(Generated::Statm),
    ),
];

/// What is real and known to differ. Not among them is what runtimes read at their start.
const DIFFERENT: &[&str] = &[
    "/proc/buddyinfo",
    "/proc/diskstats",
    "/proc/interrupts",
    "/proc/locks",
    "/proc/pagetypeinfo",
    "/proc/pressure/*",
    "/proc/sched_debug",
    "/proc/schedstat",
    "/proc/slabinfo",
    "/proc/softirqs",
    "/proc/sys/fs/dentry-state",
    "/proc/sys/fs/file-nr",
    "/proc/sys/fs/inode-nr",
    "/proc/sys/fs/inode-state",
    "/proc/sys/kernel/ns_last_pid",
    "/proc/sys/kernel/random/entropy_avail",
    "/proc/timer_list",
    "/proc/vmallocinfo",
    "/proc/vmstat",
    "/proc/zoneinfo",
    "/proc/N/io",
    "/proc/N/numa_maps",
    "/proc/N/oom_score",
    "/proc/N/sessionid",
    "/proc/N/sched",
    "/proc/N/schedstat",
    "/proc/N/smaps",
    "/proc/N/smaps_rollup",
    "/proc/N/task/N/io",
    "/proc/N/task/N/sched",
    "/proc/N/task/N/schedstat",
    "/proc/N/task/N/smaps",
    "/proc/N/net/arp",
    "/proc/N/net/dev",
    "/proc/N/net/netlink",
    "/proc/N/net/netstat",
    "/proc/N/net/packet",
    "/proc/N/net/snmp",
    "/proc/N/net/snmp6",
    "/proc/N/net/sockstat",
    "/proc/N/net/sockstat6",
    "/proc/N/net/softnet_stat",
    "/proc/N/net/tcp",
    "/proc/N/net/tcp6",
    "/proc/N/net/udp",
    "/proc/N/net/udp6",
    "/proc/N/net/unix",
    "/sys/devices/**/cpufreq/**",
    "/sys/devices/**/hwmon/**",
    "/sys/devices/**/power_supply/**",
    "/sys/devices/**/stat",
    "/sys/devices/**/statistics/*",
    "/sys/devices/**/thermal/**",
    "/sys/devices/system/node/*/numastat",
    "/sys/devices/system/node/*/vmstat",
    "/sys/fs/cgroup/**/cpu.stat",
    "/sys/fs/cgroup/**/io.stat",
    "/sys/fs/cgroup/**/memory.current",
    "/sys/fs/cgroup/**/memory.peak",
    "/sys/fs/cgroup/**/pids.current",
];

/// The known files that are on a disk, and not made by the kernel.
pub(crate) fn on_disk() -> impl Iterator<Item = &'static str> {
    let paths = MACHINE.iter().chain(VIRTUAL).map(|(path, _)| *path);
    let is_on_disk = |path: &&str| !path.starts_with("/proc/") && !path.starts_with("/sys/");
    paths.chain(DIFFERENT.iter().copied()).filter(is_on_disk)
}

/// What is known of a file; `None` if nothing is.
pub(crate) fn look_up(path: &str, machine: Machine) -> Option<KnownFile> {
    let roots = ["/proc/", "/sys/", "/etc/", "/run/", "/var/lib/dbus/"];
    if !roots.iter().any(|root| path.starts_with(root)) {
        return None;
    }
    let find = |files: &[(&str, KnownFile)]| {
        let known = files.iter().find(|(pattern, _)| matches(pattern, path));
        known.map(|(_, file)| *file)
    };
    let on_machine = || {
        (machine == Machine::Virtual)
            .then(|| find(MACHINE))
            .flatten()
    };
    find(VIRTUAL)
        .or_else(on_machine)
        .or_else(|| is_different(path).then_some(KnownFile::Differs))
}

fn is_different(path: &str) -> bool {
    DIFFERENT.iter().any(|pattern| matches(pattern, path))
}

/// A path as a recording names it: with `PID` for the numbers of processes.
pub(crate) fn name(path: &str) -> String {
    let names = path.split('/').map(|name| match name {
        _ if !path.starts_with("/proc/") => name,
        name if is_number(name) => "PID",
        name => name,
    });
    names.collect::<Vec<_>>().join("/")
}

/// Whether a recording can be marked because of a file with this name.
pub(crate) fn is_name(name: &str) -> bool {
    let path = name.replace("/PID", "/1");
    path.starts_with('/') && (is_different(&path) || is_foreign_stat(&path))
}

/// Whether it is what shows a process outside.
fn is_foreign_stat(path: &str) -> bool {
    let of_process = |(_, file): &(&str, KnownFile)| {
        matches!(
            file,
            KnownFile::Generated(Generated::Stat | Generated::Status | Generated::Statm)
        )
    };
    let mut files = VIRTUAL.iter().filter(|file| of_process(file));
    files.any(|(pattern, _)| matches(pattern, path))
}

fn is_number(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit())
}

fn matches(pattern: &str, path: &str) -> bool {
    match (pattern.split_once('/'), path.split_once('/')) {
        (Some(("**", rest)), further) => {
            matches(rest, path) || further.is_some_and(|(_, below)| matches(pattern, below))
        }
        (Some((one, pattern)), Some((name, path))) => {
            matches_one(one, name) && matches(pattern, path)
        }
        (None, None) => matches_one(pattern, path),
        (None, Some(_)) => pattern == "**",
        (Some(_), None) => false,
    }
}

fn matches_one(pattern: &str, name: &str) -> bool {
    match pattern {
        "N" => is_number(name),
        "*" | "**" => true,
        pattern => pattern == name,
    }
}

#[cfg(test)]
mod tests {
    use super::{DIFFERENT, Generated, KnownFile, MACHINE, VIRTUAL, is_name, look_up, name};
    use crate::recording::Machine;

    #[test]
    fn a_path_is_found_by_its_components() {
        let found = |path| look_up(path, Machine::Virtual);
        assert_eq!(
            found("/proc/12/stat"),
            Some(KnownFile::Generated(Generated::Stat))
        );
        assert_eq!(found("/proc/self/stat"), None);
        assert_eq!(found("/proc/12/task/13/io"), Some(KnownFile::Differs));
        assert_eq!(found("/proc/12/maps"), None);
        assert_eq!(
            found("/sys/fs/cgroup/cpu.max"),
            found("/sys/fs/cgroup/a/b/cpu.max")
        );
        assert_eq!(
            found("/sys/devices/pci0/net/eth0/statistics/rx_bytes"),
            Some(KnownFile::Differs)
        );
        assert_eq!(
            found("/sys/devices/virtual/thermal/zone0/temp"),
            Some(KnownFile::Differs)
        );
        assert_eq!(found("/sys/devices/virtual/thermals/zone0/temp"), None);
        assert_eq!(found("/home/proc/uptime"), None);
    }

    #[test]
    fn the_hosts_own_facts_are_real_and_its_clock_is_not() {
        for (path, file) in VIRTUAL {
            let path = path.replace("/N", "/1");
            assert_eq!(look_up(&path, Machine::Host), Some(*file));
        }
        for (path, _) in MACHINE {
            let path = path.replace("/N", "/1").replace("/**", "/a");
            assert_eq!(look_up(&path, Machine::Host), None, "{path}");
            assert!(look_up(&path, Machine::Virtual).is_some(), "{path}");
        }
    }

    #[test]
    fn what_marks_a_recording_has_a_name_that_can_be_allowed() {
        for path in DIFFERENT {
            let path = path
                .replace("/N", "/17")
                .replace("/**", "/a")
                .replace("/*", "/b");
            assert!(is_name(&name(&path)), "{path}");
        }
        assert!(is_name("/proc/PID/stat"));
        assert!(!is_name("/proc/cpuinfo") && !is_name("/proc/PID") && !is_name("stat"));
    }
}
