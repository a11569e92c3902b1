/*
 * /init of the initrd: the first program of process 1. It mounts system.squashfs and executes the program in it that is
 * the OS (src/init/boot.ts), which thereby need not lie in memory uncompressed, as all files of the initrd do.
 *
 * If that fails there is nothing else to run, so what is left is a prompt that shows the kernel's log and stops the
 * machine. It has no C library, which would make it a hundred times larger.
 */
#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/loop.h>
#include <linux/mount.h>
#include <linux/reboot.h>

#ifndef __x86_64__
#error "system calls of this architecture are missing"
#endif

#define IMAGE "/system.squashfs"
#define ROOT "/newroot"
/* Where the executable is in the image (builder/rootfs.ts), and where it belongs. */
#define EXECUTABLE ROOT "/paddock"
#define PLACE ROOT "/usr/bin/paddock"
/* A link to the executable, since the name is that of the process. */
#define PROGRAM ROOT "/usr/bin/init"

enum { NUMBER_DIGITS = 20 };

/* ---- system calls -------------------------------------------------------- */

/* The result, or -errno. */
static long system_call(long number, long a, long b, long c, long d, long e)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                     : "rcx", "r11", "memory");
    return result;
}

static long open_file(const char *path, int flags)
{
    return system_call(__NR_openat, AT_FDCWD, (long)path, flags | O_CLOEXEC, 0, 0);
}

static long mount(const char *source, const char *target, const char *type, unsigned long flags, const char *options)
{
    return system_call(__NR_mount, (long)source, (long)target, (long)type, (long)flags, (long)options);
}

/* ---- text ---------------------------------------------------------------- */

static unsigned long length_of(const char *text)
{
    unsigned long length = 0;

    while (text[length])
        length++;
    return length;
}

static char *append(char *end, const char *text)
{
    while (*text)
        *end++ = *text++;
    *end = 0;
    return end;
}

static char *append_number(char *end, unsigned long number)
{
    char digits[NUMBER_DIGITS + 1], *start = digits + NUMBER_DIGITS;

    *start = 0;
    do
        *--start = (char)('0' + number % 10);
    while (number /= 10);
    return append(end, start);
}

static int is_word(const char *line, long length, const char *word)
{
    long i = 0;

    while (word[i] && i < length && line[i] == word[i])
        i++;
    return !word[i] && (i == length || line[i] == '\n' || line[i] == '\r' || line[i] == ' ');
}

static void say(const char *text)
{
    system_call(__NR_write, 1, (long)text, (long)length_of(text), 0, 0);
}

/* Does nothing if it cannot. */
static void write_file(const char *path, const char *text)
{
    long file = open_file(path, O_WRONLY);

    if (file < 0)
        return;
    system_call(__NR_write, file, (long)text, (long)length_of(text), 0, 0);
    system_call(__NR_close, file, 0, 0, 0, 0);
}

/* Adds a line, which begins with its priority (`<3>` is an error), to the kernel's log, and so to all its consoles. */
static void log_to_kernel(const char *line)
{
    write_file("/dev/kmsg", line);
}

/* ---- when it fails ------------------------------------------------------- */

/* Records are `PRIORITY,NUMBER,TIME,FLAGS;TEXT` (the kernel's Documentation/ABI/testing/dev-kmsg). */
static void show_kernel_log(void)
{
    static char record[8192];
    long log = open_file("/dev/kmsg", O_RDONLY | O_NONBLOCK), length;

    while ((length = system_call(__NR_read, log, (long)record, sizeof record - 1, 0, 0)) > 0) {
        char *text = record;

        record[length] = 0;
        while (*text && *text != ';')
            text++;
        if (*text)
            say(text + 1);
    }
    system_call(__NR_close, log, 0, 0, 0, 0);
}

static void stop(unsigned int how)
{
    system_call(__NR_sync, 0, 0, 0, 0, 0);
    system_call(__NR_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, how, 0, 0);
}

static const char *meaning(long error)
{
    switch (error) {
    case ENOENT:
        return ", no such file";
    case EIO:
        return ", it cannot be read";
    case ENOMEM:
        return ", not enough memory";
    case EINVAL:
        return ", invalid argument: it is damaged or incomplete";
    default:
        return "";
    }
}

