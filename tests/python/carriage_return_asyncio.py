"""The second edition's way, as a coroutine: a carriage return heads each frame.

With an argument the work blocks the event loop, and no frame is shown.
"""
import asyncio
import itertools
import sys
import time

# The task's repr names the line of the next definition, which is the eleventh.
async def spin(text):
    for glyph in itertools.cycle('\\|/-'):
        line = '\r' + glyph + ' ' + text
        sys.stdout.write(line)
        sys.stdout.flush()
        try:
            await asyncio.sleep(.1)
        except asyncio.CancelledError:
            break
    # As many blanks as the frame has characters, its carriage return among them.
    sys.stdout.write('\r' + ' ' * len(line) + '\r')


async def supervise(blocks):
    spinner = asyncio.ensure_future(spin('thinking!'))
    print('spinner object:', spinner)
    if blocks:
        time.sleep(3)
    else:
        await asyncio.sleep(3)
    spinner.cancel()
    return 42


def main():
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    answer = loop.run_until_complete(supervise(len(sys.argv) > 1))
    loop.close()
    print('Answer:', answer)


main()
