/* fingerprint.c - ids and fingerprints of warnings. Every part of a hash stands behind its length or has a fixed one,
 * so that no two lists of parts give the same bytes. */
#include "record/warning.h"
#include "core/err.h"
#include "core/utf8.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <xxhash.h>

#define DIGEST_BYTES 32
#define ID_BYTES 16

/* ---- SHA-256 over parts ------------------------------------------------------------------------------------------ */

/* OpenSSL's context of a MAC with its key, made once: looking the algorithm up costs more than the hashing does. */
static EVP_MAC_CTX *new_hmac(struct str key)
{
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0),
                           OSSL_PARAM_construct_end()};
    EVP_MAC *mac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
    EVP_MAC_CTX *ctx = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;

    EVP_MAC_free(mac); /* the context holds it */
    if (ctx != NULL && EVP_MAC_init(ctx, (const unsigned char *)key.p, key.n, params) != 1) {
        EVP_MAC_CTX_free(ctx);
        ctx = NULL;
    }
    return ctx;
}

int warning_hasher_init(struct warning_hasher *hasher, struct str key)
{
    *hasher = (struct warning_hasher){
        .sha256 = EVP_MD_CTX_new(), .hmac = key.n > 0 ? new_hmac(key) : NULL, .key = key};
    if (hasher->sha256 != NULL && EVP_DigestInit_ex(hasher->sha256, EVP_sha256(), NULL) == 1 &&
        (key.n == 0 || hasher->hmac != NULL))
        return 0;
    warning_hasher_fini(hasher);
    return -TS_EINVAL;
}

void warning_hasher_fini(struct warning_hasher *hasher)
{
    EVP_MD_CTX_free(hasher->sha256);
    EVP_MAC_CTX_free(hasher->hmac);
    *hasher = (struct warning_hasher){0};
}

/* A context that was made allocates nothing any more. Ids that are not told apart would lose warnings. */
static void must(int done)
{
    assert(done == 1);
    (void)done;
}

static void hash_begin(struct warning_hasher *hasher, const char *purpose)
{
    must(EVP_DigestInit_ex(hasher->sha256, NULL, NULL)); /* the same digest again */
    must(EVP_DigestUpdate(hasher->sha256, purpose, strlen(purpose) + 1));
}

static void hash_u64(struct warning_hasher *hasher, uint64_t value)
{
    unsigned char bytes[8];

    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(value >> (56 - 8 * i));
    must(EVP_DigestUpdate(hasher->sha256, bytes, sizeof(bytes)));
}

static void hash_str(struct warning_hasher *hasher, struct str s)
{
    hash_u64(hasher, s.n);
    if (s.n > 0)
        must(EVP_DigestUpdate(hasher->sha256, s.p, s.n));
}

static void hash_end(struct warning_hasher *hasher, char out[33])
{
    unsigned char digest[DIGEST_BYTES] = {0};

    must(EVP_DigestFinal_ex(hasher->sha256, digest, NULL));
    hex_write(digest, 2 * ID_BYTES, out);
}

void warning_id_kafka(struct warning_hasher *hasher, struct str cluster, struct str topic, int32_t partition,
                      int64_t offset, uint32_t sub, int64_t kafka_timestamp_ms, char out[33])
{
    hash_begin(hasher, "telsieve kafka");
    hash_str(hasher, cluster);
    hash_str(hasher, topic);
    hash_u64(hasher, (uint64_t)(int64_t)partition);
    hash_u64(hasher, (uint64_t)offset);
    hash_u64(hasher, sub);
    hash_u64(hasher, (uint64_t)kafka_timestamp_ms);
    hash_end(hasher, out);
}

void warning_id_file(struct warning_hasher *hasher, struct str file, uint64_t line, uint32_t sub, char out[33])
{
    hash_begin(hasher, "telsieve file");
    hash_str(hasher, file);
    hash_u64(hasher, line);
    hash_u64(hasher, sub);
    hash_end(hasher, out);
}

