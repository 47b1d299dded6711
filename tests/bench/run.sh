#!/usr/bin/env bash
# usage: ./dev bench create|failover|idle [COUNT]
#
# Prints this build's figures beside the bars of DESIGN section 1. COUNT: how many runs (create 9,
# failover 10), or seconds (idle 30).
# The product build is measured (build/x86_64), or $EDGESWARM. A figure means something only on a
# quiet machine: the load is printed with it.
#   create     service create -> 1 and 50 running tasks, and as many `crun run` alone
#   failover   leader killed -> next write accepted; board without power -> its tasks run elsewhere
#   idle       memory, processor and disk of daemons that have nothing to do; size; start -> API
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
case ${1:-} in
  create | failover | idle) ;;
  -h | --help) sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
  *) echo "bench: create, failover or idle; ./dev bench --help says more" >&2; exit 2 ;;
esac
if [[ -z ${EDGESWARM:-} && ! -x $root/build/x86_64/edgeswarm ]]; then
  "$root/dev" setup
  "$root/dev" build x86_64 edgeswarm
fi
exec "$here/$1.py" "${@:2}"
