/*
 * The host around QuickJS: everything of Paddock that is not TypeScript.
 *
 * It gives JavaScript one global object, `host` (declared for TypeScript in
 * src/linux/host.ts): raw system calls, fork, execve, addresses of buffers,
 * UTF-8, and the streaming codecs of codec.c. All knowledge of kernel
 * interfaces (numbers, structures, flags) is in src/linux/.
 *
 * The program that it runs is linked into the executable as modules of
 * bytecode. Built without one (-DCOMPILER) it is the compiler that makes them:
 *
 *     host-compiler module.js module.bin
 */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <zstd.h>

#include "host.h"

#if defined __x86_64__
#define ARCHITECTURE "x86_64"
#elif defined __aarch64__
#define ARCHITECTURE "aarch64"
#endif

enum { MAX_SYSCALL_ARGUMENTS = 6, JS_STACK_BYTES = 4 << 20, FIRST_COLLECTION_BYTES = 2 << 20 };

extern char **environ;

/* ---- values -------------------------------------------------------------- */

/* Finds the memory of an ArrayBuffer or a typed array. Returns 0, or -1 with a pending TypeError. */
int host_get_bytes(JSContext *ctx, JSValueConst value, uint8_t **data, size_t *length)
{
    size_t offset, size, element;
    JSValue buffer = JS_GetTypedArrayBuffer(ctx, value, &offset, length, &element);

    if (!JS_IsException(buffer)) {
        *data = JS_GetArrayBuffer(ctx, &size, buffer);
        JS_FreeValue(ctx, buffer);
        if (!*data)
            return -1;
        *data += offset;
        return 0;
    }
    JS_FreeValue(ctx, JS_GetException(ctx));
    *data = JS_GetArrayBuffer(ctx, length, value);
    return *data ? 0 : -1;
}

/* A Uint8Array with a copy of `data`. */
JSValue host_new_bytes(JSContext *ctx, const uint8_t *data, size_t length)
{
    JSValue buffer = JS_NewArrayBufferCopy(ctx, data, length);
    /* The constructor reads three arguments, however many it is told that there are. */
    JSValueConst arguments[] = { buffer, JS_UNDEFINED, JS_UNDEFINED };
    JSValue array;

    if (JS_IsException(buffer))
        return buffer;
    array = JS_NewTypedArray(ctx, 3, arguments, JS_TYPED_ARRAY_UINT8);
    JS_FreeValue(ctx, buffer);
    return array;
}

static void free_strings(JSContext *ctx, char **strings)
{
    for (size_t i = 0; strings[i]; i++)
        JS_FreeCString(ctx, strings[i]);
    free(strings);
}

/* A NULL-terminated vector of C strings, as execve wants it; NULL with a pending exception. */
static char **get_strings(JSContext *ctx, JSValueConst array)
{
    JSValue length_value = JS_GetPropertyStr(ctx, array, "length");
    char **strings;
    uint32_t length;

    if (JS_ToUint32(ctx, &length, length_value))
        return NULL;
    strings = calloc((size_t)length + 1, sizeof *strings);
    if (!strings) {
        JS_ThrowOutOfMemory(ctx);
        return NULL;
    }
    for (uint32_t i = 0; i < length; i++) {
        JSValue element = JS_GetPropertyUint32(ctx, array, i);
        strings[i] = (char *)JS_ToCString(ctx, element);
        JS_FreeValue(ctx, element);
        if (!strings[i]) {
            free_strings(ctx, strings);
            return NULL;
        }
    }
    return strings;
}

static JSValue new_strings(JSContext *ctx, char **strings)
{
    JSValue array = JS_NewArray(ctx);

    for (uint32_t i = 0; strings[i]; i++)
        JS_SetPropertyUint32(ctx, array, i, JS_NewString(ctx, strings[i]));
    return array;
}

/* ---- system calls -------------------------------------------------------- */

/*
 * One argument of a system call: a number or bigint as it is, a string as the address of its
 * bytes with a NUL behind (kept in *string until the call is over), a buffer as its address,
 * null or undefined as 0. Returns 0, or -1 with a pending exception.
 */
