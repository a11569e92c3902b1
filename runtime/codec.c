/*
 * Streaming codecs for JavaScript: SHA-256 (libcrypto), gzip (zlib), zstd; and SHA-1, of what is short.
 *
 *     hash = host.sha256(); hash.update(bytes); hash.digest() → Uint8Array(32)
 *     host.sha1(bytes) → Uint8Array(20)
 *     codec = host.gzip() | host.gunzip() | host.unzstd()
 *     codec.step(input, output, isLast) → [bytes consumed, bytes produced, 1 if the stream is complete]
 *
 * The caller owns both buffers of a step, so a decompression bomb can never produce more than it asked for.
 */
#include <stdlib.h>

/* These functions by themselves, without the library's algorithms by name, take little room. They use what the processor has. */
#define OPENSSL_API_COMPAT 0x10100000L
#include <openssl/sha.h>
#include <zlib.h>
#include <zstd.h>

#include "host.h"

enum { GZIP_WINDOW = 15 + 16, GZIP_LEVEL = 6, GZIP_MEMORY = 8 };

struct step {
    uint8_t *in, *out;
    size_t in_length, out_length;
    size_t consumed, produced;
    int is_last, is_done;
    const char *error;
};

struct codec {
    void (*step)(struct codec *codec, struct step *step);
    void (*close)(struct codec *codec);
    union {
        z_stream zlib;
        ZSTD_DStream *zstd;
    };
};

static JSClassID sha256_class, codec_class;

/* ---- SHA-256 and SHA-1 ------------------------------------------------------------- */

static void sha256_finalizer(JSRuntime *rt, JSValue value)
{
    free(JS_GetOpaque(value, sha256_class));
}

static JSValue sha256_new(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    JSValue object = JS_NewObjectClass(ctx, (int)sha256_class);
    SHA256_CTX *hash = malloc(sizeof *hash);

    if (JS_IsException(object) || !hash)
        return JS_ThrowOutOfMemory(ctx);
    SHA256_Init(hash);
    JS_SetOpaque(object, hash);
    return object;
}

static JSValue sha256_update(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    SHA256_CTX *hash = JS_GetOpaque2(ctx, this_value, sha256_class);
    uint8_t *data;
    size_t length;

    if (!hash || host_get_bytes(ctx, argv[0], &data, &length))
        return JS_EXCEPTION;
    SHA256_Update(hash, data, length);
    return JS_UNDEFINED;
}

/* The digest of what was given so far; the hash can go on being updated. */
static JSValue sha256_digest(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    SHA256_CTX *hash = JS_GetOpaque2(ctx, this_value, sha256_class);
    uint8_t digest[SHA256_DIGEST_LENGTH];

    if (!hash)
        return JS_EXCEPTION;
    SHA256_CTX copy = *hash;
    SHA256_Final(digest, &copy);
    return host_new_bytes(ctx, digest, sizeof digest);
}

static JSValue sha1(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    uint8_t *data, digest[SHA_DIGEST_LENGTH];
    size_t length;
    SHA_CTX hash;

    if (host_get_bytes(ctx, argv[0], &data, &length))
        return JS_EXCEPTION;
    SHA1_Init(&hash);
    SHA1_Update(&hash, data, length);
    SHA1_Final(digest, &hash);
    return host_new_bytes(ctx, digest, sizeof digest);
}

/* ---- gzip and zstd ------------------------------------------------------- */

static void zlib_step(struct step *step, z_stream *stream, int (*run)(z_stream *, int))
{
    stream->next_in = step->in;
    stream->avail_in = (uInt)step->in_length;
    stream->next_out = step->out;
    stream->avail_out = (uInt)step->out_length;
    int result = run(stream, step->is_last ? Z_FINISH : Z_NO_FLUSH);
    step->consumed = step->in_length - stream->avail_in;
    step->produced = step->out_length - stream->avail_out;
    step->is_done = result == Z_STREAM_END;
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
        step->error = stream->msg ? stream->msg : "invalid gzip data";
}

static void gzip_step(struct codec *codec, struct step *step)
{
    zlib_step(step, &codec->zlib, deflate);
}

/* A gzip file may have several members (RFC 1952, 2.2): the end of one is the start of the next. */
static void gunzip_step(struct codec *codec, struct step *step)
{
    step->is_last = 0;
    zlib_step(step, &codec->zlib, inflate);
    if (step->is_done)
        inflateReset(&codec->zlib);
}

static void gzip_close(struct codec *codec)
{
    deflateEnd(&codec->zlib);
}

static void gunzip_close(struct codec *codec)
{
    inflateEnd(&codec->zlib);
}

