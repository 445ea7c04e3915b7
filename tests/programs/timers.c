// Sets timers of every kind, and prints what they do: the same natively, to a hundredth of a second.
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct timespec begun;
static long now(void) { // in hundredths of a second, rounded
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    long ns = (t.tv_sec - begun.tv_sec) * 1000000000L + t.tv_nsec - begun.tv_nsec;
    return (ns + 5000000) / 10000000;
}
static void begin(void) { clock_gettime(CLOCK_MONOTONIC, &begun); }
static volatile sig_atomic_t caught, caught_code, caught_overrun, caught_value, caught_pid;
static void on(int signal, siginfo_t *info, void *context) {
    caught++;
    caught_code = info->si_code;
    caught_overrun = info->si_overrun;
    caught_value = info->si_value.sival_int;
    caught_pid = info->si_pid;
}
static void handle(int signal) {
    struct sigaction action = {.sa_sigaction = on, .sa_flags = SA_SIGINFO};
    sigaction(signal, &action, NULL);
}
static void block(int signal, int how) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    sigprocmask(how, &set, NULL);
}
static struct itimerspec spec(long value_ms, long interval_ms) {
    return (struct itimerspec){{interval_ms / 1000, interval_ms % 1000 * 1000000}, {value_ms / 1000, value_ms % 1000 * 1000000}};
}

static void alarms(void) {
    handle(SIGALRM);
    begin();
    printf("alarm %u %u %u\n", alarm(2), alarm(3), alarm(1));
    int slept = sleep(5);
    printf("woken at %ld, %d left, caught %d code %d pid %d\n", now(), slept, caught, caught_code, caught_pid);
    struct itimerval value = {{0, 50000}, {0, 20000}}, old;
    begin();
    setitimer(ITIMER_REAL, &value, NULL);
    for (int i = 0; i < 3; i++) {
        pause();
        printf("tick at %ld code %d\n", now(), caught_code);
    }
    getitimer(ITIMER_REAL, &old);
    printf("left %ld of %ld\n", (long)(old.it_value.tv_usec + 5000) / 10000, (long)old.it_interval.tv_usec / 10000);
    memset(&value, 0, sizeof value);
    setitimer(ITIMER_REAL, &value, &old);
    printf("was %ld\n", (long)old.it_interval.tv_usec / 10000);
    value.it_value.tv_sec = 5;
    setitimer(ITIMER_VIRTUAL, &value, NULL);
    getitimer(ITIMER_VIRTUAL, &old);
    printf("virtual %ld\n", (long)(old.it_value.tv_sec + (old.it_value.tv_usec >= 500000)));
    value.it_value.tv_usec = 1000000;
    int bad = setitimer(ITIMER_REAL, &value, NULL);
    printf("bad %d %d\n", bad, errno);
    bad = setitimer(7, &value, NULL);
    printf("which %d %d\n", bad, errno);
    bad = setitimer(ITIMER_REAL, (void *)8, NULL);
    printf("fault %d %d\n", bad, errno);
}

