//! `strobe show`: instants and asciicasts.

use crate::workshop::Workshop;

#[test]
fn the_start_is_an_instant_too() {
    let shop = Workshop::new();
    shop.write(
        "a.strobe",
        "transcript: 1\nchannel: pty 5x2 dumb\n\n0.000 \"a\"\n1.000 \"b\"\n@2.000 exit 0\n",
    );
    for (at, seen) in [("0s", "a\n\ncursor 2,1\n"), ("1s", "ab\n\ncursor 3,1\n")] {
        let told = shop.strobe(&["show", "a.strobe", "--as", "screen", "--at", at], 0);
        assert_eq!(told.stdout, seen);
    }
}

#[test]
fn asciicasts_are_read_and_written() {
    let shop = Workshop::new();
    shop.write("v2.cast", "{\"version\": 2, \"width\": 80, \"height\": 24}\n[0.5, \"o\", \"a\\r\\n\"]\n[1.25, \"o\", \"b\"]\n");
    let read = shop.strobe(&["show", "v2.cast"], 0).stdout;
    assert!(
        read.contains("\n0.500 \"a\\r\\n\"\n0.750 \"b\"\n"),
        "{read}"
    );
    shop.write("v2.strobe", &read);
    let written = shop
        .strobe(&["show", "v2.strobe", "--as", "asciicast", "--lossy"], 0)
        .stdout;
    assert!(written.starts_with("{\"version\":3,"), "{written}");
    shop.write("v3.cast", &written);
    shop.strobe(&["diff", "v2.cast", "v3.cast"], 0);
    shop.write(
        "bytes.strobe",
        "transcript: 1\nchannel: pty 80x24 dumb\n\n0.000 \"\\xff\"\n@0.000 exit 0\n",
    );
    assert!(
        shop.strobe(&["show", "bytes.strobe", "--as", "asciicast"], 2)
            .stderr
            .contains("UTF-8")
    );
}
