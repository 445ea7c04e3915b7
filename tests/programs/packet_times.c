// Sends itself packets, and prints whether the kernel's timestamps of them are near the clock.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

int main(void) {
    int options[] = {SO_TIMESTAMP, SO_TIMESTAMPNS};
    for (int i = 0; i < 2; i++) {
        struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t len = sizeof name;
        int to_self = socket(AF_INET, SOCK_DGRAM, 0), on = 1;
        bind(to_self, (void *)&name, len);
        getsockname(to_self, (void *)&name, &len);
        setsockopt(to_self, SOL_SOCKET, options[i], &on, sizeof on);
        sendto(to_self, "x", 1, 0, (void *)&name, len);
        char byte, control[256];
        struct iovec piece = {&byte, 1};
        struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
        recvmsg(to_self, &message, 0);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        long seconds = 0;
        memcpy(&seconds, CMSG_DATA(header), sizeof seconds);
        long off = time(NULL) - seconds;
        printf("%d %s\n", header->cmsg_type == options[i], off >= -1 && off <= 2 ? "near" : "far");
    }
}
