#!/bin/sh
# Writes requirements.lock and requirements-dev.lock: every version that pyproject.toml allows us, with its hashes,
# for every platform, and no word of where packages come from.
set -eu
cd "$(dirname "$0")/.."
command -v uv >/dev/null || { echo "make lock needs uv; nothing else does" >&2; exit 1; }

# uv.lock names the index and, where one is configured, a folder of this machine: it never stays.
trap 'rm -f uv.lock' EXIT
trap 'exit 1' HUP INT TERM
export UV_PYTHON_DOWNLOADS=never
rm -f uv.lock
uv lock --quiet --python "$(tools/python.sh)"

write() {
    file=$1
    shift
    uv export --quiet --frozen --no-emit-project --no-header --no-annotate "$@" --output-file "$file.new" >/dev/null
    mv "$file.new" "$file"
}
write requirements.lock --no-dev
write requirements-dev.lock --group dev
