#!/bin/sh
# Installs the servers that the tests run against, as far as it may: as root, on Debian, what is missing.
# Elsewhere it says in one line what is missing; tests that need it are skipped, or fail where CI=true.
#
#   tools/servers.sh             install
#   tools/servers.sh --missing   print the Debian packages that are missing, and change nothing
#
# POSTDESK_NO_APT=1 forbids the installation. No service is started and no package is removed.
set -eu

PATH="$PATH:/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"

# have PLACE…: whether one of them is a program on PATH or a file; a pattern that matches nothing is neither.
have() {
    for place in "$@"; do
        if command -v "$place" >/dev/null 2>&1 || test -e "$place"; then return 0; fi
    done
    return 1
}

missing() {
    if have apt-get; then
        # Debian cuts Dovecot into packages; its programs tell which are there.
        have /usr/lib/dovecot/imap || echo dovecot-imapd
        have /usr/lib/dovecot/lmtp || echo dovecot-lmtpd
    else
        have dovecot || echo dovecot
    fi
    have postfix || echo postfix
    have initdb /usr/lib/postgresql/*/bin/initdb || echo postgresql
    have tmux || echo tmux
    have neomutt || echo neomutt
}

wanted=$(missing | tr '\n' ' ')
if test "${1:-}" = --missing; then
    echo "$wanted"
    exit 0
fi
test -n "$wanted" || exit 0

if test "$(id -u)" -ne 0 || ! have apt-get || test -n "${POSTDESK_NO_APT:-}"; then
    echo "not installed, so tests that need them are skipped (and fail where CI=true): $wanted"
    exit 0
fi

# Packages start their services when they are installed, unless this file forbids it.
policy=/usr/sbin/policy-rc.d
if ! test -e "$policy"; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
    trap 'exit 1' HUP INT TERM
fi

export DEBIAN_FRONTEND=noninteractive
if have debconf-set-selections; then
    echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections
fi
install() {
    # shellcheck disable=SC2086 # the names are words
    apt-get install -qq -y --no-install-recommends --no-remove $wanted </dev/null >"$log" 2>&1
}
log=$(mktemp)
echo "installing for the tests: $wanted"
if ! install; then
    # The lists may be missing or old.
    apt-get update -qq </dev/null >>"$log" 2>&1 || true
    if ! install; then
        tail -n 5 "$log" >&2
        echo "not installed, so tests that need them are skipped (and fail where CI=true): $(missing | tr '\n' ' ')"
    fi
fi
rm -f "$log"