static void unzstd_step(struct codec *codec, struct step *step)
{
    ZSTD_inBuffer in = { step->in, step->in_length, 0 };
    ZSTD_outBuffer out = { step->out, step->out_length, 0 };
    size_t result = ZSTD_decompressStream(codec->zstd, &out, &in);

    step->consumed = in.pos;
    step->produced = out.pos;
    step->is_done = result == 0;
    if (ZSTD_isError(result))
        step->error = ZSTD_getErrorName(result);
}

static void unzstd_close(struct codec *codec)
{
    ZSTD_freeDStream(codec->zstd);
}

static void codec_finalizer(JSRuntime *rt, JSValue value)
{
    struct codec *codec = JS_GetOpaque(value, codec_class);

    if (codec) {
        codec->close(codec);
        free(codec);
    }
}

enum { GZIP, GUNZIP, UNZSTD };

static JSValue codec_new(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int kind)
{
    struct codec *codec = calloc(1, sizeof *codec);
    int failed = !codec;

    if (!failed && kind == GZIP) {
        failed = deflateInit2(&codec->zlib, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
                              Z_DEFAULT_STRATEGY) != Z_OK;
        codec->step = gzip_step;
        codec->close = gzip_close;
    } else if (!failed && kind == GUNZIP) {
        failed = inflateInit2(&codec->zlib, GZIP_WINDOW) != Z_OK;
        codec->step = gunzip_step;
        codec->close = gunzip_close;
    } else if (!failed) {
        codec->zstd = ZSTD_createDStream();
        failed = !codec->zstd;
        codec->step = unzstd_step;
        codec->close = unzstd_close;
    }
    JSValue object = failed ? JS_EXCEPTION : JS_NewObjectClass(ctx, (int)codec_class);
    if (JS_IsException(object)) {
        free(codec);
        return JS_ThrowOutOfMemory(ctx);
    }
    JS_SetOpaque(object, codec);
    return object;
}

static JSValue codec_step(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    struct codec *codec = JS_GetOpaque2(ctx, this_value, codec_class);
    struct step step = { .is_last = JS_ToBool(ctx, argv[2]) };

    if (!codec || host_get_bytes(ctx, argv[0], &step.in, &step.in_length) ||
        host_get_bytes(ctx, argv[1], &step.out, &step.out_length))
        return JS_EXCEPTION;
    codec->step(codec, &step);
    if (step.error)
        return JS_ThrowTypeError(ctx, "%s", step.error);

    JSValue result = JS_NewArray(ctx);
    JS_SetPropertyUint32(ctx, result, 0, JS_NewInt64(ctx, (int64_t)step.consumed));
    JS_SetPropertyUint32(ctx, result, 1, JS_NewInt64(ctx, (int64_t)step.produced));
    JS_SetPropertyUint32(ctx, result, 2, JS_NewInt32(ctx, step.is_done));
    return result;
}

/* ---- classes ------------------------------------------------------------- */

static const JSCFunctionListEntry sha256_methods[] = {
    JS_CFUNC_DEF("update", 1, sha256_update),
    JS_CFUNC_DEF("digest", 0, sha256_digest),
};

static const JSCFunctionListEntry codec_methods[] = {
    JS_CFUNC_DEF("step", 3, codec_step),
};

static const JSCFunctionListEntry constructors[] = {
    JS_CFUNC_DEF("sha256", 0, sha256_new),
    JS_CFUNC_DEF("sha1", 1, sha1),
    JS_CFUNC_MAGIC_DEF("gzip", 0, codec_new, GZIP),
    JS_CFUNC_MAGIC_DEF("gunzip", 0, codec_new, GUNZIP),
    JS_CFUNC_MAGIC_DEF("unzstd", 0, codec_new, UNZSTD),
};

static void add_class(JSContext *ctx, JSClassID *id, const JSClassDef *definition,
                      const JSCFunctionListEntry *methods, int count)
{
    JSValue prototype = JS_NewObject(ctx);

    JS_NewClassID(id);
    JS_NewClass(JS_GetRuntime(ctx), *id, definition);
    JS_SetPropertyFunctionList(ctx, prototype, methods, count);
    JS_SetClassProto(ctx, *id, prototype);
}

void host_add_codecs(JSContext *ctx, JSValueConst host)
{
    static const JSClassDef sha256_definition = { "Sha256", .finalizer = sha256_finalizer };
    static const JSClassDef codec_definition = { "Codec", .finalizer = codec_finalizer };

    add_class(ctx, &sha256_class, &sha256_definition, sha256_methods,
              sizeof sha256_methods / sizeof *sha256_methods);
    add_class(ctx, &codec_class, &codec_definition, codec_methods, sizeof codec_methods / sizeof *codec_methods);
    JS_SetPropertyFunctionList(ctx, host, constructors, sizeof constructors / sizeof *constructors);
}
