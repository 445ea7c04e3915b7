// A server that forks for each connection, as inetd does, and a client that writes a greeting in small pieces. The system sends
// what follows the first piece when the server has acknowledged it, which takes up to 40 ms. Neither has to wait for a second.
#include "connection.h"
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// Reads bytes one by one up to the end of a line.
static void read_line(const char *who, int from) {
    for (char byte = 0; byte != '\n';) {
        struct pollfd entry = {.fd = from, .events = POLLIN};
        if (poll(&entry, 1, 1000) == 0) {
            printf("%s has waited for a second\n", who);
            continue;
        }
        if (read(from, &byte, 1) != 1) fail(who);
    }
    printf("%s has a line\n", who);
    fflush(stdout);
}

static void put(int to, const char *text) {
    if (write(to, text, strlen(text)) < 0) fail("write");
}

int main(void) {
    struct sockaddr_in name;
    int listening = listen_at(&name, 1);
    if (fork() == 0) {
        int to = connect_to(&name);
        close(listening);
        put(to, "hello\n");
        read_line("client", to);
        for (int i = 0; i < 3; i++) {
            put(to, "module");
            put(to, " ");
            put(to, "name\n");
            read_line("client", to);
        }
        _exit(0);
    }
    int from = accept_from(listening);
    if (fork() == 0) {
        close(listening);
        put(from, "hello\n");
        for (int i = 0; i < 4; i++) {
            read_line("server", from);
            if (i > 0) put(from, "ok\n");
        }
        _exit(0);
    }
    close(from);
    while (wait(NULL) > 0);
    printf("end\n");
}
