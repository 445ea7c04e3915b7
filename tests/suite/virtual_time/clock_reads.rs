//! What reading clocks costs, and how loops end that wait for a clock by reading it.

use super::{is_story, programs::c_session, run, run_by, subjects::subject, tells};
use crate::effort::{long, times};
use std::time::{Duration, UNIX_EPOCH};
use stroboscope::{recording::Recording, session::Session, virtual_time::VirtualTime};

const NANOSECOND: Duration = Duration::from_nanos(1);

/// What each read by one of `clock_reads.c`'s routes reads a clock.
const READS: [(&str, u32); 7] = [
    ("page", 1),
    ("call", 1),
    ("wall", 1),
    ("seconds", 1),
    ("counter", 1),
    ("rdtscp", 1),
    ("mixed", 3),
];

fn clock_reads(arguments: &[&str]) -> Session {
    c_session("clock_reads").args(arguments).pipe()
}

/// The program ends by itself, and before so much virtual time is up; another run is the same.
#[track_caller]
fn ends_before(session: &Session, most: Duration) -> Option<Recording> {
    let recording = run(session)?;
    let (at, end) = recording.end();
    assert_eq!(end.to_string(), "exit 0");
    assert!(at <= most, "{at:?} is more than {most:?}");
    assert_eq!(recording.header().varies, Vec::<String>::new());
    Some(recording)
}

#[test]
fn reads_by_every_route_cost_no_more_than_they_take_in_real_time() {
    // The vDSO of the system takes about 25 ns for one.
    for (route, reads) in READS {
        let number = u32::try_from(times(50)).unwrap() * 1_000;
        let session = clock_reads(&["reads", route, &(number / reads).to_string()]);
        ends_before(&session, 25 * NANOSECOND * number);
    }
}

#[test]
fn three_million_reads_cost_no_more_than_they_take_in_real_time() {
    let session = clock_reads(&["reads", "page", "3000000"]);
    ends_before(&session, 25 * NANOSECOND * 3_000_000);
}

#[test]
fn a_loop_that_reads_the_clock_ends_when_its_time_is_up() {
    let wait = long(Duration::from_millis(10));
    let (ms, at) = (wait.as_millis().to_string(), wait.as_secs_f64());
    let story = format!("@{at:.3} \"waited\\n\"\n@{at:.3} exit 0");
    for route in [
        "page", "call", "wall", "counter", "rdtscp", "mixed", "yield", "poll",
    ] {
        tells(&clock_reads(&["waits", route, &ms]), &story);
    }
    // A clock that counts seconds alone; the next one is that far.
    let settings = VirtualTime::default().date(UNIX_EPOCH + Duration::from_secs(86_400) - wait);
    if let Some(recording) = run_by(settings, &clock_reads(&["waits", "seconds", "1000"])) {
        is_story(&recording, &story);
    }
}

#[test]
fn a_thread_that_sleeps_wakes_in_time_beside_a_loop_that_reads_the_clock() {
    for route in ["page", "call", "wall", "counter", "mixed", "yield", "poll"] {
        let story = r#"
            @0.005 "tick\n"
            @0.010 "tick\n"
            @0.020 "waited\n"
            @0.020 exit 0"#;
        tells(&clock_reads(&["waits", route, "20", "tick"]), story);
    }
}

#[test]
fn two_loops_that_read_the_clock_end_when_their_time_is_up() {
    for route in ["page", "call", "counter", "mixed", "yield"] {
        let session = clock_reads(&["waits", route, "20", "spin"]);
        let Some(recording) = run(&session) else {
            return;
        };
        // The second begins when the first has had a turn.
        let instants = recording.events().iter().map(|event| event.at.as_millis());
        assert_eq!(instants.collect::<Vec<_>>(), [20, 20, 20], "{route}");
    }
}

#[test]
fn a_loop_of_an_interpreter_that_reads_the_clock_ends_when_its_time_is_up() {
    let script = "import time\nend = time.monotonic() + 0.25\nwhile time.monotonic() < end: pass";
    let session = Session::new("python3").args(["-c", script]).pipe();
    tells(&session, "@0.250 exit 0");
}

#[test]
fn a_profiled_script_takes_its_sleeps() {
    let script = "import time\ndef f(x): return x + 1\ns = 0\nfor i in range(40000): s = f(s)\n\
                  print('computed', flush=True)\ntime.sleep(0.5)\nprint('slept', flush=True)";
    let code = format!("import cProfile\ncProfile.run({script:?})");
    let session = Session::new("python3").args(["-c", &code]).pipe();
    let Some(recording) = run(&session) else {
        return;
    };
    let written = |text: &str| {
        let output = |event: &&stroboscope::recording::Event| matches!(&event.kind, stroboscope::recording::EventKind::Output(bytes) if bytes.starts_with(text.as_bytes()));
        recording.events().iter().find(output).unwrap().at
    };
    assert!(written("computed") < Duration::from_millis(30));
    let slept = written("slept").checked_sub(written("computed"));
    assert_eq!(slept.unwrap().as_millis(), 500);
}

#[test]
fn many_log_lines_take_no_time() {
    let script = "import logging, sys\n\
                  logging.basicConfig(stream=sys.stdout, format='%(asctime)s %(message)s')\n\
                  for i in range(1000): logging.warning('line %d', i)";
    let session = Session::new("python3").args(["-c", script]).pipe();
    ends_before(&session, Duration::from_millis(30));
}

#[test]
fn a_million_steps_of_a_progress_bar_take_no_time() {
    let session = subject("progress_bar").arg("many");
    ends_before(&session, Duration::from_millis(30));
}
