// A connection whose reader is slower than its writer, which asks whether there is space before it writes. How much there is
// depends on what the reader's system has acknowledged, which it does up to 40 ms of real time later (RFC 9293, 3.8.6.3).
#include "connection.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SIZE = 4000000, WRITE = 32768, READ = 16384 };

static char bytes[WRITE];

static void say(const char *what, long count, long total) {
    printf("%s %ld, %ld\n", what, count, total);
    fflush(stdout);
}

static void put(int to) {
    fcntl(to, F_SETFL, O_NONBLOCK);
    for (long sent = 0; sent < SIZE;) {
        struct pollfd space = {.fd = to, .events = POLLOUT};
        if (poll(&space, 1, -1) != 1) fail("poll");
        ssize_t count = write(to, bytes, SIZE - sent < WRITE ? SIZE - sent : WRITE);
        if (count < 0) {
            if (errno != EAGAIN) fail("write");
            continue;
        }
        sent += count;
        say("sent", count, sent);
    }
}

static void get(int from) {
    struct timespec pause = {.tv_nsec = 10000000};
    for (long total = 0;;) {
        nanosleep(&pause, NULL);
        ssize_t count = read(from, bytes, READ);
        if (count < 0) fail("read");
        if (count == 0) return;
        total += count;
        say("read", count, total);
    }
}

int main(void) {
    struct sockaddr_in name;
    int listening = listen_at(&name, 1);
    if (fork() == 0) {
        int to = connect_to(&name);
        put(to);
        return 0;
    }
    int from = accept_from(listening);
    get(from);
    wait(NULL);
    return 0;
}
