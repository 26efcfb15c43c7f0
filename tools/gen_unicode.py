#!/usr/bin/env python3
"""gen_unicode.py - the folding table of canonical text, as a C header, from the unicode-data package.

    gen_unicode.py /usr/share/unicode > unicode_tables.h

For every code point: what it becomes after NFKC (of the single code point), removal of what nobody sees
(Default_Ignorable, Mn, Me, U+2800), EquivalentUnifiedIdeograph, digit values, kSimplifiedVariant and lower case,
repeated until nothing changes, and which class it then has (src/record/folding.h names the classes). White space
and control characters become one space. The project's own foldings (patterns/folding.json) are laid over this
table when the program starts.

The table has two stages: UNICODE_STAGE1[cp >> 8] is a block, UNICODE_STAGE2[block][cp & 255] an entry of
UNICODE_ENTRIES. Blocks and entries are shared wherever they are equal.
"""
import bz2
import os
import sys

LAST = 0x10FFFF
MAX_OUT = 12      # bytes of a replacement; folding.h has the same number
GROWTH = 4        # no character grows beyond this many times its own bytes

HANGUL_L, HANGUL_V, HANGUL_T, HANGUL_S = 0x1100, 0x1161, 0x11A7, 0xAC00

QUOTES = {0x22, 0x27}
BULLETS = {0x203B, 0x2022, 0x2023, 0x2042, 0x204E, 0x2051}   # not So, yet only decoration
CLAUSE = {ord(','), ord(':'), 0x3001}
SENTENCE = {ord('!'), ord('?'), ord(';'), 0x3002}
EMOJI_GLUE = {0x200D, 0x20E3, 0xFE0E, 0xFE0F}                # every emoji has them: no sign of disguise

# Letters and Han in fancy dress that NFKC undoes; full-width forms are ordinary in Chinese text and not among them.
FANCY = [(0x24B6, 0x24E9), (0x2F00, 0x2FDF), (0xF900, 0xFAFF), (0x1D400, 0x1D7FF), (0x1F100, 0x1F1FF),
         (0x2F800, 0x2FA1F)]
STRIKES = [(0x0300, 0x036F), (0x20D0, 0x20FF)]


def within(cp, ranges):
    return any(low <= cp <= high for low, high in ranges)


