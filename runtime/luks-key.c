/*
 * Takes the key of an encrypted volume out of one of its key slots (LUKS1 On-Disk Format Specification
 * 1.2.3, LUKS2 On-Disk Format Specification 1.1.2).
 *
 *     luks-key DEVICE OFFSET KDF HASH ITERATIONS MEMORY LANES SALT
 *              CIPHER SLOT-KEY-SIZE AF-HASH STRIPES KEY-SIZE
 *              DIGEST-HASH DIGEST-ITERATIONS DIGEST-SALT DIGEST
 *
 * The passphrase comes by standard input, all of it to the end. KDF is `pbkdf2`, or `argon2i` or
 * `argon2id`, which have no hash; pbkdf2 has neither memory (KiB) nor lanes. CIPHER is a name of
 * OpenSSL's, such as `AES-256-XTS`; OFFSET, in bytes, is where the slot's area begins. Salts and the digest
 * are hexadecimal, and so is the key, which is on standard output.
 *
 * Exit status: 0, 1 with a line on standard error if something is wrong, or 2 if the passphrase does not
 * open this slot.
 *
 * A program of its own for the same reason as tls-client; what it has in memory ends with it.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/thread.h>

#include "failure.h"

enum {
    SECTOR = 512,
    IV_SIZE = 16,
    MAX_PASSPHRASE = 8192, /* cryptsetup's is 512 */
    MAX_SALT = 256,
    MAX_KEY = 256,
    MAX_STRIPES = 8000,
    WRONG_PASSPHRASE = 2,
};

enum argument {
    DEVICE = 1, OFFSET, KDF, HASH, ITERATIONS, MEMORY, LANES, SALT,
    CIPHER, SLOT_KEY_SIZE, AF_HASH, STRIPES, KEY_SIZE,
    DIGEST_HASH, DIGEST_ITERATIONS, DIGEST_SALT, DIGEST, ARGUMENTS_END
};

static char **arguments;

static uint64_t number(enum argument which, uint64_t least, uint64_t most)
{
    char *end;
    uint64_t value = strtoull(arguments[which], &end, 10);

    if (*arguments[which] == 0 || *end || value < least || value > most)
        fail("%s: not a number that is possible here", arguments[which]);
    return value;
}

static size_t bytes_of(enum argument which, unsigned char *bytes, size_t room)
{
    size_t length;

    need(OPENSSL_hexstr2buf_ex(bytes, room, &length, arguments[which], 0), "hexadecimal digits");
    return length;
}

static const EVP_MD *hash_of(enum argument which)
{
    const EVP_MD *hash = EVP_get_digestbyname(arguments[which]);

    if (!hash)
        fail("the hash %s is not known", arguments[which]);
    return hash;
}

static size_t read_passphrase(char *passphrase)
{
    size_t length = 0;
    ssize_t count;

    while ((count = read(0, passphrase + length, MAX_PASSPHRASE - length)) > 0)
        length += (size_t)count;
    if (count < 0)
        fail("cannot read the passphrase");
    return length;
}

static void derive_argon2(const char *passphrase, size_t length, unsigned char *key, size_t size)
{
    unsigned char salt[MAX_SALT];
    size_t salt_length = bytes_of(SALT, salt, sizeof salt);
    uint32_t iterations = (uint32_t)number(ITERATIONS, 1, UINT32_MAX);
    uint32_t memory = (uint32_t)number(MEMORY, 8, 4u << 20);
    uint32_t lanes = (uint32_t)number(LANES, 1, 64);
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, (char *)passphrase, length),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt, salt_length),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ITER, &iterations),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_MEMCOST, &memory),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_LANES, &lanes),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_THREADS, &lanes),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, arguments[KDF], NULL);
    EVP_KDF_CTX *context;

    need(kdf != NULL, arguments[KDF]);
    need(OSSL_set_max_threads(NULL, lanes), "threads");
    context = EVP_KDF_CTX_new(kdf);
    need(context != NULL, arguments[KDF]);
    need(EVP_KDF_derive(context, key, size, parameters), arguments[KDF]);
}

/* The key of the slot's area. */
static void derive(const char *passphrase, size_t length, unsigned char *key, size_t size)
{
    unsigned char salt[MAX_SALT];

    if (strcmp(arguments[KDF], "pbkdf2") != 0) {
        derive_argon2(passphrase, length, key, size);
        return;
    }
    need(PKCS5_PBKDF2_HMAC(passphrase, (int)length, salt, (int)bytes_of(SALT, salt, sizeof salt),
                           (int)number(ITERATIONS, 1, INT32_MAX), hash_of(HASH), (int)size, key),
         "pbkdf2");
}

