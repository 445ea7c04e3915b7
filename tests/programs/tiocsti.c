// Types on its own terminal, which echoes, three times in half a second each; then writes.
#include <sys/ioctl.h>
#include <unistd.h>

int main() {
    for (const char *s = "abc"; *s; s++) {
        if (ioctl(0, TIOCSTI, s)) return 1;
        usleep(500000);
    }
    write(1, "end\n", 4);
    return 0;
}
