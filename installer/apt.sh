# Sourced: apt_install PACKAGE … installs Debian packages where the user is root and apt is there; else returns 1.

apt_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    local log
    log=$(mktemp)
    printf 'apt: installing %s\n' "$*"
    export DEBIAN_FRONTEND=noninteractive
    # The package lists may be missing (fresh image) or old: refreshed only when the first try fails.
    apt-get install -y --no-install-recommends "$@" >"$log" 2>&1 ||
        { apt-get update && apt-get install -y --no-install-recommends "$@"; } >"$log" 2>&1 || {
        printf 'apt: failed; the last lines it printed:\n' >&2
        tail -n 5 "$log" >&2
        rm -f "$log"
        return 1
    }
    rm -f "$log"
}
