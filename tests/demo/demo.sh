#!/usr/bin/env bash
# usage: ./dev demo [--keep|--stop]
#
# Five boards on this machine, made of namespaces: three managers and two workers become one swarm,
# a service runs on it, the leader is killed, a worker loses power. Everything is taken away at the
# end, also after Ctrl-C.
#   --keep   leaves the swarm running and says how to talk to it
#   --stop   ends a swarm that --keep left
# EDGESWARM=PATH uses that binary instead of building one.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

case ${1:-} in
  -h | --help) sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
  '' | --keep | --stop) ;;
  *) echo "demo: no option '$1'; ./dev demo --help lists them" >&2; exit 2 ;;
esac
[[ $# -le 1 ]] || { echo "demo: --keep or --stop, not both" >&2; exit 2; }

if [[ ${1:-} != --stop && -z ${EDGESWARM:-} ]]; then
  # The product is what a board gets; another machine than x86-64 builds for itself.
  preset=dev
  [[ $(uname -m) != x86_64 ]] || preset=x86_64
  "$root/dev" setup
  "$root/dev" build "$preset" edgeswarm
  export EDGESWARM=$root/build/$preset/edgeswarm
fi
if [[ $(id -u) != 0 ]]; then
  command -v sudo >/dev/null || { echo "demo: namespaces and containers need root" >&2; exit 1; }
  exec sudo --preserve-env=EDGESWARM "$here/demo.py" "$@"
fi
exec "$here/demo.py" "$@"
