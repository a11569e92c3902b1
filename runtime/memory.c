/*
 * Memory of QuickJS. Most of what it asks for is small and stays: functions, names and objects of the program. A start asks for
 * thousands of such blocks, for which glibc's malloc takes a fifth of the time that it lasts.
 *
 * So there is an arena, out of which small blocks are cut one behind the other. Those that are freed wait in lists by their size
 * for the next of that size. What is larger, and what comes when the arena is full, is malloc's, which can give memory back to
 * the kernel. Blocks are as large as malloc's, multiples of 16 with a word in front that has the size.
 */
#define _GNU_SOURCE
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "host.h"

enum {
    ARENA_BYTES = 1 << 20,
    /* Pages are asked for by so many bytes at once: a fault for each takes longer. */
    STEP_BYTES = 64 << 10,
    UNIT = 16,
    LARGEST = 512,
    HEADER = sizeof(size_t)
};

struct free_block {
    struct free_block *next;
};

static char arena[ARENA_BYTES] __attribute__((aligned(4096)));
/* The first block's header ends where it is aligned; what lies before `ready` has pages. */
static size_t used = HEADER, ready;
static struct free_block *free_blocks[LARGEST / UNIT + 1];

static int is_in_arena(const void *block)
{
    return (uintptr_t)block - (uintptr_t)arena < ARENA_BYTES;
}

/* Of the whole block, header included. */
static size_t *size_of(const void *block)
{
    return (size_t *)block - 1;
}

static size_t usable_size(const void *block)
{
    return !block ? 0 : is_in_arena(block) ? *size_of(block) - HEADER : malloc_usable_size((void *)block);
}

/* Cuts a block off; NULL if the arena is full. */
static char *cut(size_t whole)
{
    char *block = arena + used + HEADER;

    if (used + whole > ARENA_BYTES)
        return NULL;
    if (used + whole > ready) {
        /* If the kernel does not know it, the pages come by faults. */
        madvise(arena + ready, STEP_BYTES, MADV_POPULATE_WRITE);
        ready += STEP_BYTES;
    }
    used += whole;
    *size_of(block) = whole;
    return block;
}

static void *host_malloc(JSMallocState *state, size_t size)
{
    char *block = NULL;

    if (state->malloc_size + size > state->malloc_limit)
        return NULL;
    if (size <= LARGEST - HEADER) {
        size_t whole = size <= UNIT ? 2 * UNIT : (size + HEADER + UNIT - 1) & -(size_t)UNIT;
        struct free_block **list = &free_blocks[whole / UNIT];

        block = (char *)*list;
        if (block)
            *list = (*list)->next;
        else
            block = cut(whole);
        if (block) {
            state->malloc_count++;
            state->malloc_size += whole;
            return block;
        }
    }
    block = malloc(size);
    if (block) {
        state->malloc_count++;
        state->malloc_size += malloc_usable_size(block) + HEADER;
    }
    return block;
}

static void host_free(JSMallocState *state, void *block)
{
    struct free_block **list;

    if (!block)
        return;
    state->malloc_count--;
    state->malloc_size -= usable_size(block) + HEADER;
    if (!is_in_arena(block)) {
        free(block);
        return;
    }
    list = &free_blocks[*size_of(block) / UNIT];
    ((struct free_block *)block)->next = *list;
    *list = block;
}

static void *host_realloc(JSMallocState *state, void *block, size_t size)
{
    size_t old = usable_size(block);
    void *moved;

    if (!block)
        return size ? host_malloc(state, size) : NULL;
    if (!size) {
        host_free(state, block);
        return NULL;
    }
    if (state->malloc_size + size - old > state->malloc_limit)
        return NULL;
    if (is_in_arena(block)) {
        if (size <= old)
            return block;
        moved = host_malloc(state, size);
        if (!moved)
            return NULL;
        memcpy(moved, block, old);
        host_free(state, block);
        return moved;
    }
    moved = realloc(block, size);
    if (moved)
        state->malloc_size += malloc_usable_size(moved) - old;
    return moved;
}

const JSMallocFunctions host_memory = { host_malloc, host_free, host_realloc, usable_size };
