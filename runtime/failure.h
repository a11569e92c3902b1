/* How the small programs around OpenSSL fail: one line on standard error, and exit status 1. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/err.h>

__attribute__((noreturn, format(printf, 1, 2)))
static void fail(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

/* Fails if an OpenSSL function has; the first entry of its queue is the cause. */
static void need(long is_done, const char *what)
{
    const char *reason;

    if (is_done > 0)
        return;
    reason = ERR_reason_error_string(ERR_get_error());
    fail("%s: %s", what, reason ? reason : "failed");
}