static void posix(void) {
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1, .sigev_value.sival_int = 42};
    handle(SIGRTMIN + 1);
    begin();
    timer_create(CLOCK_MONOTONIC, &event, &timer);
    struct itimerspec set = spec(30, 20), got;
    timer_settime(timer, 0, &set, NULL);
    for (int i = 0; i < 3; i++) {
        pause();
        printf("tick at %ld code %d value %d overrun %d\n", now(), caught_code, caught_value, caught_overrun);
    }
    // Blocked, it overruns.
    block(SIGRTMIN + 1, SIG_BLOCK);
    struct timespec rest = {0, 90000000};
    nanosleep(&rest, NULL);
    block(SIGRTMIN + 1, SIG_UNBLOCK);
    printf("at %ld overrun %d %d\n", now(), caught_overrun, timer_getoverrun(timer));
    timer_gettime(timer, &got);
    printf("interval %ld left %s\n", (long)got.it_interval.tv_nsec / 10000000, got.it_value.tv_nsec > 0 && got.it_value.tv_nsec <= 20000000 ? "some" : "none");
    timer_delete(timer);
    int bad = timer_settime(timer, 0, &set, NULL);
    printf("deleted %d %d\n", bad, errno);
    // Absolute, by the wall clock; taken by sigtimedwait.
    block(SIGRTMIN + 2, SIG_BLOCK);
    event.sigev_signo = SIGRTMIN + 2;
    event.sigev_value.sival_int = 7;
    timer_create(CLOCK_REALTIME, &event, &timer);
    struct timespec wall;
    clock_gettime(CLOCK_REALTIME, &wall);
    wall.tv_sec += 1;
    set = (struct itimerspec){{0, 0}, wall};
    begin();
    timer_settime(timer, TIMER_ABSTIME, &set, NULL);
    sigset_t waited;
    sigemptyset(&waited);
    sigaddset(&waited, SIGRTMIN + 2);
    siginfo_t info;
    int signal = sigwaitinfo(&waited, &info);
    printf("took %d at %ld code %d value %d\n", signal - SIGRTMIN, now(), info.si_code, info.si_value.sival_int);
    set = spec(10, 0);
    begin();
    timer_settime(timer, 0, &set, NULL);
    struct timespec bound = {1, 0};
    signal = sigtimedwait(&waited, &info, &bound);
    printf("took %d at %ld\n", signal - SIGRTMIN, now());
    bound.tv_sec = 0, bound.tv_nsec = 100000000;
    begin();
    signal = sigtimedwait(&waited, &info, &bound);
    printf("took %d at %ld\n", signal, now());
    timer_delete(timer);
    // Of no signal at all.
    event.sigev_notify = SIGEV_NONE;
    timer_create(CLOCK_MONOTONIC, &event, &timer);
    set = spec(50, 0);
    timer_settime(timer, 0, &set, NULL);
    timer_gettime(timer, &got);
    printf("none %ld\n", (long)(got.it_value.tv_nsec + 5000000) / 10000000);
    rest.tv_nsec = 60000000;
    nanosleep(&rest, NULL);
    timer_gettime(timer, &got);
    printf("none %ld\n", (long)got.it_value.tv_nsec);
}

static void in_thread(union sigval value) { printf("thread at %ld value %d\n", now(), value.sival_int); }
static void threads(void) {
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = in_thread, .sigev_value.sival_int = 9};
    begin();
    timer_create(CLOCK_MONOTONIC, &event, &timer);
    struct itimerspec set = spec(100, 100);
    timer_settime(timer, 0, &set, NULL);
    struct timespec rest = {0, 350000000};
    while (nanosleep(&rest, &rest)) {}
    timer_delete(timer);
    printf("rested until %ld\n", now());
}

static void files(void) {
    int file = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    struct itimerspec set = spec(50, 100), got;
    uint64_t count;
    begin();
    timerfd_settime(file, 0, &set, NULL);
    for (int i = 0; i < 2; i++) {
        read(file, &count, 8);
        printf("read %lu at %ld\n", (unsigned long)count, now());
    }
    struct timespec rest = {0, 320000000};
    nanosleep(&rest, NULL);
    read(file, &count, 8);
    printf("read %lu at %ld\n", (unsigned long)count, now());
    timerfd_gettime(file, &got);
    printf("interval %ld left %ld\n", (long)got.it_interval.tv_nsec / 10000000, (long)(got.it_value.tv_nsec + 5000000) / 10000000);
    int other = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK);
    ssize_t nothing = read(other, &count, 8);
    printf("nothing %zd %d\n", nothing, errno);
    set = spec(200, 0);
    timerfd_settime(other, 0, &set, NULL);
    int set_of = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = 1};
    epoll_ctl(set_of, EPOLL_CTL_ADD, file, &event);
    event.data.fd = 2;
    epoll_ctl(set_of, EPOLL_CTL_ADD, other, &event);
    begin();
    set = spec(80, 80);
    timerfd_settime(file, 0, &set, NULL);
    timerfd_settime(other, 0, &(struct itimerspec){{0, 0}, {0, 200000000}}, NULL);
    for (int i = 0; i < 3; i++) {
        epoll_wait(set_of, &event, 1, -1);
        read(event.data.fd == 1 ? file : other, &count, 8);
        printf("epoll %d at %ld count %lu\n", event.data.fd, now(), (unsigned long)count);
    }
    // A child has it, too, and takes what there is.
    int copy = dup(file);
    close(file);
    begin();
    timerfd_settime(copy, 0, &(struct itimerspec){{0, 0}, {0, 50000000}}, NULL);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        read(copy, &count, 8);
        printf("child %lu at %ld\n", (unsigned long)count, now());
        exit(0);
    }
    waitpid(child, NULL, 0);
    struct pollfd entry = {.fd = copy, .events = POLLIN};
    int ready = poll(&entry, 1, 100);
    printf("parent %d at %ld\n", ready, now());
    int bad = timerfd_settime(1, 0, &set, NULL);
    printf("no timer %d %d\n", bad, errno);
    bad = timerfd_settime(copy, 64, &set, NULL);
    printf("flags %d %d\n", bad, errno);
    close(copy);
    close(other);
}

