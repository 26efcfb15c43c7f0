/* number_form.h - the digits of a number as received: separators gone, full-width forms and URIs undone. Private to
 * the number files. */
#ifndef TELSIEVE_RECORD_NUMBER_FORM_H
#define TELSIEVE_RECORD_NUMBER_FORM_H

#include "record/digits.h"

struct number_form {
    char digits[2 * (DIGITS_MAX + 1)]; /* zeroed, so that 32 bytes can be copied from any digit on */
    size_t n;       /* digits kept */
    size_t total;   /* digits seen */
    bool plus, letters, odd; /* odd: other characters, such as * or # */
    bool fullwidth, sip;
};

void number_form_read(struct str raw, struct number_form *form);

/* The user part of a SIP or tel URI (RFC 3261, RFC 3966), and *uri set; other strings as they are. */
struct str number_form_user(struct str raw, bool *uri);

#endif
