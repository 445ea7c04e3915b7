/* Sleeps while lines are typed, then reads them, and counts lines and bytes up to the line `end`. `typed silent`: without an echo. */
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

int main(int count, char **arguments)
{
    char line[8192];
    long lines = 0, bytes = 0;
    if (count > 1) {
        struct termios settings;
        tcgetattr(0, &settings);
        settings.c_lflag &= ~ECHO;
        tcsetattr(0, TCSANOW, &settings);
    }
    (void)arguments;
    usleep(500000);
    for (;;) {
        ssize_t len = read(0, line, sizeof line);
        if (len <= 0 || !memcmp(line, "end\n", 4))
            break;
        lines++;
        bytes += len;
    }
    printf("%ld lines, %ld bytes\n", lines, bytes);
    return 0;
}
