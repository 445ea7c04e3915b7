// Connections that are made, written to and closed before they are accepted, as who probes a port makes them: each is accepted
// later, and read to its end.
#include "connection.h"
#include <string.h>
#include <unistd.h>

int main(void) {
    struct sockaddr_in name;
    int listening = listen_at(&name, 4);
    for (int i = 0; i < 3; i++) {
        int probe = connect_to(&name);
        write(probe, "probe", i);
        close(probe);
    }
    usleep(100000);
    for (int i = 0; i < 3; i++) {
        char bytes[16];
        int from = accept_from(listening);
        for (ssize_t got; (got = read(from, bytes, sizeof bytes)) > 0;) write(1, bytes, got);
        write(1, "end\n", 4);
        close(from);
    }
}
