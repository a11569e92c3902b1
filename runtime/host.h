/* Shared by the host's files. */
#ifndef HOST_H
#define HOST_H

#include <stddef.h>
#include <stdint.h>

#include <quickjs/quickjs.h>

int host_get_bytes(JSContext *ctx, JSValueConst value, uint8_t **data, size_t *length);
JSValue host_new_bytes(JSContext *ctx, const uint8_t *data, size_t length);

/* codec.c: adds sha256(), gzip(), gunzip() and unzstd() to `host`. */
void host_add_codecs(JSContext *ctx, JSValueConst host);

/* The memory of QuickJS (memory.c). */
extern const JSMallocFunctions host_memory;

#endif
