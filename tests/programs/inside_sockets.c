// Two processes talk over a socket: one sends three messages, each after a rest, the other waits for them with a time-out, and answers.
// Arguments: tcp, tcp6, udp, unix, renamed (a Unix socket, after it was bound) or abstract, the rest in milliseconds, and where to put the name.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un local;
} name;
static socklen_t len;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void rest(long ms) {
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static void send_three(int type, long ms) {
    int to = socket(name.any.sa_family, type, 0);
    if (connect(to, &name.any, len)) fail("connect");
    for (char message = 'a'; message < 'd'; message++) {
        rest(ms);
        if (write(to, &message, 1) != 1) fail("write");
    }
    rest(ms);
    char answer;
    if (type == SOCK_STREAM && read(to, &answer, 1) != 1) fail("read");
    exit(0);
}

int main(int count, char **arguments) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    char *kind = arguments[1];
    long ms = atol(arguments[2]);
    int type = strcmp(kind, "udp") ? SOCK_STREAM : SOCK_DGRAM;
    if (!strcmp(kind, "tcp6")) {
        name.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
        len = sizeof name.v6;
    } else if (!strcmp(kind, "unix") || !strcmp(kind, "renamed") || !strcmp(kind, "abstract")) {
        name.local.sun_family = AF_UNIX;
        int is_abstract = kind[0] == 'a';
        int written = snprintf(name.local.sun_path + is_abstract, 90, "%s/talk.%d", arguments[3], getpid());
        len = sizeof name.local.sun_family + is_abstract + written + !is_abstract;
        // Of an earlier run.
        if (!is_abstract) unlink(name.local.sun_path);
    } else {
        name.v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        len = sizeof name.v4;
    }
    int listening = socket(name.any.sa_family, type, 0);
    if (bind(listening, &name.any, len)) fail("bind");
    getsockname(listening, &name.any, &len);
    if (type == SOCK_STREAM && listen(listening, 1)) fail("listen");
    if (!strcmp(kind, "renamed")) {
        char bound[sizeof name.local.sun_path];
        strcpy(bound, name.local.sun_path);
        strcat(name.local.sun_path, ".new");
        if (rename(bound, name.local.sun_path)) fail("rename");
        len = sizeof name.local;
    }
    fflush(stdout);
    if (fork() == 0) send_three(type, ms);
    int from = listening;
    if (type == SOCK_STREAM && (from = accept(listening, NULL, NULL)) < 0) fail("accept");
    struct pollfd entry = {.fd = from, .events = POLLIN};
    for (int received = 0; received < 3;) {
        // Less than the rest, so that each message is late once.
        int ready = poll(&entry, 1, ms * 3 / 5);
        char message = 0;
        if (ready && read(from, &message, 1) != 1) fail("read");
        received += ready;
        printf("%s%c\n", ready ? "got " : "late", ready ? message : ' ');
    }
    if (type == SOCK_STREAM && write(from, "!", 1) != 1) fail("write");
    wait(NULL);
    printf("end\n");
}