static unsigned char *read_area(size_t size)
{
    unsigned char *area = malloc(size);
    int device = open(arguments[DEVICE], O_RDONLY | O_CLOEXEC);
    off_t offset = (off_t)number(OFFSET, 1, INT64_MAX);
    size_t length = 0;

    if (!area || device < 0)
        fail("%s: cannot be opened", arguments[DEVICE]);
    while (length < size) {
        ssize_t count = pread(device, area + length, size - length, offset + (off_t)length);

        if (count <= 0)
            fail("%s: the key slot cannot be read", arguments[DEVICE]);
        length += (size_t)count;
    }
    close(device);
    return area;
}

/* Each sector by itself, with its number, little-endian, as initialization vector: `plain64`. */
static void decrypt(unsigned char *area, size_t size, const unsigned char *key, size_t key_size)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, arguments[CIPHER], NULL);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();

    need(cipher && context, arguments[CIPHER]);
    if ((size_t)EVP_CIPHER_get_key_length(cipher) != key_size)
        fail("%s: the key has another size", arguments[CIPHER]);
    for (size_t sector = 0; sector < size / SECTOR; sector++) {
        unsigned char vector[IV_SIZE] = { 0 };
        unsigned char *data = area + sector * SECTOR;
        int length;

        for (size_t byte = 0; byte < sizeof sector; byte++)
            vector[byte] = (unsigned char)(sector >> (8 * byte));
        need(EVP_DecryptInit_ex2(context, cipher, key, vector, NULL), arguments[CIPHER]);
        need(EVP_CIPHER_CTX_set_padding(context, 0), arguments[CIPHER]);
        need(EVP_DecryptUpdate(context, data, &length, data, SECTOR), arguments[CIPHER]);
    }
    EVP_CIPHER_CTX_free(context);
}

/* Replaces each piece of the hash's size by the hash of its number, big-endian, and itself. */
static void diffuse(unsigned char *block, size_t size, const EVP_MD *hash)
{
    size_t step = (size_t)EVP_MD_get_size(hash);

    for (size_t at = 0, index = 0; at < size; at += step, index++) {
        unsigned char input[4 + EVP_MAX_MD_SIZE], output[EVP_MAX_MD_SIZE];
        size_t length = size - at < step ? size - at : step;

        for (int byte = 0; byte < 4; byte++)
            input[byte] = (unsigned char)(index >> (24 - 8 * byte));
        memcpy(input + 4, block + at, length);
        need(EVP_Digest(input, 4 + length, output, NULL, hash, NULL), "hash");
        memcpy(block + at, output, length);
    }
}

/* Puts the key together that was split so that it cannot be restored if a part of it is overwritten. */
static void merge(const unsigned char *area, size_t stripes, unsigned char *key, size_t size)
{
    const EVP_MD *hash = hash_of(AF_HASH);

    memset(key, 0, size);
    for (size_t stripe = 0; stripe < stripes; stripe++) {
        for (size_t byte = 0; byte < size; byte++)
            key[byte] ^= area[stripe * size + byte];
        if (stripe + 1 < stripes)
            diffuse(key, size, hash);
    }
}

static int is_right(const unsigned char *key, size_t size)
{
    unsigned char salt[MAX_SALT], digest[EVP_MAX_MD_SIZE], found[EVP_MAX_MD_SIZE];
    size_t length = bytes_of(DIGEST, digest, sizeof digest);

    need(PKCS5_PBKDF2_HMAC((const char *)key, (int)size, salt, (int)bytes_of(DIGEST_SALT, salt, sizeof salt),
                           (int)number(DIGEST_ITERATIONS, 1, INT32_MAX), hash_of(DIGEST_HASH), (int)length,
                           found),
         "digest");
    return length > 0 && CRYPTO_memcmp(digest, found, length) == 0;
}

int main(int count, char **words)
{
    static char passphrase[MAX_PASSPHRASE];
    unsigned char slot_key[MAX_KEY], key[MAX_KEY], *area;
    size_t slot_key_size, key_size, stripes, area_size, length;

    if (count != ARGUMENTS_END)
        fail("luks-key: it is for the OS itself");
    arguments = words;
    slot_key_size = number(SLOT_KEY_SIZE, 16, MAX_KEY);
    key_size = number(KEY_SIZE, 16, MAX_KEY);
    stripes = number(STRIPES, 1, MAX_STRIPES);
    area_size = (key_size * stripes + SECTOR - 1) / SECTOR * SECTOR;
    length = read_passphrase(passphrase);
    derive(passphrase, length, slot_key, slot_key_size);
    area = read_area(area_size);
    decrypt(area, area_size, slot_key, slot_key_size);
    merge(area, stripes, key, key_size);
    if (!is_right(key, key_size))
        return WRONG_PASSPHRASE;
    for (size_t byte = 0; byte < key_size; byte++)
        printf("%02x", key[byte]);
    return fflush(stdout) == 0 ? 0 : 1;
}