static int get_argument(JSContext *ctx, JSValueConst value, long *argument, const char **string)
{
    int64_t number;
    uint8_t *data;
    size_t length;

    if (JS_IsString(value)) {
        *string = JS_ToCStringLen(ctx, &length, value);
        if (!*string)
            return -1;
        if (strlen(*string) != length) {
            JS_ThrowTypeError(ctx, "a string for the kernel contains a NUL character");
            return -1;
        }
        *argument = (long)*string;
    } else if (JS_IsNull(value) || JS_IsUndefined(value)) {
        *argument = 0;
    } else if (JS_IsObject(value)) {
        if (host_get_bytes(ctx, value, &data, &length))
            return -1;
        *argument = (long)data;
    } else {
        if (JS_ToInt64Ext(ctx, &number, value))
            return -1;
        *argument = number;
    }
    return 0;
}

/* host.syscall(number, ...arguments): the result, or -errno. */
static JSValue host_syscall(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    long a[MAX_SYSCALL_ARGUMENTS] = { 0 };
    const char *strings[MAX_SYSCALL_ARGUMENTS] = { NULL };
    JSValue result = JS_EXCEPTION;
    int32_t number;
    int count = argc - 1;

    if (count < 0 || count > MAX_SYSCALL_ARGUMENTS)
        return JS_ThrowTypeError(ctx, "syscall takes a number and at most six arguments");
    if (JS_ToInt32(ctx, &number, argv[0]))
        return JS_EXCEPTION;
    for (int i = 0; i < count; i++)
        if (get_argument(ctx, argv[i + 1], &a[i], &strings[i]))
            goto done;
    long value = syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    result = JS_NewInt64(ctx, value == -1 ? -errno : value);
done:
    for (int i = 0; i < count; i++)
        if (strings[i])
            JS_FreeCString(ctx, strings[i]);
    return result;
}

/* host.fork(): 0 in the child, the child's pid in the parent, or -errno. */
static JSValue host_fork(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    pid_t pid = fork();

    return JS_NewInt32(ctx, pid < 0 ? -errno : pid);
}

/* host.execve(path, argv, envp): only returns if it failed, with -errno. */
static JSValue host_execve(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    const char *path = JS_ToCString(ctx, argv[0]);
    char **arguments = path ? get_strings(ctx, argv[1]) : NULL;
    char **environment = arguments ? get_strings(ctx, argv[2]) : NULL;
    JSValue result = JS_EXCEPTION;

    if (environment) {
        execve(path, arguments, environment);
        result = JS_NewInt32(ctx, -errno);
        free_strings(ctx, environment);
    }
    if (arguments)
        free_strings(ctx, arguments);
    if (path)
        JS_FreeCString(ctx, path);
    return result;
}

/* host.address(buffer): where its bytes lie in memory, for structures that hold pointers. */
static JSValue host_address(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    uint8_t *data;
    size_t length;

    if (host_get_bytes(ctx, argv[0], &data, &length))
        return JS_EXCEPTION;
    return JS_NewInt64(ctx, (int64_t)data);
}

/* ---- text ---------------------------------------------------------------- */

/* host.encode(string): its UTF-8 bytes. */
static JSValue host_encode(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    size_t length;
    const char *text = JS_ToCStringLen(ctx, &length, argv[0]);
    JSValue bytes;

    if (!text)
        return JS_EXCEPTION;
    bytes = host_new_bytes(ctx, (const uint8_t *)text, length);
    JS_FreeCString(ctx, text);
    return bytes;
}

/* host.decode(buffer): the text; what is not UTF-8 becomes U+FFFD. */
static JSValue host_decode(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    uint8_t *data;
    size_t length;

    if (host_get_bytes(ctx, argv[0], &data, &length))
        return JS_EXCEPTION;
    return JS_NewStringLen(ctx, (const char *)data, length);
}

/* ---- running JavaScript -------------------------------------------------- */

static void print_exception(JSContext *ctx)
{
    JSValue exception = JS_GetException(ctx);
    JSValue stack = JS_GetPropertyStr(ctx, exception, "stack");
    const char *message = JS_ToCString(ctx, exception);
    const char *trace = JS_IsString(stack) ? JS_ToCString(ctx, stack) : NULL;

    fprintf(stderr, "%s\n%s", message ? message : "exception", trace ? trace : "");
    JS_FreeCString(ctx, message);
    if (trace)
        JS_FreeCString(ctx, trace);
    JS_FreeValue(ctx, stack);
    JS_FreeValue(ctx, exception);
}

