# usage: ./dev scenario raft|cluster [--rewrite] FILE...      builds and runs build/dev/tests/scenario
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
./dev build dev scenario >&2
exec "$ES_ROOT/build/dev/tests/scenario" "$@"
