"""The second edition's way, on a thread: a carriage return heads each frame, and an event ends the wait."""
from __future__ import print_function

import sys
import threading
import time
from itertools import cycle


def spin(text, done):
    for glyph in cycle('\\|/-'):
        line = '\r' + glyph + ' ' + text
        sys.stdout.write(line)
        sys.stdout.flush()
        if done.wait(.1):
            break
    # As many blanks as the frame has characters, its carriage return among them.
    sys.stdout.write('\r' + ' ' * len(line) + '\r')


def main():
    done = threading.Event()
    spinner = threading.Thread(target=spin, args=('thinking!', done))
    print('spinner object:', spinner)
    spinner.start()
    time.sleep(3)
    done.set()
    spinner.join()
    print('Answer:', 42)


main()
