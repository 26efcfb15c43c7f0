#!/usr/bin/python3
"""Prints what src/record/han.c knows of Han characters: how each sounds, and the 3,500 common ones.

usage: gen_han.py /usr/share/unicode

From Unihan: kMandarin is the reading, kHanyuPinlu adds the other ones that running text really has; tones are left
out. Common are the 3,500 characters of level 1 of the Table of General Standard Chinese Characters (kTGH).
"""

import bz2
import collections
import os
import re
import sys
import unicodedata

FIRST, LAST = 0x4E00, 0x9FFF
READINGS = 3           # of one character, at most
USUAL_SOUNDS = 8       # of the characters that share a sound, at most
SHARE = 0.02           # of a character's occurrences that another reading needs to count
LEVEL_1 = 3500
ELSE, RARE = 0x4000, 0x8000  # HAN_ELSE and HAN_RARE of han.h


def fields(folder, file, wanted):
    with bz2.open(os.path.join(folder, 'Unihan_%s.txt.bz2' % file), 'rt', encoding='utf-8') as lines:
        for line in lines:
            parts = line.rstrip('\n').split('\t')
            if len(parts) == 3 and parts[1] in wanted:
                cp = int(parts[0][2:], 16)
                if FIRST <= cp <= LAST:
                    yield cp, parts[1], parts[2]


def toneless(reading):
    plain = unicodedata.normalize('NFD', reading.replace('\u00fc', 'v').replace('u\u0308', 'v'))
    plain = ''.join(c for c in plain if not unicodedata.combining(c)).replace('\u1e3f', 'm')
    return re.sub('[^a-z]', '', unicodedata.normalize('NFD', plain))


def main():
    folder = sys.argv[1]
    first, counted, common = {}, collections.defaultdict(collections.Counter), set()
    for cp, name, value in fields(folder, 'Readings', ('kMandarin', 'kHanyuPinlu')):
        if name == 'kMandarin':
            first[cp] = toneless(re.sub('[\u01d5-\u01dc]', 'v', value.split()[0]))
        else:
            for reading, count in re.findall(r'(\S+?)\((\d+)\)', value):
                counted[cp][toneless(re.sub('[\u01d5-\u01dc]', 'v', reading))] += int(count)
    for cp, _, value in fields(folder, 'OtherMappings', ('kTGH',)):
        if int(value.split(':')[1].split()[0]) <= LEVEL_1:
            common.add(cp)
    assert len(common) == LEVEL_1
    sounds = sorted(set(first.values()) | {each for counts in counted.values() for each in counts})
    number = {sound: i + 1 for i, sound in enumerate(sounds)}
    assert len(sounds) < 511 and all(len(sound) <= 6 for sound in sounds)

    print('/* Made by tools/gen_han.py from the unicode-data package: do not edit. */')
    print('#define HAN_NSOUNDS %d' % (len(sounds) + 1))
    print('static const char HAN_SYLLABLE[HAN_NSOUNDS][7] = {"",')
    print(','.join('"%s"' % sound for sound in sounds) + '};')
    print('static const struct { uint16_t cp, sound[%d]; } HAN_OTHERS[] = {' % (READINGS - 1))
    others = {}
    for cp in sorted(counted):
        total = sum(counted[cp].values())
        others[cp] = [reading for reading, count in counted[cp].most_common()
                      if reading != first.get(cp) and count >= SHARE * total][:READINGS - 1]
        if others[cp]:
            print('{0x%04X,{%s}},' % (cp, ','.join(str(number[other]) for other in others[cp])))
    assert all(len({first.get(cp) for cp in others if sound in others[cp]}) < USUAL_SOUNDS for sound in sounds)
    print('};\nconst uint16_t han_table[HAN_LAST - HAN_FIRST + 3] = {')
    for start in range(FIRST, LAST + 1, 16):
        print(','.join(str(number.get(first.get(cp), 0) | (ELSE if others.get(cp) else 0) |
                           (0 if cp in common else RARE))
                       for cp in range(start, min(start + 16, LAST + 1))) + ',')
    print('};')


if __name__ == '__main__':
    main()
