// The terminal's output is stopped; three children write to it one after another, and then it is started.
#include <stdio.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

int main() {
    tcflow(1, TCOOFF);
    for (int c = 0; c < 3; c++)
        if (!fork()) {
            char line[8];
            usleep(1000 * (1 + c));
            for (int i = 0; i < 3; i++) write(1, line, sprintf(line, "%c%d ", 'a' + c, i));
            _exit(0);
        }
    usleep(10000);
    tcflow(1, TCOON);
    while (wait(0) > 0);
    write(1, "end\n", 4);
    return 0;
}
