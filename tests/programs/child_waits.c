// Four threads wait for any child; twelve children end, two at an instant. Each thread writes the status that it got.
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void *waits(void *unused) {
    char line[16];
    int status;
    while (wait(&status) > 0) write(1, line, sprintf(line, "%d ", WEXITSTATUS(status)));
    return 0;
}

int main() {
    pthread_t t[4];
    for (int i = 0; i < 12; i++)
        if (!fork()) {
            usleep(1000 * (1 + i / 2));
            _exit(i);
        }
    for (int i = 0; i < 4; i++) pthread_create(&t[i], 0, waits, 0);
    for (int i = 0; i < 4; i++) pthread_join(t[i], 0);
    return 0;
}
