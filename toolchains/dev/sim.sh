# usage: ./dev sim [ARGUMENT]...      builds and runs build/dev/tests/simulate ARGUMENT..., with --jobs as this machine has cores
# unless it is given
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
./dev build dev simulate >&2
jobs=(--jobs "$(nproc)")
for argument in "$@"; do [[ $argument == --jobs || $argument == --trace ]] && jobs=(); done
exec nice "$ES_ROOT/build/dev/tests/simulate" "${jobs[@]}" "$@"
