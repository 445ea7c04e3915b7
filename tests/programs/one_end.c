// A child ends while it has the writing ends of four pipes; the parent polls all of them, and writes how many it finds.
#include <poll.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main() {
    for (int round = 0; round < 10; round++) {
        int p[4][2];
        struct pollfd f[4];
        char line[16];
        for (int i = 0; i < 4; i++) pipe(p[i]);
        if (!fork()) {
            for (int i = 0; i < 4; i++) close(p[i][0]);
            usleep(1000);
            _exit(0);
        }
        for (int i = 0; i < 4; i++) {
            close(p[i][1]);
            f[i] = (struct pollfd){p[i][0], POLLIN};
        }
        int n = poll(f, 4, -1);
        write(1, line, sprintf(line, "%d ", n));
        wait(0);
        for (int i = 0; i < 4; i++) close(p[i][0]);
    }
    return 0;
}