class Data:
    """The properties that folding needs, by code point."""

    def __init__(self, folder):
        self.folder = folder
        self.category = ['Cn'] * (LAST + 1)
        self.decomposition, self.canonical, self.combining, self.lower, self.digit = {}, {}, {}, {}, {}
        self.read_unicode_data()
        self.ignorable = self.property_set('DerivedCoreProperties.txt', 'Default_Ignorable_Code_Point')
        self.white = self.property_set('PropList.txt', 'White_Space')
        self.han = self.property_set('Scripts.txt', 'Han')
        exclusions = self.property_set('DerivedNormalizationProps.txt', 'Full_Composition_Exclusion')
        self.composition = {pair: cp for cp, pair in self.canonical.items()
                            if len(pair) == 2 and cp not in exclusions}
        self.unified = {}
        for fields in self.lines('EquivalentUnifiedIdeograph.txt'):
            for cp in self.span(fields[0]):
                self.unified[cp] = int(fields[1], 16)
        self.simplified = self.read_simplified()

    def lines(self, name):
        with open(os.path.join(self.folder, name), encoding='utf-8') as file:
            for line in file:
                line = line.split('#')[0].strip()
                if line:
                    yield [field.strip() for field in line.split(';')]

    @staticmethod
    def span(text):
        first, _, last = text.partition('..')
        return range(int(first, 16), int(last or first, 16) + 1)

    def property_set(self, name, value):
        found = set()
        for fields in self.lines(name):
            if fields[1] == value:
                found.update(self.span(fields[0]))
        return found

    def read_unicode_data(self):
        first = None
        with open(os.path.join(self.folder, 'UnicodeData.txt'), encoding='ascii') as file:
            for line in file:
                fields = line.rstrip('\n').split(';')
                cp = int(fields[0], 16)
                if fields[1].endswith(', First>'):
                    first = cp
                    continue
                for each in range(first if first is not None else cp, cp + 1):
                    self.category[each] = fields[2]
                first = None
                self.combining[cp] = int(fields[3])
                if fields[5]:
                    parts = fields[5].split()
                    pair = tuple(int(part, 16) for part in parts if not part.startswith('<'))
                    self.decomposition[cp] = pair
                    if not parts[0].startswith('<'):
                        self.canonical[cp] = pair
                if fields[7]:
                    self.digit[cp] = int(fields[7])
                if fields[13]:
                    self.lower[cp] = int(fields[13], 16)

    def read_simplified(self):
        """The first target that is not the character itself; a target that leads back is none."""
        first = {}
        with bz2.open(os.path.join(self.folder, 'Unihan_Variants.txt.bz2'), 'rt', encoding='utf-8') as file:
            for line in file:
                fields = line.rstrip('\n').split('\t')
                if len(fields) < 3 or fields[1] != 'kSimplifiedVariant':
                    continue
                source = int(fields[0][2:], 16)
                targets = [int(target[2:], 16) for target in fields[2].split()]
                targets = [target for target in targets if target != source]
                if targets:
                    first[source] = targets[0]
        for source, target in first.items():
            seen = {source}
            while target in first:
                if target in seen:
                    sys.exit('kSimplifiedVariant turns in a circle at U+%04X' % source)
                seen.add(target)
                target = first[target]
        return first

    def decompose(self, cp):
        if HANGUL_S <= cp < HANGUL_S + 11172:
            index = cp - HANGUL_S
            tail = [HANGUL_T + index % 28] if index % 28 else []
            return [HANGUL_L + index // 588, HANGUL_V + index % 588 // 28] + tail
        if cp not in self.decomposition:
            return [cp]
        return [part for each in self.decomposition[cp] for part in self.decompose(each)]

    def pair(self, first, second):
        if HANGUL_L <= first < HANGUL_L + 19 and HANGUL_V <= second < HANGUL_V + 21:
            return HANGUL_S + ((first - HANGUL_L) * 21 + second - HANGUL_V) * 28
        if HANGUL_S <= first < HANGUL_S + 11172 and (first - HANGUL_S) % 28 == 0 \
                and HANGUL_T < second < HANGUL_T + 28:
            return first + second - HANGUL_T
        return self.composition.get((first, second))

    def nfkc(self, cp):
        parts = self.decompose(cp)
        if len(parts) == 1:
            return parts
        start = 0                                     # canonical ordering: stable sort between starters
        for end in range(len(parts) + 1):
            if end == len(parts) or not self.combining.get(parts[end], 0):
                parts[start:end] = sorted(parts[start:end], key=lambda part: self.combining.get(part, 0))
                start = end + 1
        out, starter, before = [], -1, 0
        for part in parts:
            kind = self.combining.get(part, 0)
            joined = None
            if starter >= 0 and (before < kind or (before == 0 and starter == len(out) - 1)):
                joined = self.pair(out[starter], part)
            if joined is not None:
                out[starter] = joined
                continue
            out.append(part)
            before = kind
            if kind == 0:
                starter = len(out) - 1
        return out

    def unseen(self, cp):
        return cp in self.ignorable or self.category[cp] in ('Mn', 'Me') or cp == 0x2800

    def fold(self, cp):
        """The code points that cp becomes, whether that hid something, and whether it was only traditional."""
        hides, traditional = within(cp, FANCY), False
        parts = [cp]
        while True:
            done = []
            for part in parts:
                if part in self.white or self.category[part] == 'Cc':
                    done.append(0x20)
                    continue
                for each in self.nfkc(part):
                    if self.unseen(each):
                        hides = hides or (each not in EMOJI_GLUE and
                                          (each in self.ignorable or within(each, STRIKES) or each == 0x2800))
                        continue
                    plain = self.unified.get(each, each)
                    if plain in self.digit:
                        plain = 0x30 + self.digit[plain]
                    hides = hides or plain != each
                    simple = self.simplified.get(plain, plain)
                    traditional = traditional or simple != plain
                    done.append(self.lower.get(simple, simple))
            if done == parts:
                return parts, hides and parts != [cp], traditional
            parts = done

    def klass(self, cp):
        category = self.category[cp]
        if cp == 0x20:
            return 'SPACE'
        if cp in SENTENCE:
            return 'SENTENCE'
        if cp in CLAUSE:
            return 'CLAUSE'
        if category[0] in 'LN' or category == 'Mc':
            return 'HAN' if cp in self.han else 'WORD'
        if cp in QUOTES or category in ('Ps', 'Pe', 'Pi', 'Pf'):
            return 'QUOTE'
        if cp in BULLETS or (cp >= 0x80 and category in ('So', 'Sk', 'Co', 'Cn', 'Cf', 'Cs')):
            return 'DECOR'
        return 'SYMBOL'


def utf8(parts):
    return b''.join(chr(part).encode('utf-8') for part in parts)


def entry(data, cp):
    """(class, flags, bytes) of one code point."""
    if 0xD800 <= cp <= 0xDFFF:
        return ('DECOR', ('COPY', 'ONE'), b'')        # never in well-formed UTF-8
    parts, hides, traditional = data.fold(cp)
    flags = []
    if parts == [cp]:
        return (data.klass(cp), ('COPY', 'ONE'), b'')
    if hides:
        flags.append('HIDES')
    elif traditional:
        flags.append('TRADITIONAL')
    while len(utf8(parts)) > GROWTH * len(utf8([cp])):
        parts = parts[:-1]
    if not parts:
        return ('IGNORED', tuple(flags), b'')
    if len(parts) == 1:
        flags.append('ONE')
    classes = {data.klass(part) for part in parts}
    uniform = len(parts) == 1 or classes == {'WORD'} or classes == {'SYMBOL'}
    out = utf8(parts)
    assert len(out) <= MAX_OUT, hex(cp)
    return (classes.pop() if uniform else 'MIXED', tuple(flags), out)


def main():
    data = Data(sys.argv[1])
    entries, blocks, stage1 = {}, {}, []
    for start in range(0, LAST + 1, 256):
        block = tuple(entries.setdefault(entry(data, cp), len(entries)) for cp in range(start, start + 256))
        stage1.append(blocks.setdefault(block, len(blocks)))
    assert len(entries) < 0xF000 and len(blocks) < 0x1000

    print('/* Made by tools/gen_unicode.py from the unicode-data package: do not edit. */')
    print('#define UNICODE_NBLOCKS %d' % len(blocks))
    print('#define UNICODE_NENTRIES %d' % len(entries))
    print('static const uint16_t UNICODE_STAGE1[%d] = {' % len(stage1))
    for i in range(0, len(stage1), 16):
        print(','.join(map(str, stage1[i:i + 16])) + ',')
    print('};\nstatic const uint16_t UNICODE_STAGE2[UNICODE_NBLOCKS][256] = {')
    for block in blocks:
        print('{' + ','.join(map(str, block)) + '},')
    print('};\nstatic const struct fold_entry UNICODE_ENTRIES[UNICODE_NENTRIES] = {')
    for klass, flags, out in entries:
        print('{FOLD_%s, %s, %d, 0, {%s}},' % (klass, ' | '.join('FOLD_' + flag for flag in flags) or '0', len(out),
                                               ','.join('(char)0x%02x' % byte for byte in out) if out else '0'))
    print('};')


if __name__ == '__main__':
    main()
