// How the programs that talk over the loopback connect.
#ifndef CONNECTION_H
#define CONNECTION_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static void fail(const char *what) {
    perror(what);
    exit(1);
}

// Listens at a free port, which it puts into the name.
static int listen_at(struct sockaddr_in *name, int backlog) {
    *name = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof *name;
    int listening = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listening, (struct sockaddr *)name, len) || listen(listening, backlog)) fail("listen");
    getsockname(listening, (struct sockaddr *)name, &len);
    return listening;
}

static int connect_to(const struct sockaddr_in *name) {
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(connection, (const struct sockaddr *)name, sizeof *name)) fail("connect");
    return connection;
}

static int accept_from(int listening) {
    int connection = accept(listening, NULL, NULL);
    if (connection < 0) fail("accept");
    return connection;
}

#endif
