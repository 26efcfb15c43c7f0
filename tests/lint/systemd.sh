#!/bin/sh
# systemd has nothing to say about the unit, and finds it closed enough (exposure at most 2.0 of 10).
set -eu
unit=systemd/telsieve.service
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# The program is not installed here: a copy of the unit names one that is.
sed 's|^ExecStart=/usr/bin/telsieve|ExecStart=/bin/true|' "$unit" > "$folder/telsieve.service"
grep -q '^ExecStart=/bin/true run ' "$folder/telsieve.service"
# The manual is not installed either.
sed -i '/^Documentation=man:/d' "$folder/telsieve.service"

said=$(systemd-analyze verify "$folder/telsieve.service" 2>&1) || true
if [ -n "$said" ]; then
    echo "systemd-analyze verify:" >&2
    echo "$said" >&2
    exit 1
fi
if ! systemd-analyze security --offline=true --threshold=20 "$folder/telsieve.service" > "$folder/report" 2>&1; then
    cat "$folder/report" >&2
    exit 1
fi
tail -n 1 "$folder/report"
