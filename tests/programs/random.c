// Runs a random program: processes and threads that use every way to wait for each other. random TEXT
//
// A line is an actor: its letter, `process` or `thread`, a colon, and its operations, each ended by a semicolon. The first
// actor is the first process. Whoever does something that has a result writes its letter and that result with `say`.
//
//   start B            starts actor B as a child or a thread of this process
//   say                writes the letter and the last result
//   sleep US           compute N         yield          clock
//   put O N   get O N  writes, reads N bytes (to and from p, s, d: pipes, stream and datagram sockets; e, m: eventfds,
//                      counting and semaphore; t: the terminal; and the objects of random_objects.h)
//   try O N            reads if poll says at once that there is something
//   poll US O...       select US O...    epoll US O...  wait for input
//   room O             waits in poll until O takes output
//   close O            both ends; closer, closew: one end
//   limit O US         how long reads of a socket wait, without end if US is 0
//   shared US          edge US        waits on the set that all have, level- or edge-triggered
//   splice O O N       moves bytes, from or to a pipe
//   ask O N            connects to a listener, sends N bytes, reads the answer; serve O takes one such connection
//   fiforead O         fifowrite O N  opens a named pipe, which waits for the other end, and closes it
//   touch O            changes a file that is watched
//   arm O US US        a timer's descriptor: its first end and its period; alarm US US, timer US US, mytimer US US: timers that
//                      signal the process by SIGALRM (as an interval timer), by USR1 and the thread by USR2
//   lock X  trylock X  timedlock X US    unlock X       a mutex
//   wait X US          waits on condition X with its mutex, without end if US is 0
//   signal X  broadcast X
//   post X  down X  timeddown X US       a semaphore
//   fwait X US  fwake X N                a futex
//   kill A NAME        signals USR1 (a handler writes; restarts), USR2 (does not restart), RTMIN (blocked), STOP, CONT, KILL
//   pkill A NAME       signals the process of A
//   sigwait US         takes a blocked signal; sigpoll US lets it in while it waits
//   pidwait A US       waits for the end of the process of A by its descriptor
//   flock X  funlock X a lock on a file; reclock X  unreclock X: a lock on a record of it
//   reap  tryreap  reapof A              waits for a child: any, any without waiting, that one
//   onchild            writes a letter when a child has ended
//   vfork US           a child that writes, sleeps and ends, before its parent resumes
//   run                starts another program and waits for its end
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
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "random_objects.h"

enum { MOST = 26 };

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
// The descriptors of the locks that the thread has.
static __thread int locks[OBJECTS];
static __thread char me;
static __thread long result;
static const char *signals[] = {"USR1", "USR2", "RTMIN", "TAKEN", "STOP", "CONT", "KILL"};

static int signal_number(const char *name) {
    int numbers[] = {SIGUSR1, SIGUSR2, SIGRTMIN, SIGRTMIN + 1, SIGSTOP, SIGCONT, SIGKILL};
    for (int i = 0; i < 7; i++)
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
    char text[] = {me ? me : '?', number == SIGUSR1 ? '!' : number == SIGUSR2 ? '*' : number == SIGALRM ? '@' : '#', ' '};
    if (write(1, text, sizeof text) < 0) {}
    errno = kept;
}

static struct timespec after(long us) {
    struct timespec at, length = span(us);
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_nsec += length.tv_nsec;
    at.tv_sec += length.tv_sec + at.tv_nsec / 1000000000;
    at.tv_nsec %= 1000000000;
    return at;
}

static long number(const char *word) { return word ? atol(word) : 0; }

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

extern char **environ;

static long run(void) {
    pid_t child;
    char *arguments[] = {"true", 0};
    int error = posix_spawnp(&child, "true", 0, 0, arguments, environ), status = 0;
    return error ? -error : waitpid(child, &status, 0) == child ? status : -errno;
}

static long wait_for_end(struct actor *actor, long us) {
    if (!actor || !shared->process[actor - actors]) return -1;
    struct pollfd polled = {pidfd_open(shared->process[actor - actors], 0), POLLIN, 0};
    if (polled.fd < 0) return -errno;
    struct timespec time = span(us);
    long ended = failed(ppoll(&polled, 1, us ? &time : 0, 0));
    close(polled.fd);
    return ended;
}

// The timer of a process or, where a thread is named, of that thread.
static long start_timer(int number, int of_thread, long us, long period) {
    timer_t timer;
    struct sigevent event = {.sigev_notify = of_thread ? SIGEV_THREAD_ID : SIGEV_SIGNAL, .sigev_signo = number};
    event._sigev_un._tid = gettid();
    struct itimerspec times = timer_of(us, period);
    return failed(timer_create(CLOCK_MONOTONIC, &event, &timer) ? -1 : timer_settime(timer, 0, &times, 0));
}

static long record_lock(int o, int kind) {
    if (!locks[o]) locks[o] = open(path['x'][o], O_RDWR | O_CLOEXEC);
    struct flock record = {.l_type = kind, .l_whence = SEEK_SET, .l_len = 1};
    return failed(fcntl(locks[o], kind == F_UNLCK ? F_SETLK : F_SETLKW, &record));
}

static long move(const char *from, const char *to, long size) {
    return failed(splice(end(from, 0), 0, end(to, 1), 0, size, 0));
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
    else if (IS("sigpoll")) {
        sigemptyset(&set);
        result = failed(ppoll(0, 0, first ? &time : 0, &set));
    }
    else if (IS("limit") && name) result = limit(name, size);
    else if (IS("shared")) result = wait_shared(0, first);
    else if (IS("edge")) result = wait_shared(1, first);
    else if (IS("splice") && words[2]) result = move(name, words[2], number(words[3]));
    else if (IS("ask") && name) result = ask(name, size);
    else if (IS("serve") && name) result = serve(name);
    else if (IS("fiforead") && name) result = read_fifo(name);
    else if (IS("fifowrite") && name) result = write_fifo(name, size);
    else if (IS("touch") && name) result = touch(name);
    else if (IS("load")) result = load(first);
    else if (IS("arm") && name) {
        struct itimerspec times = timer_of(size, number(words[3]));
        result = failed(timerfd_settime(end(name, 0), 0, &times, 0));
    }
    else if (IS("alarm")) {
        struct itimerval times = {{size / 1000000, size % 1000000}, {first / 1000000, first % 1000000}};
        result = failed(setitimer(ITIMER_REAL, &times, 0));
    }
    else if (IS("timer")) result = start_timer(SIGUSR1, 0, first, size);
    else if (IS("mytimer")) result = start_timer(SIGUSR2, 1, first, size);
    else if (IS("pidwait")) result = wait_for_end(find(name), size);
    else if (IS("run")) result = run();
    else if (IS("reclock")) result = record_lock(o, F_WRLCK);
    else if (IS("unreclock")) result = record_lock(o, F_UNLCK);
    else if (IS("flock")) {
        if (!locks[o]) locks[o] = open(path['x'][o], O_RDWR | O_CLOEXEC);
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
    prepare_objects();
    for (int o = 0; o < OBJECTS; o++) {
        pthread_mutex_init(&shared->mutex[o], &mutex);
        pthread_cond_init(&shared->cond[o], &cond);
        sem_init(&shared->sem[o], 1, 0);
    }
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, 0);
    sigaction(SIGALRM, &action, 0);
    action.sa_flags = 0;
    sigaction(SIGUSR2, &action, 0);
    signal(SIGPIPE, SIG_IGN);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    sigaddset(&set, SIGRTMIN + 1);
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