static void edge(int set_of, int most) {
    struct epoll_event event;
    int woken = epoll_wait(set_of, &event, 1, most);
    printf("woken %d at %ld\n", woken, now());
}
// Once it has expired, it wakes nobody again before somebody reads it or asks for its time.
static void edges(void) {
    int file = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK), set_of = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    epoll_ctl(set_of, EPOLL_CTL_ADD, file, &event);
    struct itimerspec set = spec(50, 50), got;
    uint64_t count;
    begin();
    timerfd_settime(file, 0, &set, NULL);
    edge(set_of, 1000);
    edge(set_of, 220);
    timerfd_gettime(file, &got);
    edge(set_of, 1000);
    printf("read %zd", read(file, &count, 8));
    printf(", %lu\n", (unsigned long)count);
    edge(set_of, 1000);
    edge(set_of, 100);
}

static void signal_files(void) {
    block(SIGALRM, SIG_BLOCK);
    block(SIGRTMIN + 3, SIG_BLOCK);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    sigaddset(&set, SIGRTMIN + 3);
    int file = signalfd(-1, &set, 0);
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 3, .sigev_value.sival_int = 5};
    timer_create(CLOCK_BOOTTIME, &event, &timer);
    struct itimerspec spec_of = spec(20, 10);
    begin();
    timer_settime(timer, 0, &spec_of, NULL);
    struct timespec rest = {0, 55000000};
    nanosleep(&rest, NULL);
    struct signalfd_siginfo info;
    read(file, &info, sizeof info);
    printf("signal %d code %d overrun %u value %d at %ld\n", (int)info.ssi_signo - SIGRTMIN, info.ssi_code, info.ssi_overrun, info.ssi_int, now());
    timer_delete(timer);
    struct itimerval value = {{0, 0}, {0, 70000}};
    begin();
    setitimer(ITIMER_REAL, &value, NULL);
    read(file, &info, sizeof info);
    printf("signal %d code %d pid %u at %ld\n", (int)info.ssi_signo, info.ssi_code, info.ssi_pid, now());
}

static void over_exec(char *self) {
    handle(SIGALRM);
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    timer_create(CLOCK_MONOTONIC, &event, &timer);
    struct itimerspec set = spec(50, 0);
    timer_settime(timer, 0, &set, NULL);
    struct itimerval value = {{0, 0}, {0, 100000}};
    setitimer(ITIMER_REAL, &value, NULL);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        // A child inherits neither.
        struct timespec rest = {0, 200000000};
        exit(nanosleep(&rest, NULL) ? 1 : 0);
    }
    pid_t other = fork();
    if (other == 0) {
        setitimer(ITIMER_REAL, &value, NULL);
        // Its timer is gone, its alarm is not.
        execl("/bin/sleep", "sleep", "1", NULL);
    }
    int status;
    waitpid(child, &status, WUNTRACED);
    while (errno == EINTR && waitpid(child, &status, 0) < 0) {}
    printf("child %d\n", WEXITSTATUS(status));
    while (waitpid(other, &status, 0) < 0) {}
    printf("other %d\n", WTERMSIG(status));
}

