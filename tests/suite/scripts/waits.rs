//! Waits for what is visible, and checks of it.

use super::{events, fails, sh, tells};
use crate::requirement::has_virtual_time;

const ASKS: &str = "printf '\\033[1mName\\033[0m?'; printf '\\033[5D\\033[6C'; read -r name; sleep 0.5; printf 'Age? '; read -r age; echo \"$name is $age\"";

#[test]
fn a_script_waits_for_what_is_visible_however_it_was_written() {
    let script = "after screen \"Name?\" 0.3 press A d a Enter\nafter screen /^Age/ 0.1 type \"36\"\n0.1 press Enter\n";
    tells(
        &sh(ASKS, script),
        "0.000 \"\\e[1mName\\e[0m?\"\n\
         0.000 \"\\e[5D\\e[6C\"\n\
         @0.300 after screen \"Name?\" 0.300 press A d a Enter \"Ada\\r\"\n\
         0.000 \"Ada\\r\\n\"\n\
         0.500 \"Age? \"\n\
         @0.900 after screen /^Age/ 0.100 type \"36\"\n\
         0.000 \"36\"\n\
         @1.000 press Enter \"\\r\"\n\
         0.000 \"\\r\\n\"\n\
         0.000 \"Ada is 36\\r\\n\"\n\
         @1.000 exit 0\n",
    );
}

#[test]
fn a_text_that_is_wrapped_at_a_blank_is_found() {
    // The terminal wraps the first question, the program the second one.
    let command = "printf 'Delete this old one now?'; read -r x; printf 'Delete the whole\\nfolder?'; read -r x";
    let script = "after screen \"Delete this old one now?\" press Enter\n\
        after screen /^Delete the whole folder\\?$/ expect screen \"whole folder?\"\n\
        press Enter\n";
    tells(
        &sh(command, script).pty(20, 6),
        "0.000 \"Delete this old one now?\"\n\
         @0.000 after screen \"Delete this old one now?\" press Enter \"\\r\"\n\
         0.000 \"\\r\\n\"\n\
         0.000 \"Delete the whole\\r\\n\"\n\
         \x20     \"folder?\"\n\
         @0.000 after screen /^Delete the whole folder\\?$/ expect screen \"whole folder?\"\n\
         @0.000 press Enter \"\\r\"\n\
         0.000 \"\\r\\n\"\n\
         @0.000 exit 0\n",
    );
}

#[test]
fn a_wait_stands_before_every_kind_of_step() {
    let command = "trap 'stty size' WINCH; trap 'echo usr1' USR1; echo one; sleep 9 & wait; wait; read -r line; cat; echo end";
    let script = "after screen row 1 \"one\" resize 100x30\n\
        after screen \"30 100\" signal USR1\n\
        after \"usr1\" 0.5 send \"a\\r\"\n\
        after cursor 1,5 eof\n";
    let Some(told) = events(&sh(command, script)) else {
        return;
    };
    for line in [
        "@0.000 after screen row 1 \"one\" resize 100x30\n",
        "@0.000 after screen \"30 100\" signal USR1\n",
        "@0.500 after \"usr1\" 0.500 send \"a\\r\"\n",
        "@0.500 after cursor 1,5 eof\n",
        "@0.500 exit 0\n",
    ] {
        assert!(told.contains(line), "{told}");
    }
}

#[test]
fn quiet_is_that_every_thread_waits() {
    let command = "printf a; sleep 1; printf b; read -r x; printf c";
    tells(
        &sh(
            command,
            "after quiet 0.25 expect screen \"a\"\n0.85 resize 81x24\nafter quiet press Enter\n",
        ),
        "0.000 \"a\"\n\
         @0.250 after quiet 0.250 expect screen \"a\"\n\
         0.750 \"b\"\n\
         @1.100 resize 81x24\n\
         @1.100 after quiet press Enter \"\\r\"\n\
         0.000 \"\\r\\n\"\n\
         0.000 \"c\"\n\
         @1.100 exit 0\n",
    );
}

#[test]
fn in_real_time_quiet_is_a_silence_of_a_length_that_is_said() {
    let command = "for i in 1 2 3; do printf x; sleep 0.05; done; read -r x; echo done";
    let session = |script| sh(command, script).real_time();
    let recording = session("after quiet 0.5 press Enter\n").run().unwrap();
    let text = recording.to_string();
    assert!(text.contains("after quiet 0.500 press Enter"), "{text}");
    assert_eq!(recording.output(), b"xxx\r\ndone\r\n", "{text}");
    let error = session("after quiet press Enter\n").run().unwrap_err();
    assert_eq!(
        error.to_string(),
        "in real time quiet is that nothing is written for a while: say how long, as in `after quiet 0.2 press Enter`"
    );
}

