// Shows what cpuid tells of what differs from run to run, and a random number as std::random_device makes it: by rdrand if
// the processor has it, and else by getrandom.
#include <cpuid.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((target("rdrnd"))) static unsigned long long by_instruction(void) {
    unsigned long long number;
    while (!__builtin_ia32_rdrand64_step(&number)) {}
    return number;
}

static void show(const char *name) {
    unsigned a, b, c, d;
    __cpuid(1, a, b, c, d);
    int has_random = c >> 30 & 1;
    printf("%s: rdrand %d, apic %u", name, has_random, b >> 24);
    __cpuid_count(7, 0, a, b, c, d);
    printf(", rdseed %d, rdpid %d", b >> 18 & 1, c >> 22 & 1);
    __cpuid_count(0xb, 0, a, b, c, d);
    printf(", x2apic %u, allowed %ld\n", d, syscall(SYS_arch_prctl, 0x1011, 0));
    unsigned long long number;
    if (has_random) {
        number = by_instruction();
    } else if (getrandom(&number, sizeof number, 0) < 0) {
        return;
    }
    printf("random %llx\n", number);
    fflush(stdout);
}

int main(int count, char **arguments) {
    show("main");
    if (count > 1) return 0;
    pid_t child = fork();
    if (child == 0) {
        show("child");
        execl("/proc/self/exe", arguments[0], "again", NULL);
    }
    waitpid(child, NULL, 0);
    return 0;
}
