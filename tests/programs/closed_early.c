// Connections that are made, written to and closed before they are accepted, as who probes a port makes them: each is accepted
// later, and read to its end.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void) {
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof name;
    int listening = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listening, (void *)&name, len) || listen(listening, 4)) return 1;
    getsockname(listening, (void *)&name, &len);
    for (int i = 0; i < 3; i++) {
        int probe = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(probe, (void *)&name, len)) return 2;
        write(probe, "probe", i);
        close(probe);
    }
    usleep(100000);
    for (int i = 0; i < 3; i++) {
        char bytes[16];
        int from = accept(listening, 0, 0);
        for (ssize_t got; (got = read(from, bytes, sizeof bytes)) > 0;) write(1, bytes, got);
        write(1, "end\n", 4);
        close(from);
    }
}
