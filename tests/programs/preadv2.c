// Three children wait in preadv2 for one pipe each, which the parent feeds in reverse; then two wait for the same pipe.
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static void reads(int from, int child) {
    char byte, line[] = {'0' + child, ' ', '?', '\n'};
    struct iovec piece = {&byte, 1};
    if (preadv2(from, &piece, 1, -1, 0) == 1) line[2] = byte;
    write(1, line, 4);
    usleep(100000);
    _exit(0);
}

int main() {
    int pipes[3][2], shared[2];
    for (int i = 0; i < 3; i++) {
        pipe(pipes[i]);
        if (!fork()) reads(pipes[i][0], i);
    }
    usleep(500000);
    for (int i = 2; i >= 0; i--) write(pipes[i][1], "x", 1);
    while (wait(0) > 0);
    pipe(shared);
    for (int i = 0; i < 2; i++)
        if (!fork()) reads(shared[0], i);
    usleep(500000);
    write(shared[1], "ab", 2);
    while (wait(0) > 0);
    return 0;
}
