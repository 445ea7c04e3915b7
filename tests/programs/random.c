// Runs a random program: processes and threads that use every way to wait for each other. random TEXT
//
// A line is an actor: its letter, `process` or `thread`, a colon, and its operations, each ended by a semicolon. The first
// actor is the first process. Whoever does something that has a result writes its letter and that result with `say`.
//
//   start B            starts actor B as a child or a thread of this process
//   say                writes the letter and the last result
//   sleep US           compute N         yield          clock
//   put O N   get O N  writes, reads N bytes (to and from p, s, d: pipes, stream and datagram sockets; e, m: eventfds,
//                      counting and semaphore; t: the terminal)
//   try O N            reads if poll says at once that there is something
//   poll US O...       select US O...    epoll US O...  wait for input
//   room O             waits in poll until O takes output
//   close O            both ends; closer, closew: one end
//   lock X  trylock X  timedlock X US    unlock X       a mutex
//   wait X US          waits on condition X with its mutex, without end if US is 0
//   signal X  broadcast X
//   post X  down X  timeddown X US       a semaphore
//   fwait X US  fwake X N                a futex
//   kill A NAME        signals USR1 (a handler writes; restarts), USR2 (does not restart), RTMIN (blocked), STOP, CONT, KILL
//   pkill A NAME       signals the process of A
//   sigwait US         takes a blocked signal
//   flock X  funlock X a lock on a file
//   reap  tryreap  reapof A              waits for a child: any, any without waiting, that one
//   onchild            writes a letter when a child has ended
//   vfork US           a child that writes, sleeps and ends, before its parent resumes
//   exit N             ends the thread, or its process where it is the first; exitgroup N
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 26, OBJECTS = 3, BIG = 200000 };

struct actor {
    char letter;
    int is_thread;
    char *text;
    pthread_t thread;
    int started;
};

struct shared {
    pthread_mutex_t mutex[OBJECTS];
    pthread_cond_t cond[OBJECTS];
    sem_t sem[OBJECTS];
    int futex[OBJECTS];
    pid_t process[MOST], thread[MOST];
};

static struct actor actors[MOST];
static int count;
static struct shared *shared;
// The reading and the writing end.
static int ends[128][OBJECTS][2];
// The descriptors of the locks that the thread has.
static __thread int locks[OBJECTS];
static char path[OBJECTS][64];
static __thread char me;
static __thread long result;
static char zeros[BIG];
static const char *signals[] = {"USR1", "USR2", "RTMIN", "STOP", "CONT", "KILL"};

static int signal_number(const char *name) {
    int numbers[] = {SIGUSR1, SIGUSR2, SIGRTMIN, SIGSTOP, SIGCONT, SIGKILL};
    for (int i = 0; i < 6; i++)
        if (!strcmp(name, signals[i])) return numbers[i];
    return 0;
}

static void say(long value) {
    char text[32];
    int length = snprintf(text, sizeof text, "%c%ld ", me, value);
    if (write(1, text, length) < 0) {}
}

static void handle(int number) {
    int kept = errno;
    char text[] = {me ? me : '?', number == SIGUSR1 ? '!' : number == SIGUSR2 ? '*' : '#', ' '};
    if (write(1, text, sizeof text) < 0) {}
    errno = kept;
}

static struct timespec span(long us) { return (struct timespec){us / 1000000, us % 1000000 * 1000}; }

static struct timespec after(long us) {
    struct timespec at, length = span(us);
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_nsec += length.tv_nsec;
    at.tv_sec += length.tv_sec + at.tv_nsec / 1000000000;
    at.tv_nsec %= 1000000000;
    return at;
}

static long failed(long value) { return value < 0 ? -errno : value; }
static long number(const char *word) { return word ? atol(word) : 0; }
static int object(const char *name) { return name && isdigit(name[1]) ? (name[1] - '0') % OBJECTS : 0; }
static int end(const char *name, int which) { return name ? ends[(int)name[0]][object(name)][which] : -1; }

static long put(const char *name, long size) {
    if (name[0] == 'e' || name[0] == 'm') return failed(eventfd_write(end(name, 1), size));
    return failed(write(end(name, 1), zeros, size < BIG ? size : BIG));
}

static long get(const char *name, long size) {
    static __thread char bytes[BIG];
    if (name[0] == 'e' || name[0] == 'm') {
        eventfd_t value = 0;
        return eventfd_read(end(name, 0), &value) < 0 ? -errno : (long)value;
    }
    return failed(read(end(name, 0), bytes, size < BIG ? size : BIG));
}

static int parse_list(char **words, int *list) {
    int n = 0;
    for (; *words && n < 8; words++) list[n++] = end(*words, 0);
    return n;
}

static long wait_poll(long us, char **names) {
    struct pollfd polled[8];
    int list[8], n = parse_list(names, list);
    for (int i = 0; i < n; i++) polled[i] = (struct pollfd){list[i], POLLIN, 0};
    struct timespec time = span(us);
    return failed(ppoll(polled, n, us ? &time : 0, 0));
}