/* host.runJobs(): runs promise reactions until none is left. */
static JSValue host_run_jobs(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    JSContext *job_ctx;
    int result;

    while ((result = JS_ExecutePendingJob(JS_GetRuntime(ctx), &job_ctx)))
        if (result < 0)
            print_exception(job_ctx);
    return JS_UNDEFINED;
}

/* Tells host.onRejection(promise, reason, isHandled), if the program has set it. */
static void track_rejection(JSContext *ctx, JSValueConst promise, JSValueConst reason, JS_BOOL is_handled,
                            void *opaque)
{
    JSValueConst host = *(JSValue *)opaque;
    JSValue callback = JS_GetPropertyStr(ctx, host, "onRejection");
    JSValueConst arguments[] = { promise, reason, JS_NewBool(ctx, is_handled) };

    if (JS_IsFunction(ctx, callback)) {
        JSValue result = JS_Call(ctx, callback, JS_UNDEFINED, 3, arguments);
        if (JS_IsException(result))
            print_exception(ctx);
        JS_FreeValue(ctx, result);
    }
    JS_FreeValue(ctx, callback);
}

#ifdef COMPILER

static char *read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    char *text;
    long size;

    if (!file || fseek(file, 0, SEEK_END) || (size = ftell(file)) < 0)
        return NULL;
    rewind(file);
    text = malloc((size_t)size + 1);
    if (!text || fread(text, 1, (size_t)size, file) != (size_t)size)
        return NULL;
    text[size] = 0;
    fclose(file);
    *length = (size_t)size;
    return text;
}

/* What a module imports is another file, compiled by itself: an empty module stands for it. */
static JSModuleDef *load_module(JSContext *ctx, const char *name, void *opaque)
{
    return JS_NewCModule(ctx, name, NULL);
}