void warning_hash(struct warning_hasher *hasher, const struct str *parts, size_t nparts, char out[33])
{
    hash_begin(hasher, "telsieve parts");
    hash_u64(hasher, nparts);
    for (size_t i = 0; i < nparts; i++)
        hash_str(hasher, parts[i]);
    hash_end(hasher, out);
}

/* ---- HMAC -------------------------------------------------------------------------------------------------------- */

void warning_hmac(struct warning_hasher *hasher, struct str data, unsigned hex_digits, char *out)
{
    unsigned char digest[DIGEST_BYTES];
    size_t n = 0;

    assert(hex_digits <= 2 * DIGEST_BYTES);
    out[0] = '\0';
    /* with the key: without it OpenSSL 3.0.0 to 3.0.2 does not begin anew */
    if (hasher->hmac != NULL &&
        EVP_MAC_init(hasher->hmac, (const unsigned char *)hasher->key.p, hasher->key.n, NULL) == 1 &&
        EVP_MAC_update(hasher->hmac, (const unsigned char *)(data.n > 0 ? data.p : ""), data.n) == 1 &&
        EVP_MAC_final(hasher->hmac, digest, &n, sizeof(digest)) == 1)
        hex_write(digest, hex_digits, out);
}

/* ---- simhash ----------------------------------------------------------------------------------------------------- */

/* The next character; a run of digits counts as one digit, so that sums and numbers do not tell texts apart. */
static size_t next_masked(const char *p, const char *end, uint32_t *cp)
{
    const char *q = p;

    while (q < end && *q >= '0' && *q <= '9')
        q++;
    if (q > p) {
        *cp = '0';
        return (size_t)(q - p);
    }
    return utf8_decode(p, end, cp);
}

#define VOTES_MAX 255 /* of a lane */

/* How often each of 64 bits was set: a byte of votes for each, eight to a word, until they may be full. */
struct votes {
    uint64_t lanes[8];
    uint32_t unsaved; /* pairs counted in the lanes, */
    uint32_t pairs;   /* and in all */
    uint32_t set[64];
};

static void save_votes(struct votes *votes)
{
    for (unsigned i = 0; i < 64; i++)
        votes->set[i] += (uint32_t)(votes->lanes[i / 8] >> i % 8 * 8 & 0xFF);
    memset(votes->lanes, 0, sizeof(votes->lanes));
    votes->unsaved = 0;
}

/* The eight bits of a byte, each in a byte of its own, the lowest first. */
static uint64_t spread(uint64_t byte)
{
    uint64_t bits = byte * UINT64_C(0x0101010101010101) & UINT64_C(0x8040201008040201);

    return (bits + UINT64_C(0x00406070787C7E7F)) >> 7 & UINT64_C(0x0101010101010101);
}

static void vote(struct votes *votes, uint32_t first, uint32_t second)
{
    unsigned char pair[8];
    uint64_t hash;

    for (int i = 0; i < 4; i++) {
        pair[i] = (unsigned char)(first >> 8 * i);
        pair[4 + i] = (unsigned char)(second >> 8 * i);
    }
    hash = XXH3_64bits(pair, sizeof(pair));
    for (unsigned i = 0; i < 8; i++)
        votes->lanes[i] += spread(hash >> 8 * i & 0xFF);
    votes->pairs++;
    if (++votes->unsaved == VOTES_MAX)
        save_votes(votes);
}

/* Charikar's simhash: near texts differ in few bits. */
void warning_simhash(struct str canonical_text, char out[17])
{
    const char *p = canonical_text.p, *end = p + canonical_text.n;
    struct votes votes = {0};
    uint32_t before = 0, cp = 0;
    unsigned char bytes[8];
    uint64_t hash = 0;

    while (p < end) {
        p += next_masked(p, end, &cp);
        vote(&votes, before, cp);
        before = cp;
    }
    save_votes(&votes);
    for (int i = 0; i < 64; i++)
        hash |= (uint64_t)(2 * (uint64_t)votes.set[i] > votes.pairs) << i; /* more for it than against */
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(hash >> (56 - 8 * i));
    hex_write(bytes, 16, out);
}
