"""The first edition's way, on a thread: the spinner looks at a flag after each sleep."""
from __future__ import print_function

import sys
import threading
import time
from itertools import cycle


class Switch(object):
    on = True


def spin(text, switch):
    out = sys.stdout
    for glyph in cycle('|/-\\'):
        line = glyph + ' ' + text
        out.write(line)
        out.flush()
        # These wait in the buffer, and travel at the head of the next write.
        out.write('\b' * len(line))
        time.sleep(.1)
        if not switch.on:
            out.write(' ' * len(line) + '\b' * len(line))
            return


def work():
    time.sleep(3)
    return 42


def main():
    switch = Switch()
    spinner = threading.Thread(target=spin, args=('thinking!', switch))
    print('spinner object:', spinner)
    spinner.start()
    answer = work()
    switch.on = False
    spinner.join()
    print('Answer:', answer)


main()
