#!/bin/sh
# mutable_data.sh BUILD: no file-scope mutable data in our objects, but for what is listed here with its reason.
# Thread-local data and constants with addresses in them (.data.rel.ro) are fine.
set -eu
build=$1
# log_level: the process-wide log level, set once before threads start (log.h).
allowed='^(log_level)$'
bad=$(find "$build/obj/src" -name '*.o' ! -name 'decode_simdjson_*' | sort | while read -r object; do
    objdump -t "$object" | awk -v o="${object#"$build"/obj/}" '
        / O / && ($4 ~ /^\.(data|bss)/ || $3 ~ /^\.(data|bss)/) && !/\.data\.rel\.ro/ { print o ": " $NF }'
done | awk -v allowed="$allowed" '{ name = $2; sub(/\.[0-9]+$/, "", name); if (name !~ allowed) print }')
if [ -n "$bad" ]; then
    echo "file-scope mutable data:" >&2
    echo "$bad" >&2
    exit 1
fi
