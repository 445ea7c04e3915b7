"""The first edition's way, as a coroutine: the spinner is cancelled in its sleep."""
import asyncio
import sys

# The task's repr names the line of the next definition, which is the sixth.
async def spin(text):
    out = sys.stdout
    glyphs = '|/-\\'
    turn = 0
    while True:
        line = glyphs[turn % 4] + ' ' + text
        turn += 1
        out.write(line)
        out.flush()
        # These wait in the buffer, and travel at the head of the next write.
        out.write('\b' * len(line))
        try:
            await asyncio.sleep(.1)
        except asyncio.CancelledError:
            out.write(' ' * len(line) + '\b' * len(line))
            return


async def work():
    await asyncio.sleep(3)
    return 42


async def supervise():
    spinner = asyncio.ensure_future(spin('thinking!'))
    print('spinner object:', spinner)
    answer = await work()
    spinner.cancel()
    return answer


def main():
    # A loop of our own: no version warns of it, as some do of asking for one that is not there.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    answer = loop.run_until_complete(supervise())
    loop.close()
    print('Answer:', answer)


main()
