// Three children wait in read(2), each on a pipe of its own; the parent writes to the youngest, the middle, the oldest.
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    int n = 3, p[3][2], rounds = argc > 1 ? atoi(argv[1]) : 10;
    for (int i = 0; i < n; i++) pipe(p[i]);
    for (int i = 0; i < n; i++)
        if (!fork()) {
            for (int k = 0; k < n; k++) close(p[k][1]);
            char b[16];
            while (read(p[i][0], b, 16) > 0) {
                char o = (char)('A' + i);
                write(1, &o, 1);
            }
            _exit(0);
        }
    for (int r = 0; r < rounds; r++) {
        usleep(1000);
        for (int i = n - 1; i >= 0; i--) write(p[i][1], "x", 1);
        usleep(1000);
        write(1, " ", 1);
    }
    for (int i = 0; i < n; i++) close(p[i][1]);
    while (wait(0) > 0);
    write(1, "\n", 1);
    return 0;
}
