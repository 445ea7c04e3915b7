/* Writes two files a second apart, and asks for their times by every call there is, often enough for the calls to be
   rewritten. Then sets times by every call there is, and reads them back. What it prints is the same in real time. With
   an argument it does so under a seccomp filter, which allows everything. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

static struct timespec begun;
static const char *names[] = {"first", "second"};

static long long since(struct timespec time) {
    return (time.tv_sec - begun.tv_sec) * 1000000000LL + time.tv_nsec - begun.tv_nsec;
}

/* To the nearest second: the file system's clock has ticks, and a busy machine is late. */
static long seconds(struct timespec time) {
    return (since(time) + 1500000000) / 1000000000 - 1;
}

static struct timespec of(struct statx_timestamp time) {
    return (struct timespec){time.tv_sec, time.tv_nsec};
}

/* Fills in a, m and c, by one of the calls. */
static int ask(int how, const char *name, int file, struct timespec times[3]) {
    struct stat told;
    struct statx more;
    int failed;
    switch (how) {
    case 0: failed = stat(name, &told); break;
    case 1: failed = lstat(name, &told); break;
    case 2: failed = fstat(file, &told); break;
    case 3: failed = fstatat(AT_FDCWD, name, &told, AT_SYMLINK_NOFOLLOW); break;
    case 4: failed = syscall(SYS_stat, name, &told); break;
    case 5: failed = syscall(SYS_lstat, name, &told); break;
    case 6: failed = syscall(SYS_fstat, file, &told); break;
    case 7: failed = syscall(SYS_newfstatat, file, "", &told, AT_EMPTY_PATH); break;
    default:
        failed = statx(AT_FDCWD, name, 0, STATX_ALL, &more);
        times[0] = of(more.stx_atime), times[1] = of(more.stx_mtime), times[2] = of(more.stx_ctime);
        /* A file is born when it is first written here; some file systems do not know. */
        if (!failed && more.stx_mask & STATX_BTIME && seconds(of(more.stx_btime)) != seconds(times[1]))
            printf("%s: born at %ld\n", name, seconds(of(more.stx_btime)));
        return failed;
    }
    times[0] = told.st_atim, times[1] = told.st_mtim, times[2] = told.st_ctim;
    return failed;
}

static void write_file(const char *name) {
    int file = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (file < 0 || write(file, "x", 1) != 1 || close(file)) perror(name);
}

static void ask_all(const char *who) {
    for (int which = 0; which < 2; which++) {
        int file = open(names[which], O_RDONLY);
        long told[2][9];
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        for (int round = 0; round < 100; round++)
            for (int how = 0; how < 9; how++) {
                struct timespec times[3];
                errno = 0;
                if (ask(how, names[which], file, times)) printf("%d: %s\n", how, strerror(errno));
                if (since(times[1]) > since(now)) printf("%d: in the future\n", how);
                told[0][how] = seconds(times[1]), told[1][how] = seconds(times[2]);
            }
        printf("%s %s:", who, names[which]);
        for (int how = 0; how < 9; how++) printf(" %ld %ld", told[0][how], told[1][how]);
        printf("\n");
        close(file);
    }
    fflush(stdout);
}

static void *in_thread(void *nothing) {
    ask_all("thread");
    return nothing;
}

static void show_set(const char *how, const char *name) {
    struct stat told;
    if (stat(name, &told)) perror(name);
    printf("%s: %ld.%09ld %ld.%09ld\n", how, (long)told.st_atim.tv_sec, told.st_atim.tv_nsec,
           (long)told.st_mtim.tv_sec, told.st_mtim.tv_nsec);
}

static void show_relative(const char *how, const char *name, struct timespec expected) {
    struct stat told;
    if (stat(name, &told)) perror(name);
    long long off = since(told.st_mtim) - since(expected);
    printf("%s: off by %lld\n", how, off);
}

static volatile int handled;
static void handle(int signal) {
    struct stat told;
    if (stat(".", &told)) handled = -1000000;
    handled += signal == SIGALRM;
}

