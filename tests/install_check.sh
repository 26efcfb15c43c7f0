#!/bin/sh
# install_check.sh BUILD: install into a scratch root, build the example against it both ways, run it, uninstall.
set -eu
build=$1
root=$(cd "$build" && pwd)/install-check
rm -rf "$root"
make -s BUILD="$build" PREFIX=/usr DESTDIR="$root" install
sed "s|^prefix=.*|prefix=$root/usr|" "$root/usr/lib/pkgconfig/telsieve.pc" >"$root/telsieve.pc"
record='{"v":1,"kind":"sms","id":"a1","ts":1732230000123,"calling":"008525550001","called":"13812345678","ingress":"intl","text":"您的快递丢失,可双倍理赔,请添加理赔客服QQ:2801234567办理"}'
export PKG_CONFIG_PATH="$root"
# shellcheck disable=SC2046 # words are wanted
cc -Wall -Wextra -Werror -D_GNU_SOURCE -o "$root/judge-shared" examples/judge.c $(pkg-config --cflags --libs telsieve) -Wl,-rpath,"$root/usr/lib"
# shellcheck disable=SC2046
cc -D_GNU_SOURCE -o "$root/judge-static" examples/judge.c $(pkg-config --cflags telsieve) "$root/usr/lib/libtelsieve.a" \
    $(pkg-config --static --libs telsieve | sed 's/-ltelsieve//')
for program in judge-shared judge-static; do
    out=$(printf '%s\nbroken\n' "$record" | "$root/$program" "$root/usr/share/telsieve/patterns")
    printf '%s: %s\n' "$program" "$out"
    printf '%s\n' "$out" | grep -q '^a1 warned R-'
    printf '%s\n' "$out" | grep -q '^? dead-lettered not_json$'
done
# Only the public names can be seen.
if nm -D --defined-only "$root/usr/lib/libtelsieve.so" | grep -v ' telsieve_'; then exit 1; fi
if nm -g --defined-only "$root/usr/lib/libtelsieve.a" | grep ' [TDBR] ' | grep -v ' telsieve_'; then exit 1; fi
"$root/usr/bin/telsieve" check -r "$root/usr/share/telsieve/patterns"
make -s BUILD="$build" PREFIX=/usr DESTDIR="$root" uninstall
left=$(find "$root/usr" -type f -o -type l)
[ -z "$left" ] || { echo "left behind: $left"; exit 1; }
