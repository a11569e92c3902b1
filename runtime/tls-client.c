/*
 * The client side of one TLS connection, as a filter between two sockets.
 *
 *     tls-client [--ca FILE]... [--certificate FILE --key FILE] [--insecure] HOST
 *
 * Standard input is a stream socket that carries the plaintext, both ways; the other end is the
 * caller's. Standard output is a TCP socket that is connected to the server. HOST, a name or an
 * IP address without brackets, is whom the server's certificate must be made out to.
 *
 * Trusted are the certificates in the PEM files of --ca and no others; --insecure trusts anyone.
 * --certificate (with its chain behind it) and --key are what the server may ask us for.
 *
 * Each direction closes by itself: shutdown(SHUT_WR) by the caller becomes a close_notify, and the
 * server's close_notify becomes an end of file. The program ends when both have closed, when the
 * caller has closed its socket altogether, or when something went wrong. Then the caller sees an
 * end of file or ECONNRESET behind what came in until then, one line is on standard error, and the
 * exit status tells what it was.
 *
 * It is a program of its own, linked dynamically, because the OS has OpenSSL anyway, for its
 * containers: in the squashfs the same library again takes no space.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

enum { PLAIN = STDIN_FILENO, SERVER = STDOUT_FILENO };

/* Exit statuses; src/linux has the same list. */
enum {
    FAILED = 1,    /* our own matter: arguments, files, memory */
    UNTRUSTED = 2, /* the server's certificate is not acceptable */
    REFUSED = 3,   /* no connection came about: not TLS, no common version, our certificate is missing */
    BROKEN = 4,    /* cut off or damaged later on: what has been received may not be all */
};

static const char *host;
static SSL *ssl;
static bool connected, received_any;

/* What poll is to wait for before the next attempt. */
static struct pollfd waits[] = { { .fd = PLAIN }, { .fd = SERVER } };

/* ---- ends ---------------------------------------------------------------- */

__attribute__((noreturn, format(printf, 2, 3)))
static void fail(int status, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fprintf(stderr, "%s: ", host ? host : "tls-client");
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(status);
}

/* Why an OpenSSL function has failed. The first entry of its queue is the cause. */
static const char *reason(void)
{
    unsigned long error = ERR_get_error();
    const char *text = ERR_SYSTEM_ERROR(error) ? strerror(ERR_GET_REASON(error)) : ERR_reason_error_string(error);

    if (!error)
        return errno ? strerror(errno) : "unexpected end of the connection";
    return text ? text : "unknown error";
}

/* Ends with what went wrong between the server and us. */
__attribute__((noreturn))
static void fail_connection(void)
{
    long verdict = SSL_get_verify_result(ssl);
    /* In TLS 1.3 the server judges our certificate after the handshake, as we see it: its alert is all that comes. */
    bool rejected = !received_any && ERR_GET_REASON(ERR_peek_error()) >= SSL_AD_REASON_OFFSET;

    if (verdict != X509_V_OK && SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE)
        fail(UNTRUSTED, "server certificate: %s", X509_verify_cert_error_string(verdict));
    if (!connected || rejected)
        fail(REFUSED, "TLS handshake: %s", reason());
    fail(BROKEN, "TLS connection: %s", reason());
}

/* ---- settings ------------------------------------------------------------ */

/* Docker knows no encrypted keys. Without this OpenSSL would ask the terminal. */
static int no_password(char *buffer, int size, int writing, void *data)
{
    return -1;
}

static SSL_CTX *new_context(void)
{
    SSL_CTX *context;

    /* openssl.cnf is for the administrator of a machine, not for this protocol between two programs. */
    if (!OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) || !(context = SSL_CTX_new(TLS_client_method())))
        fail(FAILED, "%s", reason());
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_default_passwd_cb(context, no_password);
    /* As in Go, and so in Docker: what is in a file of --ca is trusted, be it an intermediate or a server's own. */
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE);
    return context;
}

/* Applies the options of the command line and sets `host`. */
static void read_arguments(SSL_CTX *context, char **argument)
{
    bool certificate = false, key = false;

    for (; *argument && !strncmp(*argument, "--", 2); argument++) {
        const char *option = *argument, *file;

        if (!strcmp(option, "--insecure")) {
            SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
            continue;
        }
        if (!(file = *++argument))
            fail(FAILED, "%s needs a file", option);
        errno = 0;
        if (!strcmp(option, "--ca") ? !SSL_CTX_load_verify_file(context, file)
            : !strcmp(option, "--certificate") ? !(certificate = SSL_CTX_use_certificate_chain_file(context, file))
            : !strcmp(option, "--key") ? !(key = SSL_CTX_use_PrivateKey_file(context, file, SSL_FILETYPE_PEM))
            : (fail(FAILED, "unknown option %s", option), true))
            fail(FAILED, "%s: %s", file, reason());
    }
    if (!argument[0] || !*argument[0] || argument[1])
        fail(FAILED, "usage: tls-client [--ca FILE]... [--certificate FILE --key FILE] [--insecure] HOST");
    if (certificate != key)
        fail(FAILED, "--certificate and --key need each other");
    host = *argument;
}

