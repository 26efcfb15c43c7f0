#!/bin/sh
# docs/configuration.md is what the option table says. Usage: config_doc.sh BUILD_DIR
set -eu
build=${1:?usage: config_doc.sh BUILD_DIR}

if ! "$build/tools/gen_config_doc" | diff -u docs/configuration.md -; then
    echo "docs/configuration.md is stale: run 'make docs'" >&2
    exit 1
fi
