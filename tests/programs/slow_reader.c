// A connection whose reader is slower than its writer, which asks whether there is space before it writes. How much there is
// depends on what the reader's system has acknowledged, which it does up to 40 ms of real time later (RFC 9293, 3.8.6.3).
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SIZE = 4000000, WRITE = 32768, READ = 16384 };

static char bytes[WRITE];

static void fail(const char *what) {
    perror(what);
    exit(1);
}

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
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof name;
    int listening = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listening, (struct sockaddr *)&name, len) || listen(listening, 1)) fail("listen");
    getsockname(listening, (struct sockaddr *)&name, &len);
    if (fork() == 0) {
        int to = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(to, (struct sockaddr *)&name, len)) fail("connect");
        put(to);
        return 0;
    }
    int from = accept(listening, NULL, NULL);
    if (from < 0) fail("accept");
    get(from);
    wait(NULL);
    return 0;
}