static long wait_select(long us, char **names) {
    int list[8], n = parse_list(names, list), most = 0;
    fd_set set;
    FD_ZERO(&set);
    for (int i = 0; i < n; i++) {
        if (list[i] < 0) continue;
        FD_SET(list[i], &set);
        if (list[i] > most) most = list[i];
    }
    struct timeval time = {us / 1000000, us % 1000000};
    return failed(select(most + 1, &set, 0, 0, us ? &time : 0));
}

static long wait_epoll(long us, char **names) {
    int list[8], n = parse_list(names, list), set = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    for (int i = 0; i < n; i++) epoll_ctl(set, EPOLL_CTL_ADD, list[i], &event);
    long ready = failed(epoll_wait(set, &event, 1, us ? (int)(us + 999) / 1000 : -1));
    close(set);
    return ready;
}

static long close_end(const char *name, int which) {
    int *descriptor = &ends[(int)name[0]][object(name)][which];
    if (name[0] == 't' || *descriptor < 0) return -1;
    close(*descriptor);
    *descriptor = -1;
    return 0;
}

static void act(struct actor *actor);
static void *thread_main(void *actor) {
    act(actor);
    return 0;
}

static struct actor *find(const char *name) {
    for (int i = 0; name && i < count; i++)
        if (actors[i].letter == name[0]) return &actors[i];
    return 0;
}

static void finish(void) {
    for (int i = 0; i < count; i++)
        if (actors[i].is_thread && actors[i].started) pthread_join(actors[i].thread, 0);
    _exit(0);
}

static long start(struct actor *actor) {
    if (!actor || actor->started || actor == actors) return -1;
    actor->started = 1;
    if (actor->is_thread) return pthread_create(&actor->thread, 0, thread_main, actor);
    pid_t child = fork();
    if (child) {
        shared->process[actor - actors] = shared->thread[actor - actors] = child;
        return child < 0 ? -errno : 0;
    }
    // The threads of the parent are not ours.
    for (int i = 0; i < count; i++)
        if (actors[i].is_thread) actors[i].started = 0;
    act(actor);
    finish();
    return 0;
}

static long send_signal(struct actor *actor, int number, int to_process) {
    if (!actor) return -1;
    pid_t process = shared->process[actor - actors], thread = shared->thread[actor - actors];
    if (!process) return -2;
    if (actor == actors && number == SIGSTOP) return -3;
    return failed(to_process ? kill(process, number) : syscall(SYS_tgkill, process, thread, number));
}

static long fork_and_wait(long us) {
    pid_t child = vfork();
    if (!child) {
        char text[] = {me, '+', ' '};
        if (write(1, text, sizeof text) < 0) {}
        struct timespec time = span(us);
        syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &time, 0);
        _exit(0);
    }
    return child > 0 ? 0 : -errno;
}

static void step(struct actor *actor, char **words) {
    const char *what = words[0], *name = words[1];
    long size = name ? number(words[2]) : 0, first = number(name);
    int o = object(name);
    struct timespec time = span(first), until;
    sigset_t set;
    siginfo_t info;
#define IS(word) (!strcmp(what, word))
    if (IS("say")) say(result);
    else if (IS("start")) result = start(find(name));
    else if (IS("sleep")) result = clock_nanosleep(CLOCK_MONOTONIC, 0, &time, 0);
    else if (IS("compute")) for (volatile long i = 0; i < first; i++) {}
    else if (IS("yield")) sched_yield();
    else if (IS("clock")) clock_gettime(CLOCK_MONOTONIC, &time);
    else if (IS("put") && name) result = put(name, size);
    else if (IS("get") && name) result = get(name, size);
    else if (IS("try") && name) {
        struct pollfd polled = {end(name, 0), POLLIN, 0};
        result = poll(&polled, 1, 0) == 1 && polled.revents & POLLIN ? get(name, size) : -EAGAIN;
    }
    else if (IS("poll")) result = wait_poll(first, words + 2);
    else if (IS("select")) result = wait_select(first, words + 2);
    else if (IS("epoll")) result = wait_epoll(first, words + 2);
    else if (IS("room") && name) {
        struct pollfd polled = {end(name, 1), POLLOUT, 0};
        result = failed(poll(&polled, 1, -1));
    }
    else if (IS("close") && name) close_end(name, 0), result = close_end(name, 1);
    else if (IS("closer") && name) result = close_end(name, 0);
    else if (IS("closew") && name) result = close_end(name, 1);
    else if (IS("lock")) result = pthread_mutex_lock(&shared->mutex[o]);
    else if (IS("trylock")) result = pthread_mutex_trylock(&shared->mutex[o]);
    else if (IS("timedlock")) until = after(size), result = pthread_mutex_timedlock(&shared->mutex[o], &until);
    else if (IS("unlock")) result = pthread_mutex_unlock(&shared->mutex[o]);
    else if (IS("wait")) {
        int locked = pthread_mutex_lock(&shared->mutex[o]);
        if (locked && locked != EDEADLK) { result = locked; return; }
        until = after(size);
        result = size ? pthread_cond_timedwait(&shared->cond[o], &shared->mutex[o], &until)
                      : pthread_cond_wait(&shared->cond[o], &shared->mutex[o]);
        pthread_mutex_unlock(&shared->mutex[o]);
    }
    else if (IS("signal")) result = pthread_cond_signal(&shared->cond[o]);
    else if (IS("broadcast")) result = pthread_cond_broadcast(&shared->cond[o]);
    else if (IS("post")) result = failed(sem_post(&shared->sem[o]));
    else if (IS("down")) result = failed(sem_wait(&shared->sem[o]));
    else if (IS("timeddown")) until = after(size), result = failed(sem_timedwait(&shared->sem[o], &until));
    else if (IS("fwait")) {
        time = span(size);
        int seen = shared->futex[o];
        result = failed(syscall(SYS_futex, &shared->futex[o], FUTEX_WAIT, seen, size ? &time : 0, 0, 0));
    }
    else if (IS("fwake")) shared->futex[o]++, result = failed(syscall(SYS_futex, &shared->futex[o], FUTEX_WAKE, (int)size, 0, 0, 0));
    else if (IS("kill") && words[2]) result = send_signal(find(name), signal_number(words[2]), 0);
    else if (IS("pkill") && words[2]) result = send_signal(find(name), signal_number(words[2]), 1);
    else if (IS("sigwait")) {
        sigemptyset(&set);
        sigaddset(&set, SIGRTMIN);
        result = failed(sigtimedwait(&set, &info, first ? &time : 0));
    }
    else if (IS("flock")) {
        if (!locks[o]) locks[o] = open(path[o], O_RDWR | O_CLOEXEC);
        result = failed(flock(locks[o], LOCK_EX));
    }
    else if (IS("funlock")) result = locks[o] ? failed(flock(locks[o], LOCK_UN)) : -1;
    else if (IS("reap")) result = wait(0) < 0 ? -errno : 0;
    else if (IS("tryreap")) result = (size = waitpid(-1, 0, WNOHANG)) < 0 ? -errno : size > 0;
    else if (IS("reapof") && find(name)) result = waitpid(shared->process[find(name) - actors], 0, 0) < 0 ? -errno : 0;
    else if (IS("onchild")) signal(SIGCHLD, handle);
    else if (IS("vfork")) result = fork_and_wait(first);
    else if (IS("exitgroup")) _exit((int)first);
    else if (IS("exit")) {
        if (actor->is_thread) pthread_exit(0);
        syscall(SYS_exit, first);
    }
}

