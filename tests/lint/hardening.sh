#!/bin/sh
# hardening.sh BUILD: what is installed is hardened (PIE, full RELRO, CET, stack protector, FORTIFY) and needs no newer
# CPU than x86-64: instructions beyond it only in code that is chosen at run time.
set -eu
program=$1/telsieve
fail() { echo "$program: $1" >&2; exit 1; }
readelf -hW "$program" | grep -q 'Type: *DYN' || fail "not position independent"
readelf -lW "$program" | grep -q GNU_RELRO || fail "no RELRO"
readelf -dW "$program" | grep -q BIND_NOW || fail "not bound at start (full RELRO)"
readelf -lW "$program" | grep 'GNU_STACK' | grep -q 'RW ' || fail "executable stack"
readelf -sW "$program" | grep -q '__stack_chk_fail' || fail "no stack protector"
readelf -sW "$program" | grep -q '_chk' || fail "no FORTIFY"
# CET: each object of ours (the program's own mark needs start files that Debian builds without).
for object in "$1"/obj/src/*/*.o; do
    readelf -nW "$object" | grep -q 'IBT, SHSTK' || fail "no CET in $object"
done
library=$1/libtelsieve.so
readelf -lW "$library" | grep -q GNU_RELRO || fail "no RELRO in $library"
readelf -dW "$library" | grep -q BIND_NOW || fail "$library is not bound at start"
readelf -sW "$library" | grep -q '__stack_chk_fail' || fail "no stack protector in $library"
# AVX in functions whose names do not say so: simdjson's kernels, our own ..._avx2.
objdump -d --no-show-raw-insn "$program" | awk '
    /^[0-9a-f]+ <.*>:$/ { name = $2; wide = 0 }
    /\tv[a-z]+.*%[yz]mm/ && !wide { wide = 1; print name }' | grep -Ev 'haswell|icelake|avx2' | head -5 >"$1/avx.txt" || true
[ ! -s "$1/avx.txt" ] || fail "AVX outside run-time dispatch: $(tr '\n' ' ' <"$1/avx.txt")"
