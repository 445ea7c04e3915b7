// Sets limits of processor time and shows what is told of them; with an argument it computes for more than the second that
// it has set, or shows the limit that the system has of it.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void show(const char *name) {
    struct rlimit limit = {7, 7};
    getrlimit(RLIMIT_CPU, &limit);
    printf("%s %ld %ld\n", name, (long)limit.rlim_cur, (long)limit.rlim_max);
}

static void set(const char *name, rlim_t soft, rlim_t hard) {
    struct rlimit limit = {soft, hard};
    int error = setrlimit(RLIMIT_CPU, &limit) ? errno : 0;
    printf("%s: %d, ", name, error);
    show("now");
}

int main(int count, char **arguments) {
    setlinebuf(stdout);
    if (count > 2) {
        show("after exec");
        return 0;
    }
    show("first");
    if (count > 1) {
        set("a second", 1, 1);
        if (strcmp(arguments[1], "systems") == 0) {
            char line[128];
            FILE *limits = fopen("/proc/self/limits", "r");
            while (fgets(line, sizeof line, limits))
                if (strncmp(line, "Max cpu time", 12) == 0) printf("systems: %s", line);
            return 0;
        }
        // The real processor time is in no clock that a program in virtual time reads, but in `/proc`.
        long ticks = 0;
        while (ticks < 3 * sysconf(_SC_CLK_TCK) / 2) {
            for (volatile int i = 0; i < 10000000; i++) {}
            FILE *stat = fopen("/proc/self/stat", "r");
            fscanf(stat, "%*d %*s %*c %*d %*d %*d %*d %*d %*d %*d %*d %*d %*d %ld", &ticks);
            fclose(stat);
        }
        printf("survived\n");
        return 0;
    }
    set("soft above hard", 100, 50);
    set("both", 100, 200);
    set("soft", 50, 200);
    set("lower", 60, 150);
    struct rlimit old, new = {59, 149};
    printf("prlimit %d", prlimit(getpid(), RLIMIT_CPU, &new, &old));
    printf(" %ld %ld\n", (long)old.rlim_cur, (long)old.rlim_max);
    show("then");
    long result = syscall(SYS_prlimit64, 0, RLIMIT_CPU, (void *)8, NULL);
    printf("nowhere %ld %d\n", result, errno);
    result = syscall(SYS_prlimit64, 0, RLIMIT_CPU, &(struct rlimit){58, 148}, (void *)8);
    printf("old nowhere %ld %d\n", result, errno);
    show("set all the same");
    result = syscall(SYS_getrlimit, RLIMIT_CPU, NULL);
    printf("none %ld %d\n", result, errno);
    result = syscall(SYS_setrlimit, RLIMIT_CPU, NULL);
    printf("none %ld %d\n", result, errno);
    pid_t dead = fork();
    if (dead == 0) {
        show("inherited");
        set("by a child", 9, 9);
        _exit(0);
    }
    waitpid(dead, NULL, 0);
    show("kept by the parent");
    result = prlimit(dead, RLIMIT_CPU, NULL, &old);
    printf("dead %ld %d\n", result, errno);
    execl("/proc/self/exe", arguments[0], "after", "exec", NULL);
    return 1;
}
