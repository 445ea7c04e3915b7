// Three children with a handler that writes; the parent signals the youngest, the middle, the oldest.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static char me;
static void handle(int s) { write(1, &me, 1); }

int main() {
    pid_t k[3];
    signal(SIGUSR1, handle);
    for (int i = 0; i < 3; i++)
        if (!(k[i] = fork())) {
            me = 'A' + i;
            for (;;) pause();
        }
    usleep(1000);
    for (int r = 0; r < 10; r++) {
        for (int i = 2; i >= 0; i--) kill(k[i], SIGUSR1);
        usleep(1000);
        write(1, " ", 1);
    }
    for (int i = 0; i < 3; i++) kill(k[i], SIGKILL);
    while (wait(0) > 0);
    return 0;
}
