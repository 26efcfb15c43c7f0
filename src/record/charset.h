/* charset.h - raw user data of a short message (`ud_b64`) and its coding (`dcs`) to UTF-8.
 *
 * One number, three worlds: 3GPP TS 23.038 section 4 (what a phone sends), SMPP 3.4 section 5.2.19, and Msg_Fmt of
 * CMPP/SGIP/SMGP. Where they differ the reading that can be text wins:
 *
 *   dcs                      alphabet          source
 *   0                        GSM 7 bit         23.038; octets all below 0x80 and no user data header: one character
 *                                              an octet (SMPP default alphabet, CMPP 0 ASCII), else packed septets
 *   1, 3                     ISO 8859-1        SMPP (IA5, Latin-1); CMPP 3, "card write", is then no text
 *   4                        binary            all three: no text
 *   8                        UCS-2             all three; read as UTF-16BE with surrogate pairs, as in practice
 *   15                       GB 18030          CMPP, SGIP, SMGP; superset of GBK
 *   0x00-0x7F otherwise      bits 3..2         23.038: 00 GSM 7 bit, 01 8 bit (no text), 10 UCS-2, 11 reserved;
 *                                              bit 5: compressed (no text)
 *   0x80-0xBF                GSM 7 bit         23.038: reserved codings are the default alphabet
 *   0xC0-0xDF                GSM 7 bit         23.038: message waiting
 *   0xE0-0xEF                UCS-2             23.038: message waiting
 *   0xF0-0xFF                bit 2             23.038: 0 GSM 7 bit, 1 8 bit (no text)
 *   other                    none
 *
 * Signs of a wrong coding (NUL, U+FFFE, odd length in UCS-2; NUL or ill-formed in GB 18030; NUL in one-octet
 * texts): the sibling is tried once and taken when it reads without a fault, at most half of the first reading is
 * Chinese or ASCII characters, and more of the second is: UCS-2 with U+FFFE -> UTF-16LE; other UCS-2 -> GB 18030;
 * GB 18030 and one-octet -> UCS-2. What stays ill-formed, a last odd octet and NUL included, becomes U+FFFD.
 * National language shift tables (23.038 section 6.2.1.2.4) are not used.
 *
 * Threads: a charset belongs to one thread. */
#ifndef TELSIEVE_RECORD_CHARSET_H
#define TELSIEVE_RECORD_CHARSET_H

#include "core/str.h"

#include <iconv.h>
#include <stdint.h>

struct charset {
    iconv_t gb18030; /* opened at first use */
    bool open;
};

void charset_init(struct charset *charset);
void charset_fini(struct charset *charset);

/* Bytes of UTF-8 that `n` octets can become at most. */
static inline size_t charset_max_bytes(size_t n)
{
    return 4 * n + 4;
}

enum charset_result {
    CHARSET_TEXT,
    CHARSET_REPAIRED, /* text, with U+FFFD in it */
    CHARSET_NO_TEXT,  /* binary, compressed, an unknown dcs, or mostly ill-formed */
};

/* Turn user data `ud` (without its header) into UTF-8 in out (room for charset_max_bytes(ud.n)) and set *n.
 * `udh_bytes`: length of the user data header with its length octet, 0 without one: packed septets begin at the next
 * septet boundary behind it (3GPP TS 23.040 section 9.2.3.24). */
enum charset_result charset_decode(struct charset *charset, int64_t dcs, size_t udh_bytes, struct str ud, char *out,
                                   size_t *n);

#endif
