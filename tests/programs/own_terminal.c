// A terminal of its own, as script(1) and expect(1) have one. `output`: a child writes five lines of a thousand bytes, and then
// three short ones; the parent tells how much each read returns. `typed`: the parent types two lines at once, while the child
// sleeps; the child answers each; the parent shows all that it reads. `keys`: the same with Ctrl-C, a letter that is not ASCII and an arrow key.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void child(int slave, int typed) {
    static char line[1000];
    if (typed) {
        usleep(100000);
        for (int i = 0; i < 2; i++) {
            char answer[80] = "got ";
            int n = read(slave, answer + 4, 70);
            write(slave, answer, n + 4);
            usleep(100000);
        }
        return;
    }
    memset(line, 'x', sizeof line);
    line[999] = '\n';
    for (int i = 0; i < 5; i++) write(slave, line, sizeof line);
    for (int i = 0; i < 3; i++) {
        usleep(100000);
        write(slave, "a\n", 2);
        write(slave, "b", 1);
    }
}

int main(int argc, char **argv) {
    int keys = argc > 1 && !strcmp(argv[1], "keys");
    int typed = keys || (argc > 1 && !strcmp(argv[1], "typed"));
    const char *first = keys ? "\x03\xc3\xa9\x1b[A\n" : "one\n";
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    grantpt(master);
    unlockpt(master);
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    if (!fork()) {
        close(master);
        child(slave, typed);
        _exit(0);
    }
    close(slave);
    if (typed) {
        write(master, first, strlen(first));
        write(master, "two\n", 4);
    }
    static char bytes[70000];
    for (;;) {
        int n = read(master, bytes, sizeof bytes);
        if (n <= 0) break;
        if (typed) {
            write(1, bytes, n);
        } else {
            char size[20];
            write(1, size, sprintf(size, "%d\n", n));
        }
    }
    wait(0);
    write(1, "end\n", 4);
    return 0;
}
