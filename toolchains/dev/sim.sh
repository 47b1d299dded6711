# usage: ./dev sim [ARGUMENT]...      builds and runs build/dev/tests/simulate ARGUMENT...
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
./dev build dev simulate >&2
exec "$ES_ROOT/build/dev/tests/simulate" "$@"
