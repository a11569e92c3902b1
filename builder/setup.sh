# Sourced by the commands of this repository, which run at its top: makes sure of Node and of the npm packages.
# What it prints goes to standard error, since standard output is for results.

node_major() {
  node --version 2>/dev/null | sed 's/^v\([0-9]*\)\..*/\1/'
}

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  echo 'Installing Node.js and npm …' >&2
  as_root=
  [ "$(id -u)" = 0 ] || as_root=sudo
  $as_root apt-get update -q >&2
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends nodejs npm >&2
fi
if [ "$(node_major)" -lt 20 ]; then # Debian 12's own is older
  echo "$0: Node.js 20 or newer is needed, and this machine has $(node --version)" >&2
  exit 1
fi

# The stamp is the lock file that was installed; it comes last, so that an interrupted installation is done again.
stamp=node_modules/.installed
if ! cmp -s package-lock.json "$stamp"; then
  echo 'Installing npm packages …' >&2
  npm ci --no-audit --no-fund --loglevel=error >&2
  cp package-lock.json "$stamp"
fi