/* Compiles the module `source`, named by its path, into the bytecode file `target`. */
static int run_program(JSContext *ctx, int argc, char **argv)
{
    size_t length, size;
    char *source;
    uint8_t *bytecode;
    JSValue function;
    FILE *target;

    if (argc != 3) {
        fprintf(stderr, "usage: %s module.js module.bin\n", argv[0]);
        return 2;
    }
    source = read_file(argv[1], &length);
    if (!source) {
        perror(argv[1]);
        return 1;
    }
    JS_SetStripInfo(JS_GetRuntime(ctx), JS_STRIP_SOURCE);
    /* A module, since its functions share variables at no cost; those of a function are searched for one by one. */
    function = JS_Eval(ctx, source, length, argv[1], JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
    if (JS_IsException(function)) {
        print_exception(ctx);
        return 1;
    }
    bytecode = JS_WriteObject(ctx, &size, function, JS_WRITE_OBJ_BYTECODE);
    target = fopen(argv[2], "wb");
    if (!bytecode || !target || fwrite(bytecode, 1, size, target) != size || fclose(target)) {
        perror(argv[2]);
        return 1;
    }
    return 0;
}

static JSValue host_source_maps(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    return JS_NewString(ctx, "");
}

#else

/* The modules of the program, a table that the build makes. Its first is the one to run, its last has no name. */
struct module {
    const char *name;
    const uint8_t *bytecode, *end;
};
extern const struct module program[];
extern const char program_source_maps[], program_source_maps_end[];

static JSValue read_module(JSContext *ctx, const struct module *module)
{
    return JS_ReadObject(ctx, module->bytecode, (size_t)(module->end - module->bytecode), JS_READ_OBJ_BYTECODE);
}

/* Loads a module when the first one imports it. */
static JSModuleDef *load_module(JSContext *ctx, const char *name, void *opaque)
{
    for (const struct module *module = program; module->name; module++) {
        if (!strcmp(module->name, name)) {
            JSValue value = read_module(ctx, module);
            JSModuleDef *definition = JS_IsException(value) ? NULL : JS_VALUE_GET_PTR(value);
            /* The context keeps it. */
            JS_FreeValue(ctx, value);
            return definition;
        }
    }
    JS_ThrowReferenceError(ctx, "no module %s in the executable", name);
    return NULL;
}

/* Runs the program that is linked in. It ends by calling exit_group; coming back means success. */
static int run_program(JSContext *ctx, int argc, char **argv)
{
    JSValue module = read_module(ctx, program);
    JSValue result = JS_IsException(module) || JS_ResolveModule(ctx, module) ? JS_EXCEPTION
                                                                             : JS_EvalFunction(ctx, module);

    /* A module gives a promise of its end. */
    if (JS_PromiseState(ctx, result) == JS_PROMISE_REJECTED)
        result = JS_Throw(ctx, JS_PromiseResult(ctx, result));
    if (JS_IsException(result)) {
        print_exception(ctx);
        return 1;
    }
    return 0;
}

/* host.sourceMaps(): the source maps of the modules by their names (a JSON text), to name TypeScript lines in stacks. */
static JSValue host_source_maps(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    size_t compressed = (size_t)(program_source_maps_end - program_source_maps);
    size_t size = (size_t)ZSTD_getFrameContentSize(program_source_maps, compressed);
    char *text = malloc(size);
    JSValue maps;

    if (!text)
        return JS_ThrowOutOfMemory(ctx);
    size = ZSTD_decompress(text, size, program_source_maps, compressed);
    maps = ZSTD_isError(size) ? JS_ThrowInternalError(ctx, "source maps: %s", ZSTD_getErrorName(size))
                              : JS_NewStringLen(ctx, text, size);
    free(text);
    return maps;
}

#endif

/* host.trimMemory(): collects garbage, and gives the kernel back what is free. */
static JSValue host_trim_memory(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    JS_RunGC(JS_GetRuntime(ctx));
    malloc_trim(0);
    return JS_UNDEFINED;
}

static const JSCFunctionListEntry host_functions[] = {
    JS_CFUNC_DEF("syscall", 1, host_syscall),
    JS_CFUNC_DEF("fork", 0, host_fork),
    JS_CFUNC_DEF("execve", 3, host_execve),
    JS_CFUNC_DEF("address", 1, host_address),
    JS_CFUNC_DEF("encode", 1, host_encode),
    JS_CFUNC_DEF("decode", 1, host_decode),
    JS_CFUNC_DEF("runJobs", 0, host_run_jobs),
    JS_CFUNC_DEF("sourceMaps", 0, host_source_maps),
    JS_CFUNC_DEF("trimMemory", 0, host_trim_memory),
};

/*
 * The kernel drops signals for process 1 of a container that nobody has asked for yet. So docker-init asks for all of them
 * before anything else, and what comes while it starts waits for it.
 */
static void hold_signals_of_init(const char *name)
{
    size_t length = strlen(name), base = strlen("docker-init");
    sigset_t all;

    if (length < base || strcmp(name + length - base, "docker-init"))
        return;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
}

int main(int argc, char **argv)
{
    JSRuntime *rt = JS_NewRuntime2(&host_memory, NULL);
    JSContext *ctx = rt ? JS_NewContext(rt) : NULL;
    JSValue global, host;

    if (argc > 0)
        hold_signals_of_init(argv[0]);
    if (!ctx) {
        fprintf(stderr, "%s: out of memory\n", argv[0]);
        return 1;
    }
    JS_SetMaxStackSize(rt, JS_STACK_BYTES);
    /* QuickJS would look for garbage at a quarter of a megabyte, which the modules alone have, and which is no garbage. */
    JS_SetGCThreshold(rt, FIRST_COLLECTION_BYTES);
    host = JS_NewObject(ctx);
    JS_SetPropertyFunctionList(ctx, host, host_functions, sizeof host_functions / sizeof *host_functions);
    JS_SetPropertyStr(ctx, host, "arguments", new_strings(ctx, argv));
    JS_SetPropertyStr(ctx, host, "architecture", JS_NewString(ctx, ARCHITECTURE));
    JS_SetPropertyStr(ctx, host, "environment", new_strings(ctx, environ));
    host_add_codecs(ctx, host);
    JS_SetModuleLoaderFunc(rt, NULL, load_module, NULL);
    JS_SetHostPromiseRejectionTracker(rt, track_rejection, &host);
    global = JS_GetGlobalObject(ctx);
    JS_SetPropertyStr(ctx, global, "host", JS_DupValue(ctx, host));
    JS_FreeValue(ctx, global);
    return run_program(ctx, argc, argv);
}