/* A connection that accepts nobody but `host`. */
static SSL *new_connection(SSL_CTX *context)
{
    SSL *connection = SSL_new(context);

    if (!connection || !SSL_set_fd(connection, SERVER))
        fail(FAILED, "%s", reason());
    /* The common name is no place for a host name any more, and neither is a part of a label one for a wildcard. */
    SSL_set_hostflags(connection, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection), host))
        return connection; /* RFC 6066: an address is not sent as the server's name */
    if (!SSL_set1_host(connection, host) || !SSL_set_tlsext_host_name(connection, host))
        fail(FAILED, "not a host name");
    return connection;
}

/* ---- the relay ----------------------------------------------------------- */

/*
 * The results of the attempts below: positive, or 0 if the source has ended, or -1 if `waits` says
 * when to try again.
 */
static int tried_server(int result)
{
    switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_NONE:
        return result;
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    case SSL_ERROR_WANT_READ:
        waits[SERVER].events |= POLLIN;
        return -1;
    case SSL_ERROR_WANT_WRITE:
        waits[SERVER].events |= POLLOUT;
        return -1;
    default:
        fail_connection();
    }
}

static int tried_plain(ssize_t result, short event)
{
    if (result < 0 && errno != EAGAIN)
        exit(0); /* the caller is gone: nobody is left whom a message would help */
    if (result < 0)
        waits[PLAIN].events |= event;
    return (int)result;
}

static int read_plain(void *bytes, int size)
{
    return tried_plain(read(PLAIN, bytes, (size_t)size), POLLIN);
}

static int write_plain(const void *bytes, int size)
{
    return tried_plain(write(PLAIN, bytes, (size_t)size), POLLOUT);
}

static int close_plain(void)
{
    shutdown(PLAIN, SHUT_WR);
    return 1;
}

static int read_server(void *bytes, int size)
{
    int count = tried_server(SSL_read(ssl, bytes, size));

    received_any |= count > 0;
    return count;
}

static int write_server(const void *bytes, int size)
{
    return tried_server(SSL_write(ssl, bytes, size));
}

static int close_server(void)
{
    int result = SSL_shutdown(ssl);

    /* A server that has closed its direction may be gone by now; it misses nothing but our farewell. */
    return result >= 0 || SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN ? 1 : tried_server(result);
}

enum { PIECE_BYTES = SSL3_RT_MAX_PLAIN_LENGTH };

/* One direction, and its bytes that have been read but not written. */
struct flow {
    int (*read)(void *bytes, int size), (*write)(const void *bytes, int size), (*close)(void);
    unsigned char *bytes;
    int start, end;
    bool ended, closed;
};

static unsigned char inbound[PIECE_BYTES], outbound[PIECE_BYTES];
static struct flow to_caller = { read_server, write_plain, close_plain, .bytes = inbound };
static struct flow to_server = { read_plain, write_server, close_server, .bytes = outbound };

/* Takes one step. False: there is nothing to do before poll. */
static bool move(struct flow *flow)
{
    int result;

    ERR_clear_error(); /* what OpenSSL wants before each attempt, or it takes an old error for a new one */
    errno = 0;
    if (flow->start < flow->end) {
        result = flow->write(flow->bytes + flow->start, flow->end - flow->start);
        flow->start += result > 0 ? result : 0;
        return result > 0;
    }
    if (!flow->ended) {
        result = flow->read(flow->bytes, PIECE_BYTES);
        flow->ended = result == 0;
        flow->start = 0;
        flow->end = result > 0 ? result : 0;
        return result >= 0;
    }
    if (!flow->closed)
        return flow->closed = flow->close() > 0;
    return false;
}

/* Waits for what the attempts were short of. False: the caller is gone. */
static bool wait_for_change(void)
{
    /* When we have closed our side as well, the hangup of the socket means nothing and must not wake us. */
    waits[PLAIN].fd = to_caller.closed && !waits[PLAIN].events ? -1 : PLAIN;
    while (poll(waits, 2, -1) < 0)
        if (errno != EINTR)
            fail(FAILED, "poll: %s", strerror(errno));
    waits[PLAIN].events = waits[SERVER].events = 0;
    return to_caller.closed || !(waits[PLAIN].revents & POLLHUP);
}

static void relay(void)
{
    while (!to_caller.closed || !to_server.closed) {
        bool moved = move(&to_caller);

        moved |= move(&to_server);
        if (!moved && !wait_for_change()) {
            SSL_shutdown(ssl);
            return;
        }
    }
}

int main(int argc, char **argv)
{
    SSL_CTX *context = new_context();

    read_arguments(context, argv + 1);
    /* A record is all that is there to be sent; the kernel need not wait for more. */
    setsockopt(SERVER, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
    signal(SIGPIPE, SIG_IGN);
    /* This reaches nobody else: the caller's end of the pair is another socket, and the connection is ours alone. */
    if (fcntl(PLAIN, F_SETFL, O_RDWR | O_NONBLOCK) || fcntl(SERVER, F_SETFL, O_RDWR | O_NONBLOCK))
        fail(FAILED, "no socket: %s", strerror(errno));
    ssl = new_connection(context);
    while (tried_server(SSL_connect(ssl)) < 0)
        if (!wait_for_change())
            return 0;
    connected = true;
    relay();
    return 0;
}
