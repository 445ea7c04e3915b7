// Listens on the port that it is given, and prints what the first connection sends.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int count, char **arguments) {
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(atoi(arguments[1]))};
    int listening = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listening, (void *)&name, sizeof name) || listen(listening, 1)) return 1;
    int from = accept(listening, NULL, NULL);
    char bytes[16];
    ssize_t len = read(from, bytes, sizeof bytes);
    fwrite(bytes, 1, len, stdout);
}