#[test]
fn a_wait_in_vain_shows_the_screen_and_keeps_the_recording() {
    let script = "after screen \"Name?\" press Enter\nafter screen \"Agee\" press Enter\n";
    let Some(failed) = fails(&sh(ASKS, script)) else {
        return;
    };
    assert_eq!(
        failed.to_string(),
        "waited for screen \"Agee\", to press Enter, but every thread of the program waits for what cannot come\n\
         the screen at that moment:\n  | Name?\n  | Age?\nthe cursor is at 6,2"
    );
    let kept = failed.recording().unwrap().to_string();
    assert!(
        kept.ends_with("0.500 \"Age? \"\n@0.500 stopped waits\n"),
        "{kept}"
    );
}

#[test]
fn a_check_that_does_not_hold_is_red_wherever_it_runs() {
    let script = "@0.500 expect screen \"Age?\"\n@1.000 press Enter*2\n";
    let Some(failed) = fails(&sh(ASKS, script)) else {
        return;
    };
    assert_eq!(
        failed.to_string(),
        "`expect screen \"Age?\"` failed at 0.500\nthe screen at that moment:\n  | Name?\nthe cursor is at 7,1"
    );
    let kept = failed.recording().unwrap();
    assert!(
        kept.to_string()
            .contains("@0.500 expect screen \"Age?\" failed\n"),
        "{kept}"
    );
    // Its transcript says so for ever, and does not become green by being accepted.
    let again = stroboscope::session::Session::again(kept, std::path::Path::new(".")).unwrap();
    assert!(fails(&again).is_some());
}

#[test]
fn the_last_screen_can_be_checked() {
    let last = "after quiet expect screen \"bye\"\n";
    tells(
        &sh("echo bye; exit 3", last),
        "0.000 \"bye\\r\\n\"\n@0.000 after quiet expect screen \"bye\"\n@0.000 exit 3\n",
    );
    let Some(failed) = fails(&sh("echo hello", last)) else {
        return;
    };
    assert!(
        failed
            .to_string()
            .starts_with("`expect screen \"bye\"` failed at 0.000\n"),
        "{failed}"
    );
    let Some(failed) = fails(&sh("echo bye", "@5 expect screen \"bye\"\n")) else {
        return;
    };
    assert!(
        failed
            .to_string()
            .starts_with("`expect screen \"bye\"` at 5.000 was not reached: the program ended\n"),
        "{failed}"
    );
}

#[test]
fn a_script_marks_instants() {
    let script = "after screen \"Name?\" mark \"prompt shown\"\n0.5 type \"Ada\\n\"\nafter screen \"Age?\" mark \"\"\n\
        press Enter\nafter screen \"Ada is\" mark \"done\"\n";
    tells(
        &sh(ASKS, script),
        "0.000 \"\\e[1mName\\e[0m?\"\n\
         0.000 \"\\e[5D\\e[6C\"\n\
         @0.000 after screen \"Name?\" mark \"prompt shown\"\n\
         @0.500 type \"Ada\\n\"\n\
         0.000 \"Ada\\r\\n\"\n\
         0.500 \"Age? \"\n\
         @1.000 after screen \"Age?\" mark \"\"\n\
         @1.000 press Enter \"\\r\"\n\
         0.000 \"\\r\\n\"\n\
         0.000 \"Ada is \\r\\n\"\n\
         @1.000 after screen \"Ada is\" mark \"done\"\n\
         @1.000 exit 0\n",
    );
    // A pipe has marks, too, and a mark that the program did not live to see is missed.
    tells(
        &sh("read -r x; echo $x", "mark \"start\"\nsend \"a\\n\"\n").pipe(),
        "@0.000 mark \"start\"\n@0.000 send \"a\\n\"\n0.000 \"a\\n\"\n@0.000 exit 0\n",
    );
    let Some(failed) = fails(&sh("echo bye", "@5 mark \"late\"\n")) else {
        return;
    };
    let reason = "`mark \"late\"` at 5.000 was not reached: the program ended";
    assert_eq!(failed.reason(), reason);
}

#[test]
fn a_pipe_has_no_screen() {
    if !has_virtual_time() {
        return;
    }
    for (script, what) in [
        ("after screen \"a\" send \"b\"\n", "after screen \"a\""),
        ("@1 press Enter\n", "press Enter"),
        ("@1 expect cursor 1,1\n", "expect cursor 1,1"),
    ] {
        let error = sh("true", script).pipe().run().unwrap_err().to_string();
        assert_eq!(
            error,
            format!("the script has `{what}`, which a pipe cannot have: use the channel `pty`")
        );
    }
}
