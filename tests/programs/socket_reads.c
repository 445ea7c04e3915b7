// A thread reads up to 64 KiB at a time from a socket into which another writes 100,000 bytes by one call, four times.
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static int s[2];
static char in[65536], out[100000];

static void *reads(void *unused) {
    char line[16];
    int n;
    while ((n = read(s[0], in, sizeof in)) > 0) write(1, line, sprintf(line, "%d ", n));
    return 0;
}

int main() {
    pthread_t t;
    socketpair(AF_UNIX, SOCK_STREAM, 0, s);
    pthread_create(&t, 0, reads, 0);
    for (int i = 0; i < 4; i++) {
        usleep(1000);
        write(s[1], out, sizeof out);
    }
    close(s[1]);
    pthread_join(t, 0);
    return 0;
}
