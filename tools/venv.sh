#!/bin/sh
# Makes the virtual environment $1, where there is none that works, installs the lock file $2 into it, and writes its
# command `postdesk`, which runs this checkout from any folder.
# Only pip is needed, and only what the lock file names by its hash is installed.
set -eu
venv=$1
lock=$2
checkout=$(cd "$(dirname "$0")/.." && pwd)
if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    python=$("$(dirname "$0")/python.sh")
    echo "making $venv with $python"
    rm -rf "$venv"
    "$python" -m venv "$venv"
fi
echo "installing $lock into $venv (once; again when the file changes)"
"$venv/bin/python" -m pip install -qq --no-input --disable-pip-version-check --require-hashes -r "$lock"
# No editable install: names of rooms such as `parser` would lie open in this environment.
place=$(cd "$venv" && pwd)
cat >"$venv/bin/postdesk.new" <<END
#!/bin/sh
# Written by tools/venv.sh.
exec "$place/bin/python" -P "$checkout/tools/checkout.py" "\$@"
END
chmod 755 "$venv/bin/postdesk.new"
mv "$venv/bin/postdesk.new" "$venv/bin/postdesk"
