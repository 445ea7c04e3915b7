// Shows a port: "bound", that the system has chosen when a socket was bound; "connected", when one was connected; "named", one
// of its own choice, from which it connects.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static struct sockaddr_in of(int port) {
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int port_of(int socket) {
    struct sockaddr_in name;
    socklen_t len = sizeof name;
    getsockname(socket, (struct sockaddr *)&name, &len);
    return ntohs(name.sin_port);
}

static int bound_to(int port) {
    int bound = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    setsockopt(bound, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in name = of(port);
    if (bind(bound, (struct sockaddr *)&name, sizeof name)) perror("bind");
    return bound;
}

int main(int count, char **arguments) {
    int server = bound_to(0);
    listen(server, 1);
    if (!strcmp(arguments[1], "bound")) {
        printf("%d\n", port_of(server));
        return 0;
    }
    int client = strcmp(arguments[1], "named") ? socket(AF_INET, SOCK_STREAM, 0) : bound_to(18273);
    struct sockaddr_in name = of(port_of(server));
    if (connect(client, (struct sockaddr *)&name, sizeof name)) perror("connect");
    printf("%d\n", port_of(client));
}
