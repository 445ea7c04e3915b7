//! The times of files: as in real time, but by the virtual clock.

use super::{
    native::outputs,
    programs::{c_session, own_folder},
    run,
    runs::{Load, Runs},
    subjects::bash,
};
use crate::{
    bounded::{Run, TOOL_LIMIT},
    effort::times,
    requirement::is_met,
};
use std::{
    env,
    fs::{self, File},
    path::Path,
    process::Command,
    thread::{available_parallelism, sleep},
    time::{Duration, SystemTime},
};
use stroboscope::session::Session;
use tempfile::TempDir;

/// What a script prints in virtual time, unmarked.
#[track_caller]
fn printed(session: &Session) -> Option<String> {
    let recording = run(session)?;
    assert_eq!(recording.header().varies, Vec::<String>::new());
    Some(String::from_utf8(recording.output()).unwrap())
}

/// Whether a program is on the machine.
pub(super) fn has(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).any(|folder| folder.join(program).is_file());
    is_met(program, found)
}

/// A script prints the same in real and in virtual time, wherever it starts.
#[track_caller]
fn prints_the_same(script: &str) {
    // A busy machine starts many programs in more time than a run has by default.
    let session = bash(&format!("cd $(mktemp -d)\n{script}")).timeout(TOOL_LIMIT);
    if let Some(printed) = printed(&session) {
        assert_eq!(outputs(&[session]), [printed], "{script}");
    }
}

/// A folder in which a script has run in real time.
fn folder(script: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    really(folder.path(), script);
    folder
}

/// What a script prints in real time.
#[track_caller]
fn really(folder: &Path, script: &str) -> String {
    let mut shell = Command::new("bash");
    let made = shell.args(["-c", script]).current_dir(folder).run_tool();
    assert!(made.status.success(), "{script}: {made:?}");
    String::from_utf8([made.stdout, made.stderr].concat()).unwrap()
}

#[test]
fn all_calls_agree_and_what_is_set_is_read_back() {
    let session = c_session("file_times").pipe();
    // Under a filter of its own it has no code of the tracer's.
    let confined = session.clone().arg("confined");
    for session in [session, confined] {
        if let Some(printed) = printed(&session) {
            assert_eq!(outputs(&[session]), [printed]);
        }
    }
}

#[test]
fn a_file_shows_the_instant_of_its_last_write() {
    let script = r"
        cd $(mktemp -d)
        ms() { for file; do date -u -r $file +%T.%3N; done; }
        echo >a; sleep 1.5; echo >b; sleep .25; echo >>a; ms a b
        sleep 600; mkdir d; : >d/e; sleep 60; ln -s e d/f; chmod +x d/e; ms d d/e
        stat -c %z d/e; cp -p a c; touch b; mv c g; ms g b
        sleep .001; touch g; ms g; sleep .001; touch g; ms g";
    if let Some(printed) = printed(&bash(script)) {
        let printed: Vec<_> = printed.lines().collect();
        assert_eq!(printed[..2], ["00:00:01.750", "00:00:01.500"]);
        // The folder was changed last by the link, the file by nothing but its mode.
        assert_eq!(printed[2..4], ["00:11:01.750", "00:10:01.750"]);
        assert!(
            printed[4].starts_with("2025-01-01 00:11:01.750"),
            "{printed:?}"
        );
        assert_eq!(
            printed[5..],
            [
                "00:00:01.750",
                "00:11:01.750",
                "00:11:01.751",
                "00:11:01.752"
            ]
        );
    }
}

