/* Reads a terminal by the terminal's own timer: `timed MIN TIME COUNT READS [HOW]` prints what each read returned, and when, in hundredths of a second. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static int file = 0;
static struct timespec start;

static long hundredths(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - start.tv_sec) * 100 + (now.tv_nsec - start.tv_nsec + 3000000) / 10000000;
}

static void set(int min, int time)
{
    struct termios settings;
    tcgetattr(file, &settings);
    settings.c_lflag &= ~(ICANON | ECHO);
    settings.c_cc[VMIN] = min;
    settings.c_cc[VTIME] = time;
    tcsetattr(file, TCSANOW, &settings);
}

int main(int count, char **arguments)
{
    const char *how = count > 5 ? arguments[5] : "";
    char bytes[4096];
    if (!strcmp(how, "tty"))
        file = open("/dev/tty", O_RDWR);
    if (!strcmp(how, "dup"))
        file = dup(0);
    if (!strcmp(how, "at once"))
        fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);
    int master = -1;
    if (!strcmp(how, "own")) {
        /* What is typed on the other terminal is not echoed there. */
        set(1, 0);
        master = posix_openpt(O_RDWR | O_NOCTTY);
        unlockpt(master);
        file = open(ptsname(master), O_RDWR | O_NOCTTY);
    }
    set(atoi(arguments[1]), atoi(arguments[2]));
    clock_gettime(CLOCK_MONOTONIC, &start);
    pid_t child = 0;
    if (master >= 0 && (child = fork()) == 0) {
        usleep(100000);
        write(master, "a", 1);
        usleep(150000);
        write(master, "b", 1);
        pause();
    }
    int min, time;
    if (!strncmp(how, "cooked", 6)) {
        struct termios settings;
        tcgetattr(file, &settings);
        settings.c_lflag |= ICANON;
        tcsetattr(file, TCSANOW, &settings);
    }
    if (sscanf(how, "changed %d %d", &min, &time) == 2 || sscanf(how, "cooked, changed %d %d", &min, &time) == 2) {
        if ((child = fork()) == 0) {
            usleep(50000);
            set(min, time);
            pause();
        }
    }
    if (!strcmp(how, "computing") && (child = fork()) == 0) {
        for (volatile long i = 0; i < 100000000; i++)
            ;
        pause();
    }
    for (int i = 0; i < atoi(arguments[4]); i++) {
        struct iovec pieces[] = {{bytes, 0}, {bytes, 4000}};
        struct pollfd polled = {file, POLLIN, 0};
        if (!strcmp(how, "poll"))
            printf("poll %d, ", poll(&polled, 1, 300));
        ssize_t len = !strcmp(how, "pieces") ? readv(file, pieces, 2) : read(file, bytes, atoi(arguments[3]));
        printf("%ld%s at %ld\n", (long)len, len < 0 && errno == EAGAIN ? " EAGAIN" : "", hundredths());
        fflush(stdout);
    }
    if (child > 0)
        kill(child, SIGKILL);
    return 0;
}
