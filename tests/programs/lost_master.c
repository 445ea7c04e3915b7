// A child waits to read from a terminal, in canonical mode or not, and the parent closes its master. Prints what the read
// returns, and what one after it. The child ignores the signal, handles it, or is not in the terminal's session.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static void handle(int signal) {}

static void child(const char *name, int how, int min, int time) {
    struct sigaction action = {.sa_handler = how == 1 ? SIG_IGN : handle, .sa_flags = how == 2 ? SA_RESTART : 0};
    struct termios settings;
    sigaction(SIGHUP, &action, NULL);
    if (how > 0) setsid();
    int file = open(name, O_RDWR | (how > 0 ? 0 : O_NOCTTY));
    tcgetattr(file, &settings);
    if (min + time > 0) settings.c_lflag &= ~ICANON;
    settings.c_cc[VMIN] = min, settings.c_cc[VTIME] = time;
    tcsetattr(file, TCSANOW, &settings);
    for (int i = 0; i < 2; i++) {
        char bytes[8];
        ssize_t len = read(file, bytes, sizeof bytes);
        printf("%d %d %d: %zd %s\n", how, min, time, len, len < 0 ? strerror(errno) : "");
    }
    exit(0);
}

int main(void) {
    int modes[][2] = {{0, 0}, {1, 0}, {3, 0}, {1, 20}};
    for (int how = 0; how < 4; how++)
        for (int mode = 0; mode < 4; mode++) {
            int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
            unlockpt(master);
            char *name = ptsname(master);
            if (!fork()) {
                close(master);
                child(name, how, modes[mode][0], modes[mode][1]);
            }
            usleep(300000);
            close(master);
            wait(NULL);
        }
    return 0;
}
