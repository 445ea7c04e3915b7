//! The world outside has no virtual time: while a program waits for it real time passes, and the recording says so.

use super::{
    is_story,
    native::{Printed, natively, outputs},
    programs::{c_program, c_session, own_folder},
    run,
    subjects::{bash, subject, subject_program},
    tells,
};
use crate::{
    requirement::has_virtual_time,
    workshop::{Text, Workshop},
};
use std::{
    ffi::OsStr,
    io::{Read, Write},
    iter::once,
    net::{TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};
use stroboscope::{
    recording::{End, Recording},
    session::Session,
};

const DELAY: Duration = Duration::from_millis(300);

/// Runs a program beside a server that accepts and answers each line with one of its own, both late by so much. Gives the
/// address that is then in the program's `SERVER`.
fn run_beside_server(
    [accepts, answers]: [Duration; 2],
    session: impl FnOnce(String) -> Session,
) -> Option<Recording> {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    thread::spawn(move || {
        thread::sleep(accepts);
        let (mut client, _) = server.accept().unwrap();
        let mut byte = [0];
        while client.read(&mut byte).is_ok_and(|read| read == 1) {
            thread::sleep(answers);
            client.write_all(b"answer\n").unwrap();
        }
    });
    run(&session(format!("/dev/tcp/127.0.0.1/{port}")))
}

const WHY: &str = "it waited for a socket, where real time passes";

#[test]
fn no_time_is_up_while_an_answer_from_outside_may_come() {
    // The sleep ends long after the answer, however busy the machine; if the clock jumped, its line would come first.
    let begun = Instant::now();
    let recording = run_beside_server([Duration::ZERO, DELAY], |server| {
        bash(&format!(
            "(sleep 20; echo late) & exec 3<>{server}; read -t 0.2 <&3; echo nothing; echo >&3; head -n 1 <&3; wait"
        ))
    });
    let Some(recording) = recording else {
        return;
    };
    let writes: Vec<_> = recording.writes().collect();
    let texts: Vec<_> = writes.iter().map(|write| write.1).collect();
    assert_eq!(texts, [&b"nothing\n"[..], b"answer\n", b"late\n"]);
    // Nothing comes before something is sent: so long virtual time went with real time.
    let silence = Duration::from_millis(200);
    assert!(writes[0].0 >= silence, "{recording}");
    assert!(begun.elapsed() >= silence + DELAY);
    assert_eq!(recording.header().varies, [WHY]);
}

/// It asks the kernel for the addresses of the machine, by a netlink socket.
#[test]
fn what_the_kernel_answers_is_inside() {
    let session = Session::new("getent").args(["ahosts", "127.0.0.1"]).pipe();
    if let Some(recording) = run(&session) {
        let native = outputs(&[session]).concat();
        assert_eq!(String::from_utf8(recording.output()).unwrap(), native);
        assert!(recording.header().varies.is_empty(), "{recording}");
    }
}

#[test]
fn a_port_that_the_system_chose_is_shown_with_a_mark() {
    for (shows, is_marked) in [("bound", true), ("connected", true), ("named", false)] {
        let Some(recording) = run(&c_session("ports").arg(shows).pipe()) else {
            return;
        };
        let why = "it showed port numbers that the system had chosen, which differ from run to run";
        let reasons: &[&str] = if is_marked { &[why] } else { &[] };
        assert_eq!(recording.header().varies, reasons, "{shows}: {recording}");
    }
    let allowed = c_session("ports").arg("bound").allow("ports");
    if let Some(recording) = run(&allowed) {
        assert!(recording.header().varies.is_empty(), "{recording}");
    }
}

/// It never waits, and whether the answer is there by then is a matter of real time.
#[test]
fn whether_an_answer_from_outside_is_there_differs_from_run_to_run() {
    let ask = |server| bash(&format!("exec 3<>{server}; read -t 0 <&3; echo asked"));
    if let Some(recording) = run_beside_server([Duration::ZERO; 2], ask) {
        has_reason(&recording, WHY, "asked\n");
    }
    // What is only sent changes nothing.
    let tell = |server| bash(&format!("exec 3<>{server}; echo >&3; sleep 1; echo told"));
    if let Some(recording) = run_beside_server([Duration::ZERO; 2], tell) {
        assert_eq!(recording.output(), b"told\n");
        assert!(recording.header().varies.is_empty(), "{recording}");
    }
}

#[test]
fn a_connection_that_was_closed_before_it_is_accepted_is_inside() {
    let session = c_session("closed_early").pipe();
    let story = r#"
        @0.100 "end\n"
        @0.100 "p"
        @0.100 "end\n"
        @0.100 "pr"
        @0.100 "end\n"
        @0.100 exit 0"#;
    tells(&session, story);
    assert_eq!(outputs(&[session]), ["end\npend\nprend\n"]);
}

#[test]
fn a_connection_that_is_not_accepted_yet_reaches_whoever_listens() {
    let recording = run_beside_server([DELAY, Duration::ZERO], |server| {
        bash(&format!(
            "(sleep 20; echo late) & exec 3<>{server}; echo >&3; head -n 1 <&3; wait"
        ))
    });
    if let Some(recording) = recording {
        assert_eq!(recording.output(), b"answer\nlate\n");
        assert_eq!(recording.header().varies, [WHY]);
    }
}

#[test]
fn the_clock_follows_real_time_only_while_a_thread_waits_outside() {
    // Ten virtual minutes after the answer, with the connection open.
    let begun = Instant::now();
    let recording = run_beside_server([Duration::ZERO, DELAY], |server| {
        bash(&format!(
            "exec 3<>{server}; echo >&3; head -n 1 <&3; sleep 600; echo slept"
        ))
    });
    if let Some(recording) = recording {
        assert_eq!(recording.end().1, End::Exit(0));
        assert!(recording.end().0 >= Duration::from_secs(600));
        assert!(begun.elapsed() < Duration::from_secs(60));
        assert_eq!(recording.header().varies, [WHY]);
    }
}

/// A run has one reason to vary, which begins like this.
#[track_caller]
fn varies(session: &Session, why: &str, output: &str) {
    if let Some(recording) = run(session) {
        has_reason(&recording, why, output);
    }
}

#[track_caller]
fn has_reason(recording: &Recording, why: &str, output: &str) {
    assert_eq!(String::from_utf8(recording.output()).unwrap(), output);
    let [said] = recording.header().varies.as_slice() else {
        panic!("{recording}");
    };
    assert!(said.starts_with(why), "{said}");
}

#[test]
fn a_socket_to_which_nobody_outside_has_sent_is_inside() {
    tells(
        &subject("bound_socket"),
        r#"
            @0.050 "0\n"
            @0.050 exit 0"#,
    );
}

#[test]
fn a_connection_between_two_processes_of_the_program_takes_no_real_time() {
    let kinds = ["tcp", "tcp6", "udp", "unix", "renamed", "abstract"];
    let talk = |kind: &str, ms: &str| {
        c_session("inside_sockets")
            .args([kind, ms])
            .arg(own_folder())
            .pipe()
    };
    for kind in kinds {
        // The fourth rest is the sender's.
        tells(
            &talk(kind, "10000"),
            r#"
                @6.000 "late \n"
                @10.000 "got a\n"
                @16.000 "late \n"
                @20.000 "got b\n"
                @26.000 "late \n"
                @30.000 "got c\n"
                @40.000 "end\n"
                @40.000 exit 0"#,
        );
    }
    let native = outputs(&kinds.map(|kind| talk(kind, "100")));
    for native in native {
        // On a busy machine a message is late more than once.
        let mut lines: Vec<&str> = native.lines().collect();
        lines.dedup();
        let told = ["late ", "got a", "late ", "got b", "late ", "got c", "end"];
        assert_eq!(lines, told);
    }
}

/// The parent closes its descriptor of the connection, and the system delays what the client has written.
#[test]
fn bytes_on_their_way_to_a_server_that_forks_for_each_connection_arrive_before_a_time_out() {
    let session = c_session("forking_server").pipe();
    if let Some(recording) = run(&session) {
        let native = natively(&[session]);
        assert_eq!(
            Printed::of(&recording).sorted(),
            Printed::of(&native[0]).sorted()
        );
        assert!(recording.header().varies.is_empty(), "{recording}");
    }
}

#[test]
fn a_connection_from_outside_is_waited_for_and_marked() {
    // A port that nobody has now.
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap();
    drop(free);
    let session = c_session("accepts").arg(port.port().to_string()).pipe();
    let recording = thread::scope(|scope| {
        scope.spawn(|| {
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_secs(20) {
                if let Ok(mut client) = TcpStream::connect(port) {
                    client.write_all(b"hello\n").unwrap();
                    return;
                }
                thread::sleep(Duration::from_millis(10));
            }
        });
        run(&session)
    });
    if let Some(recording) = recording {
        assert_eq!(recording.output(), b"hello\n");
        // Whether it came before the program waited for it is real time's affair.
        let varies = &recording.header().varies;
        let why = "it waited for a connection from outside, where real time passes";
        assert!(varies.iter().any(|said| said == why), "{recording}");
    }
}

#[test]
fn changes_of_files_that_the_program_makes_are_inside() {
    let script = "cd $TMPDIR; touch log; (for i in 1 2 3; do sleep 1; echo $i >>log; done) & timeout 5 tail -f log";
    tells(
        &bash(script).pipe(),
        r#"
            @1.000 "1\n"
            @2.000 "2\n"
            @3.000 "3\n"
            @5.000 exit 124"#,
    );
}

#[test]
fn a_wait_in_a_call_that_is_not_reported_is_named() {
    // To open a file waits for who has a lease on it.
    varies(
        &c_session("lease").pipe(),
        "it waited for `openat`, where real time passes",
        "opened\n",
    );
}

/// What strobe records of a program, whose computations it interrupts after so many milliseconds; none where there is no
/// virtual time.
fn interrupting(ms: u32, limit: &str, session: &[&OsStr]) -> Option<Recording> {
    if !has_virtual_time() {
        return None;
    }
    let shop = Workshop::new();
    let mut strobe = shop.command(&["record", "--once", "--channel", "pipe", "--limit", limit]);
    // One of the programs computes until it has used so much of the processor.
    let strobe = strobe.args(["--allow", "/proc/PID/task/PID/schedstat"]);
    let strobe = strobe.arg("--").args(session);
    let strobe = strobe.env("STROBE_MAX_COMPUTING", format!("{ms}ms"));
    Some(Text::of(strobe, 0).stdout.parse().unwrap())
}

#[track_caller]
fn is_interrupted(arguments: &[&str], output: &str) {
    let program = c_program("counts");
    let arguments = arguments.iter().map(OsStr::new);
    let command: Vec<_> = once(program.as_os_str()).chain(arguments).collect();
    if let Some(recording) = interrupting(100, "10s", &command) {
        has_reason(
            &recording,
            "a computation was interrupted after 0.1 s",
            output,
        );
    }
}

#[test]
fn a_computation_that_does_not_end_is_interrupted() {
    is_interrupted(&[], "slept\nslept\nslept\nend\n");
}

#[test]
fn a_program_that_measures_its_own_computing_ends() {
    let program = c_program("calibrates");
    for clock in ["wall", "cpu"] {
        let command = [program.as_os_str(), OsStr::new(clock)];
        if let Some(recording) = interrupting(600, "60s", &command) {
            has_reason(
                &recording,
                "it computed for longer each time until the clock moved, and from then on time passed as it computed",
                "done\n",
            );
        }
    }
}

#[test]
fn a_long_computation_is_not_ended_by_a_time_out_that_it_keeps() {
    let count = "for ((i = 0; i < 400000; i++)); do :; done; echo done";
    let command = ["timeout", "60", "bash", "-c", count].map(OsStr::new);
    if let Some(recording) = interrupting(100, "10s", &command) {
        has_reason(
            &recording,
            "a computation was interrupted after 0.1 s",
            "done\n",
        );
        assert_eq!(recording.end().1, End::Exit(0));
    }
}

#[test]
fn a_computation_is_interrupted_once_for_all_that_its_process_computes() {
    // Were it once for each signal, it would take longer than strobe's limit of real time.
    is_interrupted(&["100"], "end\n");
}

#[test]
fn a_loop_that_waits_for_memory_to_change_lets_other_threads_run() {
    // A plain read, an exchange, and a compare and exchange.
    let spins = ["0", "1", "2"].map(|way| c_session("spins").arg(way).pipe());
    for session in &spins {
        let story = r#"
            @0.100 "0\n"
            @0.200 "1\n"
            @0.300 "2\n"
            @0.400 "3\n"
            @0.400 "end\n"
            @0.400 exit 0"#;
        tells(session, story);
    }
    assert_eq!(outputs(&spins), ["0\n1\n2\n3\nend\n"; 3]);
}

#[test]
fn a_computation_that_reads_a_clock_is_not_interrupted() {
    let story = r#"
        @0.001 "computed\n"
        @0.100 "slept\n"
        @0.100 exit 0"#;
    // It computes for 700 ms, and reads the clock each 20 ms.
    let program = subject_program();
    let command = [
        program.as_os_str(),
        "long_computation".as_ref(),
        "20".as_ref(),
    ];
    if let Some(recording) = interrupting(400, "10s", &command) {
        is_story(&recording, story);
    }
}

#[test]
fn what_is_written_to_a_terminal_of_its_own_has_arrived_when_the_next_thread_runs() {
    // Five lines become 5,005 bytes, of which a terminal keeps 4,095.
    let story = r#"
        @0.000 "4095\n"
        @0.000 "910\n"
        @0.100 "4\n"
        @0.200 "4\n"
        @0.300 "4\n"
        @0.300 "end\n"
        @0.300 exit 0"#;
    tells(&c_session("own_terminal").arg("output").pipe(), story);
}

#[test]
fn what_is_typed_on_a_terminal_of_its_own_is_echoed_before_the_next_thread_runs() {
    let story = r#"
        @0.000 "one\r\ntwo\r\n"
        @0.100 "got one\r\n"
        @0.200 "got two\r\n"
        @0.300 "end\n"
        @0.300 exit 0"#;
    tells(&c_session("own_terminal").arg("typed").pipe(), story);
}

#[test]
fn control_characters_and_others_than_ascii_are_echoed_before_the_next_thread_runs() {
    let story = r#"
        @0.000 "^Cé^[[A\r\ntwo\r\n"
        @0.100 "got é\e[A\r\n"
        @0.200 "got two\r\n"
        @0.300 "end\n"
        @0.300 exit 0"#;
    let session = c_session("own_terminal").arg("keys").pipe();
    tells(&session, story);
    let written = "^Cé^[[A\r\ntwo\r\ngot é\x1b[A\r\ngot two\r\nend\n";
    assert_eq!(outputs(&[session]), [written]);
}

#[test]
fn a_program_with_other_threads_is_replaced() {
    for by in ["main", "other"] {
        let story = r#"
            @0.100 "replaced\n"
            @0.200 "end\n"
            @0.200 exit 0"#;
        tells(&c_session("exec_threads").arg(by).pipe(), story);
    }
}
