/* contact_wallet.c - addresses of coins, judged on the original text because upper and lower case differ. Base58Check:
 * the number written in 58 digits ends with four bytes of the double SHA-256 of what stands before. */
#include "record/contact_scan.h"

#include <openssl/sha.h>

#define BASE58_BYTES 25 /* version, 20 of hash, 4 of checksum */
#define BASE58_MIN 26
#define BASE58_MAX 34
#define HEX_LENGTH 42   /* 0x and 20 bytes */
#define BECH32_SHORT 42
#define BECH32_LONG 62

static int base58_digit(char c)
{
    static const char digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;

    return at != NULL ? (int)(at - digits) : -1;
}

/* The 25 bytes it stands for; false when it is no such number. */
static bool base58_decode(struct str s, unsigned char out[BASE58_BYTES])
{
    memset(out, 0, BASE58_BYTES);
    for (size_t i = 0; i < s.n; i++) {
        int carry = base58_digit(s.p[i]);
        if (carry < 0)
            return false;
        for (size_t k = BASE58_BYTES; k-- > 0;) {
            carry += out[k] * 58;
            out[k] = (unsigned char)(carry & 0xFF);
            carry >>= 8;
        }
        if (carry != 0)
            return false;
    }
    return true;
}

static bool passes_checksum(const unsigned char bytes[BASE58_BYTES])
{
    unsigned char once[SHA256_DIGEST_LENGTH], twice[SHA256_DIGEST_LENGTH];

    SHA256(bytes, BASE58_BYTES - 4, once);
    SHA256(once, sizeof(once), twice);
    return memcmp(twice, bytes + BASE58_BYTES - 4, 4) == 0;
}

/* TRON begins with T (0x41), Bitcoin with 1 (0x00) or 3 (0x05). */
static bool is_base58_address(struct str s)
{
    unsigned char bytes[BASE58_BYTES];

    if (s.n < BASE58_MIN || s.n > BASE58_MAX || strchr("T13", s.p[0]) == NULL || !base58_decode(s, bytes))
        return false;
    return (bytes[0] == 0x41 || bytes[0] == 0x00 || bytes[0] == 0x05) && passes_checksum(bytes);
}

static bool all_alnum(struct str s, bool hex)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = (char)(s.p[i] | 0x20);
        if (!ascii_is_digit(s.p[i]) && !(ascii_is_alpha(c) && (!hex || c <= 'f')))
            return false;
    }
    return true;
}

static bool is_wallet(struct str s)
{
    if (s.n == HEX_LENGTH && s.p[0] == '0' && (s.p[1] | 0x20) == 'x')
        return all_alnum((struct str){s.p + 2, s.n - 2}, true);
    if ((s.n == BECH32_SHORT || s.n == BECH32_LONG) && (str_starts(s, STR_LIT("bc1")) || str_starts(s, STR_LIT("BC1"))))
        return all_alnum(s, false);
    return is_base58_address(s);
}

bool scan_wallet(struct contact_scan *scan, const char *p, const char *token_end)
{
    struct str original;

    if (token_end - p < BASE58_MIN)
        return false;
    original = scan_original(scan, p, token_end);
    if (!is_wallet(original))
        return false;
    scan_keep(scan, CONTACT_WALLET, 0, p, token_end, original, (struct str){0});
    return true;
}
