/*
 * Makes certificates (RFC 5280) for engines that listen with TLS, and for their clients.
 *
 *     tls-certificate authority NAME              an authority of its own
 *     tls-certificate server|client NAME [HOST]...   a certificate that the authority signs
 *
 * NAME is the organization, for people to read. A server's certificate is made out to each HOST, a
 * name or an IP address; a client's is to nobody in particular.
 *
 * The authority's certificate and private key come by standard input, in PEM and in any order. On
 * standard output are the new certificate and, behind it, its private key, in PEM (PKCS 8). So no key
 * lies in a file because of this program. If something is wrong there is nothing on standard output,
 * one line is on standard error, and the exit status is 1.
 *
 * A program of its own for the same reason as tls-client.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "failure.h"

enum {
    SERIAL_BYTES = 16,
    DAY_SECONDS = 86400,
    AUTHORITY_DAYS = 3650,
    CERTIFICATE_DAYS = 1080, /* as in RancherOS */
};

/* What signs: an authority that is there already, or the new one itself. */
struct authority {
    X509 *certificate;
    EVP_PKEY *key;
};

/* Keys with a password are none: without this OpenSSL would ask the terminal. */
static int no_password(char *buffer, int size, int writing, void *data)
{
    return -1;
}

static struct authority read_authority(void)
{
    char text[65536];
    size_t length = fread(text, 1, sizeof text, stdin);
    BIO *certificate = BIO_new_mem_buf(text, (int)length), *key = BIO_new_mem_buf(text, (int)length);
    struct authority authority;

    need(certificate && key, "memory");
    authority.certificate = PEM_read_bio_X509(certificate, NULL, no_password, NULL);
    need(authority.certificate != NULL, "certificate of the authority");
    authority.key = PEM_read_bio_PrivateKey(key, NULL, no_password, NULL);
    need(authority.key != NULL, "private key of the authority");
    need(X509_check_private_key(authority.certificate, authority.key), "certificate and key of the authority");
    if (!X509_check_ca(authority.certificate))
        fail("certificate of the authority: it is not one of an authority");
    return authority;
}

static void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *extension;

    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    need(extension && X509_add_ext(certificate, extension, -1), OBJ_nid2sn(nid));
    X509_EXTENSION_free(extension);
}

/* Whom a server's certificate is made out to: RFC 5280, section 4.2.1.6. */
static void add_hosts(X509 *certificate, char **hosts)
{
    GENERAL_NAMES *names = GENERAL_NAMES_new();

    need(names != NULL, "memory");
    for (; *hosts; hosts++) {
        ASN1_OCTET_STRING *address = a2i_IPADDRESS(*hosts);
        int type = address ? GEN_IPADD : GEN_DNS;
        GENERAL_NAME *name;

        ASN1_OCTET_STRING_free(address);
        ERR_clear_error();
        name = a2i_GENERAL_NAME(NULL, NULL, NULL, type, *hosts, 0);
        need(name && sk_GENERAL_NAME_push(names, name), *hosts);
    }
    need(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, 0), "hosts");
    GENERAL_NAMES_free(names);
}

/* With all that is the same for every certificate but its issuer. */
static X509 *new_certificate(EVP_PKEY *key, const char *organization, const char *common_name, int days)
{
    X509 *certificate = X509_new();
    unsigned char bytes[SERIAL_BYTES];
    BIGNUM *serial;
    X509_NAME *subject;

    need(certificate && X509_set_version(certificate, X509_VERSION_3), "certificate");
    need(RAND_bytes(bytes, sizeof bytes), "random numbers");
    bytes[0] &= 0x7f; /* RFC 5280: a serial number is positive */
    serial = BN_bin2bn(bytes, sizeof bytes, NULL);
    need(serial && BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate)), "serial number");
    BN_free(serial);
    /* Clocks of other machines may be behind. */
    need(X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY_SECONDS) != NULL, "time");
    need(X509_gmtime_adj(X509_getm_notAfter(certificate), (long)days * DAY_SECONDS) != NULL, "time");
    need(X509_set_pubkey(certificate, key), "key");
    subject = X509_get_subject_name(certificate);
    need(X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8, (const unsigned char *)organization, -1, -1, 0),
         organization);
    need(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1, 0),
         common_name);
    return certificate;
}

/* The digest is the key's own matter where it allows no other, as with Ed25519. */
static void sign(X509 *certificate, EVP_PKEY *key)
{
    char digest[32];
    bool is_fixed = EVP_PKEY_get_default_digest_name(key, digest, sizeof digest) == 2 && !strcmp(digest, "UNDEF");

    need(X509_sign(certificate, key, is_fixed ? NULL : EVP_sha256()), "signature");
}

int main(int argc, char **argv)
{
    const char *kind = argc > 2 ? argv[1] : "";
    bool is_authority = !strcmp(kind, "authority"), is_server = !strcmp(kind, "server");
    struct authority authority;
    EVP_PKEY *key;
    X509 *certificate;

    if (!is_authority && !is_server && strcmp(kind, "client"))
        fail("usage: tls-certificate authority|server|client NAME [HOST]...");
    key = EVP_EC_gen("P-256");
    need(key != NULL, "new key");
    certificate = new_certificate(key, argv[2], is_server && argv[3] && strlen(argv[3]) <= 64 ? argv[3] : kind,
                                  is_authority ? AUTHORITY_DAYS : CERTIFICATE_DAYS);
    authority = is_authority ? (struct authority){ certificate, key } : read_authority();
    need(X509_set_issuer_name(certificate, X509_get_subject_name(authority.certificate)), "issuer");
    add_extension(certificate, authority.certificate, NID_basic_constraints,
                  is_authority ? "critical,CA:TRUE,pathlen:0" : "critical,CA:FALSE");
    add_extension(certificate, authority.certificate, NID_key_usage,
                  is_authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
    add_extension(certificate, authority.certificate, NID_subject_key_identifier, "hash");
    if (!is_authority) {
        add_extension(certificate, authority.certificate, NID_authority_key_identifier, "keyid");
        add_extension(certificate, authority.certificate, NID_ext_key_usage, is_server ? "serverAuth" : "clientAuth");
    }
    if (is_server && argv[3])
        add_hosts(certificate, argv + 3);
    sign(certificate, authority.key);
    need(PEM_write_X509(stdout, certificate), "output");
    need(PEM_write_PKCS8PrivateKey(stdout, key, NULL, NULL, 0, NULL, NULL), "output");
    need(fflush(stdout) == 0, "output");
    return 0;
}
