#!/usr/bin/python3
"""Prints patterns/ordinary.txt: ordinary Chinese words of two characters, which a disguised word is not taken for.

usage: gen_ordinary.py dict.txt > patterns/ordinary.txt

dict.txt is the word list of jieba (Debian: python3-jieba; MIT licence, Sun Junyi): word, count, part of speech. Not
part of the build: run it by hand when the list is to be renewed.
"""

import collections
import datetime
import sys

ORDINARY, FREQUENT = 50, 300     # occurrences in the corpus behind dict.txt

NOTICE = '''\
# The word list is under the MIT License: Permission is hereby granted, free of charge, to any person obtaining a copy of this
# software and associated documentation files (the "Software"), to deal in the Software without restriction, including without
# limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to
# permit persons to whom the Software is furnished to do so, subject to the following conditions: The above copyright notice and
# this permission notice shall be included in all copies or substantial portions of the Software. THE SOFTWARE IS PROVIDED "AS
# IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS
# FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM,
# DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE
# SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.'''


def main():
    words = collections.defaultdict(lambda: ('', ''))
    with open(sys.argv[1], encoding='utf-8') as lines:
        for line in lines:
            word, count = line.split()[:2]
            if len(word) != 2 or not all('\u4e00' <= c <= '\u9fff' for c in word) or int(count) < ORDINARY:
                continue
            frequent, rest = words[word[0]]
            words[word[0]] = (frequent + word[1], rest) if int(count) >= FREQUENT else (frequent, rest + word[1])
    print('# Ordinary words of two characters: what looks like a disguised word but is one of these is left alone.')
    print('# A line: the first character, then the second ones of frequent words, then | and those of the others.')
    print('# Made on %s by tools/gen_ordinary.py from the word list of jieba 0.42.1 (Copyright (c) 2013 Sun Junyi, MIT).'
          % datetime.date.today())
    print(NOTICE)
    for first in sorted(words):
        print('%s %s|%s' % ((first,) + words[first]))


if __name__ == '__main__':
    main()
