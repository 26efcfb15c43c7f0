#!/bin/sh
# line_width.sh: no line of C is longer than 120 characters.
set -eu
long=$(find include src tests tools examples -name '*.[ch]' -o -name '*.cpp' | sort |
    LC_ALL=C.UTF-8 xargs grep -nE '^.{121,}' || true)
if [ -n "$long" ]; then
    echo "longer than 120 characters:" >&2
    echo "$long" >&2
    exit 1
fi