int main(int count, char **arguments) {
    if (count > 1) {
        struct sock_filter allow = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
        struct sock_fprog filter = {1, &allow};
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter)) perror("seccomp");
        execl("/proc/self/exe", arguments[0], NULL);
    }
    char folder[] = "/tmp/file-times-XXXXXX";
    if (!mkdtemp(folder) || chdir(folder)) return perror(folder), 1;
    clock_gettime(CLOCK_REALTIME, &begun);
    write_file(names[0]);
    struct timespec second = {1, 0};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &second, NULL);
    write_file(names[1]);

    ask_all("main");
    pthread_t thread;
    pthread_create(&thread, NULL, in_thread, NULL);
    pthread_join(thread, NULL);
    pid_t child = fork();
    if (!child) ask_all("fork"), _exit(0);
    waitpid(child, NULL, 0);
    child = vfork();
    if (!child) {
        struct timespec times[3];
        for (int how = 0; how < 9; how++)
            if (ask(how, names[0], -1, times) != (how == 2 || how >= 6 && how < 8 ? -1 : 0)) _exit(1);
        _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    printf("vfork: %d\n", status);

    /* Errors are the system's. */
    for (int round = 0; round < 40; round++) {
        int failures[] = {
            syscall(SYS_stat, "nothing", &status) == -1 ? errno : 0,
            syscall(SYS_stat, names[0], (void *)8) == -1 ? errno : 0,
            syscall(SYS_newfstatat, AT_FDCWD, names[0], (void *)8, 0) == -1 ? errno : 0,
            syscall(SYS_statx, AT_FDCWD, names[0], 0, STATX_ALL, (void *)8) == -1 ? errno : 0,
            fstat(99, (struct stat[1]){0}) == -1 ? errno : 0,
        };
        if (round % 39 == 0)
            printf("errors: %d %d %d %d %d\n", failures[0], failures[1], failures[2], failures[3], failures[4]);
    }

    /* Signals come in the middle. */
    struct sigaction action = {.sa_handler = handle};
    sigaction(SIGALRM, &action, NULL);
    for (int round = 0; round < 200; round++) {
        raise(SIGALRM);
        struct stat told;
        if (stat(names[0], &told) || seconds(told.st_mtim)) printf("wrong\n");
    }
    printf("handled: %d\n", handled);

    const char *name = names[0];
    utime(name, &(struct utimbuf){1234567890, 1300000000});
    show_set("utime", name);
    utimes(name, (struct timeval[2]){{1400000000, 123456}, {1500000000, 654321}});
    show_set("utimes", name);
    futimesat(AT_FDCWD, name, (struct timeval[2]){{1600000000, 1}, {1700000000, 2}});
    show_set("futimesat", name);
    int file = open(name, O_RDWR);
    futimens(file, (struct timespec[2]){{1000000001, 123456789}, {946684799, 987654321}});
    show_set("futimens", name);
    utimensat(AT_FDCWD, name, (struct timespec[2]){{0, UTIME_OMIT}, {-5, 7}}, 0);
    show_set("before 1970", name);
    utimensat(AT_FDCWD, name, (struct timespec[2]){{0, UTIME_OMIT}, {0, 0}}, 0);
    show_set("1970", name);
    struct timespec bad[2] = {{0, 1000000000}, {0, 0}};
    printf("invalid: %d", utimensat(AT_FDCWD, name, bad, 0) == -1 ? errno : 0);
    printf(" %d", (int)syscall(SYS_utimensat, AT_FDCWD, name, (void *)8, 0) == -1 ? errno : 0);
    printf(" %d\n", utimes("nothing", NULL) == -1 ? errno : 0);

    /* Moments of the run, and moments to come. */
    long long offsets[] = {0, -1, 300000000, 1000000000, -3600000000000, 3600000000000, 86400000000001};
    for (int which = 0; which < 7; which++) {
        struct timespec time = begun;
        time.tv_sec += offsets[which] / 1000000000, time.tv_nsec += offsets[which] % 1000000000;
        if (time.tv_nsec < 0) time.tv_nsec += 1000000000, time.tv_sec--;
        if (time.tv_nsec >= 1000000000) time.tv_nsec -= 1000000000, time.tv_sec++;
        futimens(file, (struct timespec[2]){time, time});
        show_relative("set", name, time);
        /* A copy with the times of its original. */
        struct stat told;
        stat(name, &told);
        utimensat(AT_FDCWD, names[1], (struct timespec[2]){told.st_atim, told.st_mtim}, 0);
        show_relative("copied", names[1], time);
    }
    futimens(file, NULL);
    struct stat told;
    fstat(file, &told);
    printf("now: %ld\n", seconds(told.st_mtim));
    futimens(file, (struct timespec[2]){{0, UTIME_NOW}, {0, UTIME_NOW}});
    fstat(file, &told);
    printf("now: %ld\n", seconds(told.st_mtim));
    unlink(names[0]), unlink(names[1]), rmdir(folder);
    return 0;
}