/* Says what failed, and stays. */
static void __attribute__((noreturn)) fail(const char *action, const char *path, long result)
{
    static char message[256];
    static char line[128];
    char *end = append(message, "<3>paddock: cannot ");

    end = append(append(append(end, action), " "), path);
    end = append_number(append(end, " (error "), (unsigned long)-result);
    append(append(end, meaning(-result)), ")\n");
    log_to_kernel(message);
    for (;;) {
        long length;

        say("commands: dmesg, reboot, poweroff\nrescue> ");
        length = system_call(__NR_read, 0, (long)line, sizeof line, 0, 0);
        if (is_word(line, length, "dmesg"))
            show_kernel_log();
        else if (is_word(line, length, "reboot"))
            stop(LINUX_REBOOT_CMD_RESTART);
        else if (is_word(line, length, "poweroff"))
            stop(LINUX_REBOOT_CMD_POWER_OFF);
        else if (length <= 0)
            /* There is no console. */
            system_call(__NR_pause, 0, 0, 0, 0, 0);
    }
}

/* ---- the way to the program ---------------------------------------------- */

/* Loads a module, whose file is not needed any more then. */
static void load_module(const char *path, const char *parameters)
{
    long file = open_file(path, O_RDONLY);
    long result = file < 0 ? file : system_call(__NR_finit_module, file, (long)parameters, 0, 0, 0);

    if (result < 0)
        fail("load", path, result);
    system_call(__NR_close, file, 0, 0, 0, 0);
    system_call(__NR_unlinkat, AT_FDCWD, (long)path, 0, 0, 0);
}

/* Mounts the image by a loop device (loop(4)), of which it is the only user. */
static void mount_image(void)
{
    static struct loop_config configuration = { .info.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR };
    char device[sizeof "/dev/loop" + NUMBER_DIGITS];
    long image = open_file(IMAGE, O_RDONLY), control = open_file("/dev/loop-control", O_RDWR), number, loop, result;

    if (image < 0)
        fail("open", IMAGE, image);
    number = system_call(__NR_ioctl, control, LOOP_CTL_GET_FREE, 0, 0, 0);
    if (number < 0)
        fail("make", "a loop device", number);
    append_number(append(device, "/dev/loop"), (unsigned long)number);
    loop = open_file(device, O_RDONLY);
    if (loop < 0)
        fail("open", device, loop);
    configuration.fd = (unsigned int)image;
    append((char *)configuration.info.lo_file_name, IMAGE);
    result = system_call(__NR_ioctl, loop, LOOP_CONFIGURE, (long)&configuration, 0, 0);
    if (result < 0)
        fail("set up", device, result);
    system_call(__NR_mkdirat, AT_FDCWD, (long)ROOT, 0755, 0, 0);
    result = mount(device, ROOT, "squashfs", MS_RDONLY, 0);
    if (result < 0)
        fail("mount", IMAGE, result);
    result = mount(EXECUTABLE, PLACE, 0, MS_BIND, 0);
    if (result < 0)
        fail("mount", EXECUTABLE, result);
    /* The other descriptors close when the program is executed. */
    system_call(__NR_close, loop, 0, 0, 0, 0);
}

/* The stack of a new process: the number of arguments, these with a 0 behind, and the environment (System V ABI). */
void __attribute__((noreturn, used)) start(long *stack)
{
    char **arguments = (char **)(stack + 1), **environment = arguments + stack[0] + 1;

    mount("devtmpfs", "/dev", "devtmpfs", MS_NOSUID, "mode=755");
    log_to_kernel("<6>paddock: init\n");
    mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, 0);
    /*
     * The kernel shall not take its time when it waits until nobody uses something any more (RCU), which it does at every
     * module and mount, control group and network namespace that a container has. The kernel word
     * rcupdate.rcu_normal=1 takes precedence.
     */
    write_file("/sys/kernel/rcu_expedited", "1");
    /* Each device that is made in advance takes 100 KB. */
    load_module("/loop.ko", "max_loop=0");
    load_module("/squashfs.ko", "");
    mount_image();
    fail("execute", PROGRAM,
         system_call(__NR_execve, (long)PROGRAM, (long)arguments, (long)environment, 0, 0));
}

__asm__(".globl _start\n_start: xor %ebp, %ebp\n mov %rsp, %rdi\n and $-16, %rsp\n call start\n");