#[test]
fn shell_scripts_see_the_same_order_as_in_real_time() {
    prints_the_same(
        r"echo >a; sleep 1.1; echo >b; cp -p a c; sleep .02; cp a d; sleep 1.1; touch e
        find . -type f -newer a | sort; [ b -nt a ] && [ a -ot d ] && ! [ c -nt a ] && echo newer
        find . -type f -newer b | sort; ls -t --ignore=d; ls -rt --time=ctime e a b
        [ $(stat -c %Y%y a) = $(stat -c %Y%y c) ] 2>/dev/null; echo $?",
    );
    prints_the_same(
        r"touch new; touch -d '10 minutes ago' old; touch -d '2 hours ago' older; touch -d tomorrow later
        find . -type f -mmin -5 | sort; find . -type f -mmin +5 | sort; find . -mmin +60; find . -mtime -1 -type f | sort
        find . -newermt '1 hour ago' -type f | sort; ls -t",
    );
    prints_the_same(
        r"touch -d '2011-12-13 14:15:16.171819' a; stat -c %y a; touch -r a b; stat -c '%y %x' b
        touch -a -d @86400 b; stat -c '%y %x' b; touch -m -d @-1 b; stat -c '%Y %X' b
        mkdir d; cp -p a b d; tar -cf x.tar d; rm -r d; tar -xf x.tar; stat -c '%n %y' d/*; tar -df x.tar && echo same
        cp -a d f; [ f -nt d ] || [ f -ot d ] || echo equal",
    );
}

/// Whether the kernel gives a file that was looked at an exact time when it is changed again (Linux 6.13).
fn has_exact_times() -> bool {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    let mut times = (0..3).map(|_| {
        fs::write(&file, "x").unwrap();
        file.metadata().unwrap().modified().unwrap()
    });
    let times = [times.next(), times.next(), times.next()];
    is_met(
        "exact file times",
        times.is_sorted() && times[0] != times[1] && times[1] != times[2],
    )
}

#[test]
fn a_change_by_mapped_memory_has_the_time_of_its_instant() {
    if !has_exact_times() {
        return;
    }
    let session = c_session("mapped_changes").arg(own_folder()).pipe();
    let Some(recording) = run(&session) else {
        return;
    };
    let expected = "changed\n".repeat(20);
    assert_eq!(String::from_utf8(recording.output()).unwrap(), expected);
    assert_eq!([expected], *outputs(&[session]));
}

#[test]
fn what_another_process_writes_at_the_same_instant_is_newer() {
    if !has_exact_times() {
        return;
    }
    let script = r"cd $(mktemp -d); echo >a; cp a b; cat b >c; touch d; mkdir e
        find . -newer a | sort; find . -newer c | sort; [ a -ot b ] && [ b -ot c ] && [ c -ot d ] && [ d -ot e ] && echo older";
    if let Some(printed) = printed(&bash(script)) {
        assert_eq!(
            printed,
            ".
./b
./c
./d
./e
.
./d
./e
older
"
        );
    }
}

#[test]
fn make_builds_what_is_out_of_date() {
    if !has("make") {
        return;
    }
    prints_the_same(
        r"printf 'all: a b\na: s\n\tcp s a\nb: a\n\ttouch b\n' >Makefile; echo >s
        make; make; sleep 1.1; touch s; make; make; sleep 1.1; touch b; make; sleep 1.1; echo >>a; make; make -q; echo $?",
    );
    let folder = folder(r"printf 'a: s\n\tcp s a\nb: a\n\ttouch b\n' >Makefile; sleep .1; touch s");
    let make = Session::new("make")
        .args(["b", "--no-print-directory"])
        .current_dir(folder.path());
    let make = make.pipe();
    let Some(first) = printed(&make) else {
        return;
    };
    assert_eq!(first, "cp s a\ntouch b\n");
    assert_eq!(printed(&make).unwrap(), "make: 'b' is up to date.\n");
    assert_eq!(
        really(folder.path(), "make b"),
        "make: 'b' is up to date.\n"
    );
    // What it has left on the disk has real times.
    for file in ["a", "b"] {
        let modified = folder.path().join(file).metadata().unwrap().modified();
        let age = SystemTime::now().duration_since(modified.unwrap()).unwrap();
        assert!(age < Duration::from_secs(60), "{file} is {age:?} old");
    }
    // A fresh checkout.
    really(folder.path(), "rm a b; sleep .1; touch Makefile s");
    assert_eq!(printed(&make).unwrap(), first);
    really(folder.path(), "sleep .1; touch a");
    assert_eq!(printed(&make).unwrap(), "touch b\n");
}

#[test]
fn python_compiles_a_module_again_only_if_it_has_changed() {
    if !has("python3") {
        return;
    }
    prints_the_same(
        r#"p() { python3 -v -c 'import m; print(m.x)' 2>&1 | grep -E "^[0-9]|wrote .*m\.|matches .*m\.py"| sed "s,/[^ ']*/,,g"; }
        echo 'x = 1' >m.py; p; sleep 2; p; echo 'x = 2' >m.py; p; p"#,
    );
}

