# usage: ./dev mutants [--only WORD] [--rewrite]
#
# Builds the preset `dev` and demands that every planted bug (core/base/planted_bug.h) is caught
# by the tests that tests/mutants/mutants.txt names for it, and that they pass without it. --only
# takes the bugs whose name has WORD in it; --rewrite writes the table of docs/MUTATIONS.md.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
case ${1:-} in -h | --help) help_and_exit "${BASH_SOURCE[0]}" ;; esac
targets=(tests/scenario tests/simulate)
for room in $(grep -v '^#' tests/mutants/mutants.txt | grep -oE 'unit:[a-z_]+' | sort -u); do
  targets+=("tests/unit_${room#unit:}")
done
./dev build dev "${targets[@]}" >&2
exec python3 tests/mutants/run.py "$ES_ROOT/build/dev" "$@"