static void sockets(void) {
    int pair[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    struct timeval time = {0, 150000}, got;
    socklen_t len = sizeof got;
    setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    getsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &got, &len);
    printf("receive %ld of %u\n", (long)got.tv_usec, len);
    char byte = 'x';
    begin();
    ssize_t read_one = read(pair[0], &byte, 1);
    printf("read %zd %d at %ld\n", read_one, errno, now());
    begin();
    struct iovec piece = {&byte, 1};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    read_one = recvmsg(pair[0], &message, 0);
    printf("recvmsg %zd %d at %ld\n", read_one, errno, now());
    begin();
    read_one = recv(pair[0], &byte, 1, MSG_WAITALL);
    printf("waitall %zd %d at %ld\n", read_one, errno, now());
    // What comes in time is taken.
    fflush(stdout);
    if (fork() == 0) {
        struct timespec rest = {0, 80000000};
        nanosleep(&rest, NULL);
        write(pair[1], "y", 1);
        exit(0);
    }
    begin();
    read_one = read(pair[0], &byte, 1);
    printf("read %zd %c at %ld\n", read_one, byte, now());
    wait(NULL);
    // A signal ends it, though its handler restarts calls.
    struct sigaction action = {.sa_sigaction = on, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval value = {{0, 0}, {0, 50000}};
    begin();
    setitimer(ITIMER_REAL, &value, NULL);
    read_one = read(pair[0], &byte, 1);
    printf("interrupted %zd %d at %ld\n", read_one, errno, now());
    // One that is ignored does not.
    signal(SIGALRM, SIG_IGN);
    begin();
    setitimer(ITIMER_REAL, &value, NULL);
    read_one = read(pair[0], &byte, 1);
    printf("ignored %zd %d at %ld\n", read_one, errno, now());
    time.tv_usec = 100000;
    setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
    static char block[4096];
    begin();
    while (write(pair[0], block, sizeof block) == sizeof block) {}
    printf("full %d at %ld\n", errno, now());
    begin();
    read_one = send(pair[0], block, sizeof block, 0);
    printf("send %zd %d at %ld\n", read_one, errno, now());
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0stroboscope-timers"};
    snprintf(name.sun_path + 1, 60, "stroboscope-timers-%d", getpid());
    int listening = socket(AF_UNIX, SOCK_STREAM, 0);
    bind(listening, (void *)&name, sizeof name);
    listen(listening, 1);
    setsockopt(listening, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    // Its queue has room for two.
    for (int i = 0; i < 3; i++) {
        int client = socket(AF_UNIX, SOCK_STREAM, 0);
        setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
        begin();
        int failed = connect(client, (void *)&name, sizeof name);
        printf("connect %d %d at %ld\n", failed, failed ? errno : 0, now());
    }
    time.tv_usec = 1000000;
    int bad = setsockopt(listening, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    printf("bad %d %d\n", bad, errno);
    time.tv_sec = 0, time.tv_usec = 0;
    setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    struct pollfd entry = {.fd = pair[0], .events = POLLIN};
    fflush(stdout);
    if (fork() == 0) {
        struct timespec rest = {0, 300000000};
        nanosleep(&rest, NULL);
        write(pair[1], "z", 1);
        exit(0);
    }
    begin();
    read_one = read(pair[0], &byte, 1);
    printf("without %zd %c at %ld\n", read_one, byte, now());
}

int main(int count, char **arguments) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    char *which = count > 1 ? arguments[1] : "";
    if (!strcmp(which, "alarms")) alarms();
    if (!strcmp(which, "posix")) posix();
    if (!strcmp(which, "threads")) threads();
    if (!strcmp(which, "files")) files();
    if (!strcmp(which, "signals")) signal_files();
    if (!strcmp(which, "sockets")) sockets();
    if (!strcmp(which, "edges")) edges();
    if (!strcmp(which, "exec")) { signal(SIGUSR1, SIG_IGN); over_exec(arguments[0]); }
}