/// PEP 3147 and PEP 552: where each version of CPython has the time of the source.
#[test]
fn compiled_files_show_the_time_of_their_source() {
    const YEAR: u32 = 365 * 86_400;
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    let now = u32::try_from(now.as_secs()).unwrap();
    // Of before 2000, which stay; of the years that are squeezed; of the last ten.
    let times = [
        700_000_000,
        1_100_000_000,
        now - 9 * YEAR,
        now - YEAR,
        now - 100,
    ];
    let formats: [(&str, &[u8], usize); 4] = [
        ("3.11", b"\xa7\x0d\r\n\0\0\0\0", 2),
        ("3.6", b"\x33\x0d\r\n", 1),
        ("2.7", b"\x03\xf3\r\n", 1),
        ("hash", b"\xa7\x0d\r\n\x01\0\0\0", 2),
    ];
    let folder = TempDir::new().unwrap();
    for (version, start, _) in formats {
        for time in times {
            let path = folder.path().join(format!("{version}-{time}.pyc"));
            let time = time.to_le_bytes();
            let mut header = [start, &time].concat();
            header.resize(16, b'.');
            fs::write(&path, header).unwrap();
            let modified = Duration::from_secs(u32::from_le_bytes(time).into());
            let file = File::options().append(true).open(&path).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + modified)
                .unwrap();
        }
    }
    let script =
        "for file in *.pyc; do echo $file $(stat -c %Y $file) $(od -A n -t u4 -N 16 $file); done";
    let Some(printed) = printed(&bash(script).current_dir(folder.path()).timeout(TOOL_LIMIT))
    else {
        return;
    };
    assert_eq!(printed.lines().count(), formats.len() * times.len());
    for line in printed.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let (version, time) = words[0].trim_end_matches(".pyc").split_once('-').unwrap();
        let (_, _, word) = formats.iter().find(|format| format.0 == version).unwrap();
        let shown = if version == "hash" { time } else { words[1] };
        assert_eq!(words[2 + word], shown, "{line}");
        assert_eq!(words[1] == time, time == "700000000", "{line}");
    }
}

#[test]
fn no_file_is_in_the_future_and_old_ones_keep_their_order() {
    let script = "touch -d '2 years ago' a; touch -d '1 year ago' b; touch -d '1 hour ago' c
        touch d; sleep .05; touch e; touch -d @0 z";
    let folder = folder(script);
    let look = r"ls -t; echo >f; for file in *; do [ $file -nt f ] && echo $file is newer; done
        [ $(stat -c %Y *| sort -n | tail -1) -le $(date +%s) ] && echo past; stat -c %Y z; rm f; ls -l e | grep -c :";
    let session = bash(look).current_dir(folder.path());
    if let Some(printed) = printed(&session) {
        assert_eq!(printed, "e\nd\nc\nb\na\nz\npast\n0\n1\n");
    }
}

#[test]
fn old_files_look_the_same_in_later_runs() {
    let folder = folder("touch -d '100 days ago' a; touch b; mkdir c");
    let look = Session::new("ls")
        .args(["-l", "--full-time"])
        .current_dir(folder.path())
        .pipe();
    let first = printed(&look);
    sleep(Duration::from_millis(1_100));
    assert_eq!(first, printed(&look));
}

#[test]
fn file_times_are_the_same_in_every_run() {
    let script = r#"cd $TMPDIR; stat -c '%y %z %w' . ~
        for i in 1 2 3; do echo $i >>a; stat -c '%y %z %w' a .; sleep .0$i; mv a b; cp b a; touch -d "$i seconds ago" b
        stat -c '%y %z' a b; sleep 1; done"#;
    let load = Load::new(available_parallelism().map_or(1, usize::from), 0);
    if let Some(runs) = Runs::of(&bash(script), times(3)) {
        assert_eq!(runs.recordings.len(), 1, "{}", runs.texts());
    }
    drop(load);
}

#[test]
fn git_sees_what_has_changed() {
    if !has("git") {
        return;
    }
    let folder = folder(
        "git init -q . && echo a >a && echo b >b && git add . && git -c user.name=a -c user.email=b commit -qm c",
    );
    let status = "git status --short; echo c >a; git status --short; sleep 1; echo a >a; git status --short; echo d >b; git add b; git status --short";
    let session = bash(status).current_dir(folder.path());
    if let Some(printed) = printed(&session) {
        assert_eq!(printed, " M a\nM  b\n");
        assert_eq!(really(folder.path(), "git status --short"), "M  b\n");
        let index = File::open(folder.path().join(".git/index")).unwrap();
        assert!(index.metadata().unwrap().modified().unwrap() <= SystemTime::now());
    }
    fs::remove_file(folder.path().join("a")).unwrap();
    assert_eq!(really(folder.path(), "git status --short"), " D a\nM  b\n");
}
