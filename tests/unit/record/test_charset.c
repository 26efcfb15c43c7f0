/* User data to text: each alphabet, each dcs group, each sign of a wrong coding. */
#include "core/err.h"
#include "core/utf8.h"
#include "record/base64.h"
#include "record/charset.h"
#include "record/gsm7.h"
#include "../setup.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const outcomes[] = {[CHARSET_TEXT] = "text", [CHARSET_REPAIRED] = "repaired",
                                       [CHARSET_NO_TEXT] = "no text"};

/* "text: 你好" for octets given in hex. */
static const char *read_octets(int64_t dcs, size_t udh_bytes, const char *hex, char *told, size_t size)
{
    struct charset charset;
    size_t n = strlen(hex) / 2, len;
    char *octets = malloc(n + 1), *out = malloc(charset_max_bytes(n));
    enum charset_result result;

    for (size_t i = 0; i < n; i++) {
        unsigned value;
        ck_assert_int_eq(sscanf(hex + 2 * i, "%2x", &value), 1);
        octets[i] = (char)value;
    }
    charset_init(&charset);
    result = charset_decode(&charset, dcs, udh_bytes, (struct str){octets, n}, out, &len);
    ck_assert_uint_le(len, charset_max_bytes(n));
    ck_assert(utf8_valid((struct str){out, len}));
    snprintf(told, size, "%s: %.*s", outcomes[result], (int)len, out);
    charset_fini(&charset);
    free(octets);
    free(out);
    return told;
}

static const struct {
    int dcs;
    unsigned udh_bytes;
    const char *hex, *expected;
} texts[] = {
    /* UCS-2 */
    {8, 0, "4F60597D", "text: 你好"},
    {8, 0, "D83DDE004F60", "text: 😀你"},
    {8, 0, "FEFF4F60", "text: 你"},
    {8, 0, "", "text: "},
    {8, 0, "D83D4F60", "repaired: �你"},
    {8, 0, "4F60597D62", "repaired: 你好�"},
    {8, 0, "604F7D59", "text: 恏絙"},                     /* swapped, and nothing tells it */
    {8, 0, "FFFE604F7D59", "text: 你好"},                 /* UTF-16LE by its mark */
    {8, 0, "C4FABAC3A3ACB3C7D0C541", "text: 您好，城信A"}, /* GB 18030, odd */
    {8, 0, "00E900E800EA4F", "repaired: éèê�"}, /* odd, foreign, and no GB 18030 */
    {8, 0, "4F6000000000", "no text: "},
    {0x18, 0, "4F60", "text: 你"}, /* class 0 */
    {0x48, 0, "4F60", "text: 你"},
    {0xE8, 0, "4F60", "text: 你"},
    /* GB 18030 */
    {15, 0, "C4E3BAC3", "text: 你好"},
    {15, 0, "8130813081308130", "text: \xC2\x80\xC2\x80"}, /* four bytes a character */
    {15, 0, "95328236", "text: 𠀀"},
    {15, 0, "C4E3BA", "repaired: 你�"},
    {15, 0, "C4E3FF41C4E3", "repaired: 你�A你"},
    {15, 0, "00480069", "text: Hi"}, /* UCS-2 */
    {15, 0, "C4E300BAC3", "repaired: 你�好"},
    /* one octet a character */
    {0, 0, "48692C20796F75", "text: Hi, you"},
    {0, 0, "4000020A1B65", "text: ¡@$\n€"},
    {0, 0, "00480069", "text: Hi"},
    {0, 0, "7573657200686F73", "text: user@hos"}, /* NUL is @ in GSM 7 bit */
    {1, 0, "436166E9", "text: Café"},
    {3, 0, "436166E9", "text: Café"},
    {3, 0, "0001020304", "no text: "},
    /* packed septets */
    {0, 0, "E8329BFD4697D9EC37", "text: hellohello"},
    {0, 0, "C834", "text: Hi"},
    {0, 0, "31D98C56B3DD1A", "text: 1234567"},
    {0, 0, "31D98C56B3DD00", "text: 1234567"},
    {0, 0, "9B32", "text: €"},
    {0, 7, "E8329BFD06", "text: hello"},
    {0, 6, "D06536FB0D", "text: hello"},
    {0x11, 0, "C834", "text: Hi"},
    {0xC8, 0, "C834", "text: Hi"},
    {0xF1, 0, "C834", "text: Hi"},
    {0x80, 0, "C834", "text: Hi"},
    /* no text */
    {4, 0, "4F60", "no text: "},
    {0xF5, 0, "4F60", "no text: "},
    {0x28, 0, "4F60", "no text: "}, /* compressed */
    {256, 0, "4F60", "no text: "},
    {-1, 0, "4F60", "no text: "},
};

