# Sourced by every command of ./dev: where things are, and how to speak.
set -euo pipefail
: "${ES_ROOT:?run this through ./dev}"
cd "$ES_ROOT"
# An empty value would mean folders of the root directory.
export EDGESWARM_CACHE=${EDGESWARM_CACHE:-${HOME:?}/.cache/edgeswarm}
# Tools that setup unpacked without installing them (the docker client) come last: the machine's own win.
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:$EDGESWARM_CACHE/bin
ES_JOBS=${ES_JOBS:-$(nproc)}

say() { printf '%s\n' "$*"; }
warn() { printf 'dev: %s\n' "$*" >&2; }
die() {
  warn "$*"
  exit 1
}
help_and_exit() { # the comment block at the top of the calling script is its help text
  sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$1"
  exit 0
}
