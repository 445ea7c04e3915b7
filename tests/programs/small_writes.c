// A connection over which one process writes small pieces while the other sleeps. The system may hold pieces back until earlier
// ones are acknowledged (TCP_NODELAY in tcp(7)), whose time is real. What the program has set of that is read back.
#include "connection.h"
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void show(const char *who, int connection) {
    int is_set = -1;
    socklen_t len = sizeof is_set;
    if (getsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &is_set, &len)) fail("getsockopt");
    printf("%s: %d, %d bytes\n", who, is_set, (int)len);
    fflush(stdout);
}

static void set(int connection, int value) {
    if (setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &value, sizeof value)) fail("setsockopt");
}

// Writes three pieces at once.
static void put(int to) {
    for (int i = 0; i < 3; i++)
        if (write(to, "piece ", 6) != 6) fail("write");
}

// Reads as much as there is.
static void get(const char *who, int from) {
    char bytes[1000];
    printf("%s: %zd bytes at once\n", who, read(from, bytes, sizeof bytes));
    fflush(stdout);
}

int main(void) {
    struct sockaddr_in name;
    int listening = listen_at(&name, 1);
    if (fork() == 0) {
        int to = connect_to(&name);
        show("new", to);
        set(to, 1);
        show("set", to);
        set(to, 0);
        show("reset", to);
        for (int i = 0; i < 2; i++) {
            put(to);
            get("client", to);
        }
        _exit(0);
    }
    int from = accept_from(listening);
    for (int i = 0; i < 2; i++) {
        get("server", from);
        put(from);
    }
    wait(NULL);
}
