/* gsm7.h - the GSM 7 bit default alphabet and its extension table (3GPP TS 23.038 sections 6.2.1 and 6.2.1.1). */
#ifndef TELSIEVE_RECORD_GSM7_H
#define TELSIEVE_RECORD_GSM7_H

#include "core/str.h"

/* One octet a character (bit 7 must be clear) to UTF-8 in out (room for 3 bytes an octet); returns the length. */
size_t gsm7_unpacked(struct str octets, char *out);

/* Packed septets behind `fill` (0–6) fill bits (section 6.1.2.1). A last septet that is only padding (zeros, or the
 * carriage return of section 6.1.2.3.1) is left out. Room for 4 bytes an octet; returns the length. */
size_t gsm7_packed(struct str octets, unsigned fill, char *out);

#endif
