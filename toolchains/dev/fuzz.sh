# usage: ./dev fuzz [TARGET [ARGUMENT]...]
#        ./dev fuzz --smoke [TARGET]...
#        ./dev fuzz --minimise [TARGET]...
#
# Builds the libFuzzer targets of tests/fuzz/*.cpp with clang, addresses and undefined behaviour checked, and runs
# TARGET for 60 s (or as ARGUMENTs of libFuzzer say), its corpus in build/fuzz/corpus/TARGET. Without TARGET: lists them.
# --smoke runs every seed and then each target for ES_FUZZ_SECONDS (3); --minimise makes tests/fuzz/TARGET of what the
# corpus knows more than the seeds, each input of 4 KB at most. An input that fails is left in build/fuzz/TARGET-*.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

all_targets() {
  local file
  for file in tests/fuzz/*.cpp; do basename "$file" .cpp; done
}

# Of archives a block alone is 512 bytes.
max_len() { if [[ $1 == archive ]]; then say 20000; else say 4096; fi; }

build_targets() {
  local targets=("$@")
  ./dev build fuzz "${targets[@]/#/fuzz_}"
}

# One line a target, and 'N passed, N failed' at the end.
smoke() {
  local target log passed=0 failed=0 seeds
  build_targets "$@" >&2
  for target in "$@"; do
    log=build/fuzz/smoke-$target.log
    mkdir -p "build/fuzz/corpus/$target"
    seeds=("build/fuzz/corpus/$target")
    [[ ! -d tests/fuzz/$target ]] || seeds+=("tests/fuzz/$target")
    # Seed 1: the smoke run of one build is the same each time.
    if timeout --kill-after=10 120 "build/fuzz/tests/fuzz_$target" -seed=1 -max_len="$(max_len "$target")" -timeout=20 -rss_limit_mb=2048 \
      -max_total_time="${ES_FUZZ_SECONDS:-3}" -artifact_prefix="build/fuzz/$target-" "${seeds[@]}" >"$log" 2>&1; then
      passed=$((passed + 1))
      say "ok     $target: $(grep -a '^Done' "$log" || true)"
    else
      failed=$((failed + 1))
      say "FAILED $target"
      tail -n 30 "$log" | cut -c1-200
    fi
  done
  say "$passed passed, $failed failed"
  [[ $failed == 0 ]]
}

minimise() {
  local target
  build_targets "$@" >&2
  for target in "$@"; do
    mkdir -p "tests/fuzz/$target" "build/fuzz/corpus/$target"
    "build/fuzz/tests/fuzz_$target" -merge=1 -max_len="$(max_len "$target")" "tests/fuzz/$target" "build/fuzz/corpus/$target" 2>&1 |
      grep -a 'MERGE-OUTER' | tail -1
  done
}

case ${1:-} in
  -h | --help) help_and_exit "${BASH_SOURCE[0]}" ;;
  '') all_targets; exit 0 ;;
  --smoke | --minimise)
    action=${1#--}
    shift
    if [[ $# == 0 ]]; then mapfile -t chosen < <(all_targets); else chosen=("$@"); fi
    "$action" "${chosen[@]}"
    exit
    ;;
esac
target=$1
shift
[[ -f tests/fuzz/$target.cpp ]] || die "no fuzz target '$target'; ./dev fuzz lists them"
build_targets "$target"
mkdir -p "build/fuzz/corpus/$target"
[[ $# != 0 ]] || set -- -max_total_time=60
seeds=()
[[ ! -d tests/fuzz/$target ]] || seeds=("tests/fuzz/$target")
exec "build/fuzz/tests/fuzz_$target" -artifact_prefix="build/fuzz/$target-" "$@" "build/fuzz/corpus/$target" "${seeds[@]}"
