// Shows the attributes that a tracer has set, as they are without one; with an argument it sets the strict mode of seccomp,
// by either call.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int count, char **arguments) {
    int counter = -1;
    printf("seccomp %d\n", prctl(PR_GET_SECCOMP));
    int result = prctl(PR_GET_TSC, &counter);
    printf("counter %d %d\n", result, counter);
    result = prctl(PR_GET_TSC, 8);
    printf("counter %d %d\n", result, errno);
    result = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 1, NULL);
    printf("with flags %d %d\n", result, errno);
    fflush(stdout);
    if (count > 1) {
        if (arguments[1][0] == 'p') {
            prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
        } else {
            syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, NULL);
        }
        if (write(1, "strict\n", 7) != 7) return 1;
        syscall(SYS_exit, 0);
    }
    return 0;
}
