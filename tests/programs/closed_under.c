// A thread waits to read, receive or accept while another closes its descriptor, and makes it one of something else. It goes on
// waiting for what it began to read.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int waited;
static const char *kind;

static void *waits(void *none) {
    char bytes[8] = "";
    ssize_t len;
    if (!strcmp(kind, "accept")) {
        int client = accept(waited, NULL, NULL);
        len = read(client, bytes, sizeof bytes);
        close(client);
    } else if (!strcmp(kind, "recv")) {
        len = recv(waited, bytes, sizeof bytes, 0);
    } else {
        len = read(waited, bytes, sizeof bytes);
    }
    printf("%s %zd %.*s\n", kind, len, (int)len, bytes);
    return none;
}

static void other_than(int how) {
    int ends[2];
    pipe(ends);
    write(ends[1], "other", 5);
    if (how == 0) {
        close(waited);
    } else if (how == 1) {
        dup2(ends[0], waited);
    } else {
        close_range(waited, waited, 0);
    }
    close(ends[0]);
    close(ends[1]);
}

int main(void) {
    const char *kinds[] = {"pipe", "recv", "accept"};
    for (int i = 0; i < 3; i++)
        for (int how = 0; how < 3; how++) {
            kind = kinds[i];
            int ends[2];
            if (i == 0) pipe(ends);
            else socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
            struct sockaddr_un name = {AF_UNIX, ""};
            socklen_t len = sizeof name;
            int server = socket(AF_UNIX, SOCK_STREAM, 0);
            bind(server, (void *)&name, sizeof name.sun_family);
            listen(server, 1);
            getsockname(server, (void *)&name, &len);
            // The numbers of what is created later differ from this one.
            waited = dup2(i == 2 ? server : ends[0], 100);
            close(server);
            close(ends[0]);
            pthread_t thread;
            pthread_create(&thread, NULL, waits, NULL);
            usleep(100000);
            other_than(how);
            usleep(100000);
            if (i == 2) {
                int client = socket(AF_UNIX, SOCK_STREAM, 0);
                connect(client, (void *)&name, len);
                write(client, "mine", 4);
                close(client);
            } else {
                write(ends[1], "mine", 4);
            }
            pthread_join(thread, NULL);
            close(ends[1]);
            close(waited);
        }
    return 0;
}
