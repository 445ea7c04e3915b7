import pathlib
import subprocess


def test_transcripts():
    transcripts = pathlib.Path(__file__).with_name("transcripts")
    assert subprocess.call(["strobe", "check", transcripts]) == 0
