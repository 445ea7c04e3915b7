//! What a program finds of the machine is the same on every machine; what is not marks its recording.

use super::{namespaces::copy, run, run_by};
use crate::bounded::Run;
use std::{fs, path::Path, process::Command};
use stroboscope::{
    recording::{Machine, Recording},
    session::Session,
    virtual_time::VirtualTime,
};

fn shell(command: &str) -> Session {
    Session::new("bash").args(["-c", command]).pipe()
}

#[track_caller]
fn prints(command: &str, expected: &str) {
    if let Some(recording) = run(&shell(command)) {
        assert_eq!(text(&recording), expected);
        assert_eq!(recording.header().varies, Vec::<String>::new());
    }
}

fn text(recording: &Recording) -> String {
    String::from_utf8(recording.output()).unwrap()
}

/// What a shell prints in real time; nothing if it fails.
fn natively(command: &str) -> String {
    let output = Command::new("bash").args(["-c", command]).run();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn processors_and_memory_are_those_of_the_virtual_machine() {
    prints(
        "nproc; nproc --all; getconf _NPROCESSORS_CONF; getconf _NPROCESSORS_ONLN",
        "1\n1\n1\n1\n",
    );
    prints(
        "grep -c ^processor /proc/cpuinfo; cat /sys/devices/system/cpu/online",
        "1\n0\n",
    );
    // 4 GiB.
    prints(
        "getconf _PHYS_PAGES; grep MemTotal /proc/meminfo",
        "1048576\nMemTotal:        4194304 kB\n",
    );
    prints("cat /proc/loadavg", "0.00 0.00 0.00 1/1 2\n");
}

#[test]
fn the_host_has_one_name_however_it_is_asked() {
    prints(
        "hostname; uname -n; cat /etc/hostname /proc/sys/kernel/hostname; echo $HOSTNAME",
        "localhost\nlocalhost\nlocalhost\nlocalhost\nlocalhost\n",
    );
    // What runs is the real kernel.
    prints("uname -srvm", &natively("uname -srvm"));
}

#[test]
fn uptime_is_that_of_the_virtual_clock() {
    prints(
        "cat /proc/uptime; sleep 3.25; cat /proc/uptime; grep btime /proc/stat; date -d @$(awk '/btime/ {print $2}' /proc/stat) +%FT%T",
        // A hundred thousand seconds before the start.
        "100000.00 100000.00\n100003.25 100003.25\nbtime 1735589600\n2024-12-30T20:13:20\n",
    );
    prints(
        "uptime | sed 's/.*load/load/'",
        "load average: 0.00, 0.00, 0.00\n",
    );
}

#[test]
fn a_process_began_at_its_instant_and_has_computed_nothing() {
    prints(
        "sleep 2; ps -o etimes=,time=,state= -p $$ | tr -s ' '; (sleep 0.5; sleep 9) & sleep 1; ps -o stime=,etimes=,state= -p $! | tr -s ' '; kill $!",
        " 2 00:00:00 S\n00:00 1 S\n",
    );
    prints(
        "kill -STOP $BASHPID & sleep 0.1; ps -o state= -p $!; kill -CONT $!; wait $!",
        "T\n",
    );
    // Its parent, which has become another program, does not wait for it.
    prints(
        "(sleep 0.5 & echo $! >$TMPDIR/child; exec sleep 3) & sleep 2; ps -o stime=,etimes=,state= -p $(cat $TMPDIR/child) | tr -s ' '",
        "00:00 2 Z\n",
    );
    prints(
        "awk '{print $3, $14, $15, $24}' /proc/self/stat; grep -E 'State|TracerPid' /proc/self/status",
        "R 0 0 1024\nState:\tR (running)\nTracerPid:\t0\n",
    );
}

/// A file is the same however it is read: piece by piece, at an offset, by a copy of the descriptor.
#[test]
fn a_known_file_is_read_as_every_other() {
    prints(
        "dd if=/etc/hostname bs=4 2>/dev/null; tail -c 3 /etc/hostname; cp /etc/hostname /dev/stdout",
        "localhost\nst\nlocalhost\n",
    );
    prints(
        "exec 3</etc/hostname; head -c 5 <&3 | cat; (read -n 2 -u 3 a; echo \" $a\"); cat <&3",
        "local ho\nst\n",
    );
    if natively("python3 -c 'print(1)'") == "1\n" {
        prints(
            "python3 -c '
import os
file = os.open(\"/etc/hostname\", os.O_RDONLY)
print(os.pread(file, 4, 5), os.read(file, 5), os.pread(file, 9, 99), os.lseek(file, 0, 1))
a, b = bytearray(2), bytearray(9)
print(os.readv(file, [a, b]), bytes(a), bytes(b), os.read(file, 9))
os.lseek(file, 1, 0); print(os.read(file, 3), os.preadv(file, [a], 0), bytes(a))
try: os.sendfile(1, file, 0, 99)
except OSError as error: print(error.errno)
'",
            "b'host' b'local' b'' 5\n5 b'ho' b'st\\n\\x00\\x00\\x00\\x00\\x00\\x00' b''\nb'oca' 2 b'lo'\n22\n",
        );
    }
}

#[test]
fn monitors_show_the_same_in_each_run_and_mark_nothing() {
    for monitor in [
        "free",
        "uptime",
        "ps -ef",
        "ps aux",
        "top -b -n1",
        "w",
        "lscpu | head -5",
    ] {
        let session = Session::new("bash")
            .args(["-c", monitor])
            .env("COLUMNS", "100");
        let Some(first) = run(&session) else {
            return;
        };
        // Another user's `ps` shows the processes of others, which differ.
        if rustix::process::geteuid().is_root() {
            assert_eq!(first.header().varies, Vec::<String>::new(), "{monitor}");
            for _ in 0..3 {
                assert_eq!(run(&session).as_ref(), Some(&first), "{monitor}");
            }
        }
    }
}

#[test]
fn random_names_grow_from_the_seed() {
    prints(
        "cat /proc/sys/kernel/random/boot_id",
        "00000000-0000-4000-8000-000000000001\n",
    );
    let uuids = shell("cat /proc/sys/kernel/random/uuid /proc/sys/kernel/random/uuid");
    if let Some(recording) = run(&uuids) {
        let printed = text(&recording);
        let [one, other] = printed.lines().collect::<Vec<_>>()[..] else {
            panic!("{printed}");
        };
        assert!(
            one != other && one.len() == 36 && &one[14..15] == "4",
            "{printed}"
        );
        assert_eq!(run(&uuids).map(|again| text(&again)), Some(printed));
    }
}

#[test]
fn what_is_known_to_differ_marks_the_recording_by_name_unless_it_is_allowed() {
    let reads = shell("cat /proc/interrupts /proc/self/io | wc -l; cat /proc/self/maps >/dev/null");
    let marks = ["/proc/PID/io", "/proc/interrupts"];
    let mark = |name: &str| format!("it read `{name}`, which differs from run to run");
    if let Some(recording) = run(&reads) {
        assert_eq!(recording.header().varies, marks.map(mark));
    }
    if let Some(recording) = run(&reads.clone().allow(marks[0])) {
        assert_eq!(recording.header().varies, [mark(marks[1])]);
        assert_eq!(recording.header().allow, [marks[0]]);
        let again = Session::again(&recording, Path::new("."));
        assert_eq!(again.unwrap().run().unwrap().header(), recording.header());
    }
}

#[test]
fn the_host_is_shown_if_that_is_meant() {
    let host = VirtualTime::default().machine(Machine::Host);
    let asks =
        "uname -n; cat /proc/sys/kernel/hostname; grep MemTotal /proc/meminfo; getconf _PHYS_PAGES";
    if let Some(recording) = run_by(host, &shell(asks)) {
        assert_eq!(text(&recording), natively(asks));
        assert_eq!(recording.header().machine, Some(Machine::Host));
    }
    // The clock is virtual in any case.
    if let Some(recording) = run_by(
        host,
        &shell("cat /proc/uptime; grep btime /proc/stat; uptime -p"),
    ) {
        assert_eq!(
            text(&recording),
            "100000.00 100000.00\nbtime 1735589600\nup 1 day, 3 hours, 46 minutes\n"
        );
    }
}

/// Runtimes read what the machine is at their start; that marks no recording.
#[test]
fn runtimes_start_without_a_mark() {
    for (program, arguments) in [
        ("python3", ["-c", "print(1)"]),
        ("node", ["-e", "console.log(1)"]),
        ("perl", ["-e", "print 1"]),
        ("java", ["-Xshare:auto", "-version"]),
        ("git", ["-C", "/"]),
        ("sqlite3", [":memory:", "select 1"]),
    ] {
        if natively(&format!("command -v {program}")).is_empty() {
            continue;
        }
        if let Some(recording) = run(&Session::new(program).args(arguments).pipe()) {
            assert_eq!(recording.header().varies, Vec::<String>::new(), "{program}");
        }
    }
}

/// Runs strobe as a shell would after these commands, and returns the transcript.
fn recorded(strobe: &Path, before: &str, folder: &Path, program: &str) -> String {
    // Another user may have no access to programs elsewhere.
    let record = format!(
        "{before}; PATH=/usr/bin:/bin; exec \"$0\" record --channel pipe -- bash -c \"$1\""
    );
    let output = Command::new("bash")
        .args(["-c", &record])
        .args([strobe.as_os_str(), program.as_ref()])
        .current_dir(folder)
        .run();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn umask_and_limits_are_not_those_of_the_caller() {
    if run(&shell("true")).is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let strobe = Path::new(env!("CARGO_BIN_EXE_strobe"));
    let asks = "umask; ulimit -Sn; ulimit -Ss; ulimit -Sc; touch file; stat -c %a file; rm file";
    let expected = "0.000 \"0022\\n\"\n0.000 \"1024\\n\"\n0.000 \"8192\\n\"\n0.000 \"0\\n\"\n0.000 \"644\\n\"\n";
    for before in [
        "umask 077; ulimit -Sn 200; ulimit -Ss 4096",
        "umask 0; ulimit -Sc unlimited",
    ] {
        let transcript = recorded(strobe, before, folder.path(), asks);
        assert!(transcript.contains(expected), "{transcript}");
    }
}

const PROGRAMS: [&str; 12] = [
    "nproc; getconf _PHYS_PAGES",
    "hostname; uname -n",
    "touch file; stat -c '%a %s' file; rm file",
    "free; uptime",
    "mktemp; echo $HOME",
    "for i in 1 2 3; do echo $i; sleep 0.5; done; date",
    "awk 'BEGIN { srand(); print rand() }'; shuf -i 1-9 | tr '\\n' ' '",
    "perl -e 'print rand, \"\\n\"'; sqlite3 :memory: 'select random()'",
    "python3 -c 'import os, random, uuid; print(os.cpu_count(), random.random(), uuid.uuid4())'",
    "env | sort | grep -v -e ^PATH -e ^PWD",
    "ulimit -Sn; ulimit -Ss",
    "trap 'echo over' EXIT; timeout 1 sleep 9; (exit 3)",
];

#[test]
fn programs_record_the_same_for_another_user_on_another_machine() {
    let is_root = rustix::process::geteuid().is_root();
    // Only root can be two users.
    if !is_root || run(&shell("true")).is_none() {
        return;
    }
    let homes = [(); 2].map(|()| tempfile::tempdir_in("/tmp").unwrap());
    let strobe = homes[0].path().join("strobe");
    copy(Path::new(env!("CARGO_BIN_EXE_strobe")), &strobe);
    let [one, other] = homes.each_ref().map(|home| home.path().join("project"));
    for (folder, user) in [(&one, "0"), (&other, "65534")] {
        fs::create_dir(folder).unwrap();
        let home = folder.parent().unwrap();
        Command::new("chmod").arg("755").args([home, folder]).run();
        Command::new("chown").arg(user).arg(folder).run();
    }
    // Another host name, one processor, another mask, another user.
    let become_other = "umask 027; [ \"$BECAME\" ] || BECAME=1 exec unshare --uts bash -c 'hostname elsewhere; exec taskset 1 setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/nowhere PATH=/usr/bin:/bin \"$@\"' - \"$0\" record --channel pipe -- bash -c \"$1\"";
    for program in PROGRAMS {
        let transcript = recorded(&strobe, ":", &one, program);
        assert!(!transcript.contains("varies"), "{transcript}");
        assert_eq!(recorded(&strobe, become_other, &other, program), transcript);
    }
}