START_TEST(octets_become_text)
{
    char told[256];

    ck_assert_str_eq(read_octets(texts[_i].dcs, texts[_i].udh_bytes, texts[_i].hex, told, sizeof(told)),
                     texts[_i].expected);
}
END_TEST

/* The whole default alphabet as 3GPP TS 23.038 prints it, column by column. */
START_TEST(the_default_alphabet_is_that_of_the_standard)
{
    static const char expected[] = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
    static const char extension[] = "\x1B\x0A\x1B\x14\x1B\x28\x1B\x29\x1B\x2F\x1B\x3C\x1B\x3D\x1B\x3E\x1B\x40\x1B\x65";
    char octets[127], out[512];
    size_t n = 0;

    for (int c = 0; c < 128; c++)
        if (c != 0x1B)
            octets[n++] = (char)c;
    n = gsm7_unpacked((struct str){octets, n}, out);
    ck_assert(str_eqz((struct str){out, n}, expected));
    n = gsm7_unpacked(STR_LIT(extension), out);
    ck_assert(str_eqz((struct str){out, n}, "\f^{}\\[~]|€"));
    n = gsm7_unpacked(STR_LIT("\x1B" "A\x1B\x1B" "\x1B"), out); /* no extension: the character behind a space */
    ck_assert(str_eqz((struct str){out, n}, " A   "));
}
END_TEST

/* What is packed comes out again, from every position of the septet boundary. */
START_TEST(packed_septets_are_found_behind_any_fill)
{
    static const char text[] = "The quick brown fox jumps over it";

    for (unsigned fill = 0; fill < 7; fill++) {
        for (size_t chars = 1; chars < sizeof(text); chars++) {
            unsigned char octets[40] = {0};
            char out[160];
            size_t bits = fill + chars * 7, n;
            for (size_t i = 0; i < chars * 7; i++)
                if ((unsigned)text[i / 7] >> i % 7 & 1)
                    octets[(fill + i) / 8] |= (unsigned char)(1u << (fill + i) % 8);
            n = gsm7_packed((struct str){(const char *)octets, (bits + 7) / 8}, fill, out);
            ck_assert_uint_eq(n, chars);
            ck_assert_mem_eq(out, text, chars);
        }
    }
}
END_TEST

static const struct {
    const char *in, *out; /* out NULL: refused */
} base64[] = {
    {"", ""},         {"Zg==", "f"},   {"Zm8=", "fo"},   {"Zm9v", "foo"},  {"Zm9vYmFy", "foobar"}, {"Zg", "f"},
    {"Zm8", "fo"},    {"/+8=", "\xFF\xEF"}, {"Z", NULL}, {"Zg=", NULL},    {"Z===", NULL},         {"Zm9v\n", NULL},
    {"Zm 9v", NULL},  {"_-8=", NULL},  {"=Zm9", NULL},   {"Zg==Zg==", NULL},
};

START_TEST(base64_is_that_of_rfc_4648)
{
    char out[32];
    size_t n;
    int code = base64_decode(str_of(base64[_i].in), out, &n);

    ck_assert_int_eq(code, base64[_i].out ? 0 : -TS_EINVAL);
    if (base64[_i].out != NULL)
        ck_assert(str_eqz((struct str){out, n}, base64[_i].out));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("charset");

    tcase_add_loop_test(tcase, octets_become_text, 0, (int)(sizeof(texts) / sizeof(texts[0])));
    tcase_add_test(tcase, the_default_alphabet_is_that_of_the_standard);
    tcase_add_test(tcase, packed_septets_are_found_behind_any_fill);
    tcase_add_loop_test(tcase, base64_is_that_of_rfc_4648, 0, (int)(sizeof(base64) / sizeof(base64[0])));
    return setup_run("charset", tcase);
}