static void act(struct actor *actor) {
    int index = actor - actors;
    me = actor->letter;
    shared->thread[index] = gettid();
    shared->process[index] = getpid();
    char *end_of_step, *text = strdup(actor->text);
    for (char *at = strtok_r(text, ";", &end_of_step); at; at = strtok_r(0, ";", &end_of_step)) {
        char *words[12] = {0}, *end_of_word;
        int n = 0;
        for (char *word = strtok_r(at, " ", &end_of_word); word && n < 11; word = strtok_r(0, " ", &end_of_word)) words[n++] = word;
        if (n) step(actor, words);
    }
}

static void prepare(void) {
    shared = mmap(0, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t mutex;
    pthread_mutexattr_init(&mutex);
    pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_settype(&mutex, PTHREAD_MUTEX_ERRORCHECK);
    pthread_condattr_t cond;
    pthread_condattr_init(&cond);
    pthread_condattr_setpshared(&cond, PTHREAD_PROCESS_SHARED);
    memset(ends, -1, sizeof ends);
    for (int o = 0; o < OBJECTS; o++) {
        pthread_mutex_init(&shared->mutex[o], &mutex);
        pthread_cond_init(&shared->cond[o], &cond);
        sem_init(&shared->sem[o], 1, 0);
        if (pipe(ends['p'][o]) || socketpair(AF_UNIX, SOCK_STREAM, 0, ends['s'][o])) abort();
        if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends['d'][o])) abort();
        ends['e'][o][0] = eventfd(0, 0);
        ends['m'][o][0] = eventfd(0, EFD_SEMAPHORE);
        ends['e'][o][1] = dup(ends['e'][o][0]);
        ends['m'][o][1] = dup(ends['m'][o][0]);
        ends['t'][o][0] = 0;
        ends['t'][o][1] = 1;
        snprintf(path[o], sizeof path[o], "%s/lock%d", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp", o);
        close(open(path[o], O_RDWR | O_CREAT, 0600));
    }
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, 0);
    action.sa_flags = 0;
    sigaction(SIGUSR2, &action, 0);
    signal(SIGPIPE, SIG_IGN);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, 0);
}

int main(int argc, char **argv) {
    if (argc < 2) return 2;
    char *end_of_line, *text = strdup(argv[1]);
    for (char *line = strtok_r(text, "\n", &end_of_line); line && count < MOST; line = strtok_r(0, "\n", &end_of_line)) {
        char *colon = strchr(line, ':');
        if (!colon || !isupper((unsigned char)line[0])) continue;
        *colon = 0;
        actors[count++] = (struct actor){.letter = line[0], .is_thread = !!strstr(line, "thread"), .text = colon + 1};
    }
    if (!count) return 2;
    prepare();
    actors[0].started = 1;
    actors[0].is_thread = 0;
    act(actors);
    finish();
}
