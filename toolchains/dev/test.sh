# usage: ./dev test [PART[:PATTERN]]...
#
# Parts: unit scenario sim mutants fuzz cluster products check; none or `all` runs every one, in the order check, unit,
# scenario, sim, mutants, fuzz, cluster, products. PATTERN picks some of a part's programs, scenario files or scripts by name:
# unit:raft, scenario:election, cluster:01. `asan` runs unit tests, scenarios and some seeds under the address and undefined
# behaviour sanitizers, `tsan` the unit tests of platform and services under the thread sanitizer, both some clusters of real
# daemons; neither is part of `all`. What is needed is installed and built first. Logs go to build/test-logs/.
# The last line is 'N passed, N failed', with ', N skipped' behind it when something was; the exit status is 1 when
# something failed.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

all_parts=(check unit scenario sim mutants fuzz cluster products)
case ${1:-all} in
  -h | --help) help_and_exit "${BASH_SOURCE[0]}" ;;
  all) set -- "${all_parts[@]}" ;;
esac
for part in "$@"; do
  [[ " ${all_parts[*]} asan tsan " == *" ${part%%:*} "* ]] || die "no part '$part'; there are: ${all_parts[*]} asan tsan"
done

logs=$ES_ROOT/build/test-logs
mkdir -p "$logs"
doctest_seconds=300 # ten times that under a sanitizer
total_passed=0
total_failed=0
total_skipped=0
summary=()

# The unit tests, scenario runner, simulator and daemon under test; scripts of tests/cluster read EDGESWARM.
use_preset() {
  build=$ES_ROOT/build/$1
  export EDGESWARM=$build/edgeswarm
}

# Adds up what one program or script found. Arguments: part, name, exit status, passed, failed, skipped.
record() {
  local part=$1 name=$2 status=$3 passed=$4 failed=$5 skipped=$6
  # A crash, a timeout or an exit status that contradicts the counts is a failure of its own.
  if [[ $status != 0 && $failed == 0 ]]; then
    failed=1
    say "FAILED $part $name: exit status $status"
  fi
  total_passed=$((total_passed + passed))
  total_failed=$((total_failed + failed))
  total_skipped=$((total_skipped + skipped))
  [[ $failed == 0 ]] || summary+=("FAILED $part $name: $failed failed; see build/test-logs/$part-${name//\//-}.log")
}

# Runs a command that ends with 'N passed, N failed[, N skipped]'. Arguments: part, name, seconds, command...
run_counted() {
  local part=$1 name=$2 seconds=$3 log status=0 line
  shift 3
  log=$logs/$part-${name//\//-}.log
  say "== $part $name"
  timeout --kill-after=20 "$seconds" "$@" 2>&1 </dev/null | tee "$log" | indent || status=${PIPESTATUS[0]}
  line=$(grep -aE '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$log" | tail -1)
  if [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]]; then
    record "$part" "$name" "$status" "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" "${BASH_REMATCH[4]:-0}"
  else
    [[ $status != 0 ]] || status="0, but without a last line 'N passed, N failed'"
    record "$part" "$name" "$status" 0 0 0
  fi
}

indent() { sed -u 's/^/   /'; }

# Runs a doctest program quietly. Arguments: part, name, command...
run_doctest() {
  local part=$1 name=$2 log status=0 passed=0 failed=0
  shift 2
  log=$logs/$part-$name.log
  timeout --kill-after=20 "$doctest_seconds" "$@" --no-colors=true >"$log" 2>&1 </dev/null || status=$?
  if [[ $(grep -a 'test cases:' "$log" | tail -1) =~ ([0-9]+)\ passed\ \|\ *([0-9]+)\ failed ]]; then
    passed=${BASH_REMATCH[1]}
    failed=${BASH_REMATCH[2]}
  fi
  say "$part $name: $passed passed, $failed failed"
  [[ $status == 0 ]] || tail -n 40 "$log" | indent
  record "$part" "$name" "$status" "$passed" "$failed" 0
}

skip() { # part, why
  say "skipped $1: $2"
  total_skipped=$((total_skipped + 1))
}

# Builds and counts the build as a test; 1 when it failed. Arguments: part, preset, target...
build_or_fail() {
  local part=$1 preset=$2 log
  log=$logs/$part-build-$preset.log
  shift
  say "== $part build $preset"
  if ./dev build "$@" >"$log" 2>&1; then return 0; fi
  grep -aE 'error|FAILED:|^dev:' "$log" | head -30 | cut -c1-300 | indent
  record "$part" "build-$preset" 1 0 1 0
  return 1
}

# The unit tests that have sources, by the folders and not by what an older build left behind.
unit_tests() {
  local folder name
  for folder in tests/unit/*/; do
    name=$(basename "$folder")
    compgen -G "$folder*.cpp" >/dev/null || continue
    [[ $name == *"$1"* ]] && say "$name"
  done
}

run_units() { # part, pattern
  local name
  for name in $(unit_tests "$2"); do
    run_doctest "$1" "$name" "$build/tests/unit_$name"
  done
}

run_scenarios() { # part, pattern
  local kind files file
  for kind in raft cluster; do
    files=()
    for file in tests/scenario/"$kind"/*.txt; do
      [[ -f $file && $file == *"$2"* ]] && files+=("$file")
    done
    [[ ${#files[@]} == 0 ]] || run_counted "$1" "$kind" 600 "$build/tests/scenario" "$kind" "${files[@]}"
  done
}

part_check() { run_counted check rules 900 tests/check/run; }

part_unit() { build_or_fail unit dev && run_units unit "$1"; }

part_scenario() {
  [[ -f tests/scenario/main.cpp ]] || { skip scenario "no tests/scenario/main.cpp"; return; }
  build_or_fail scenario dev scenario && run_scenarios scenario "$1"
}

part_sim() {
  [[ -f tests/sim/main.cpp ]] || { skip sim "no tests/sim/main.cpp"; return; }
  build_or_fail sim dev simulate || return 0
  run_counted sim seeds 1800 build/dev/tests/simulate --seeds "${ES_SIM_SEEDS:-2000}" --jobs "$(nproc)"
  run_counted sim raft-seeds 300 build/dev/tests/simulate --raft --seeds "${ES_RAFT_SEEDS:-20000}"
}

# That the tests notice what they are for.
part_mutants() {
  run_counted mutants planted-bugs 900 ./dev mutants --only "$1"
}

# Every seed, and a few seconds of each target.
part_fuzz() { run_counted fuzz smoke 900 ./dev fuzz --smoke; }

part_cluster() {
  local script
  [[ $(id -u) == 0 ]] || { skip cluster "needs root for network namespaces and containers"; return; }
  build_or_fail cluster dev || return 0
  for script in tests/cluster/*; do
    [[ -f $script && -x $script && $script == *.@(sh|py) && $script == *"$1"* ]] || continue
    run_counted cluster "$(basename "$script")" 600 "$script"
  done
}

# What of a product is tested: the pure core and the libraries give the same answers on every processor. armv7 has words of
# 32 bits and char without a sign, so the core's unit tests run there; the simulator's traces, which go through all of the
# core, are compared with those of `dev`. The tests of shim, platform and services need the real machine and are left to `dev`.
product_targets() { # preset
  local name
  [[ ! -f services/daemon/main.cpp ]] || say edgeswarm
  if [[ $1 == armv7 ]]; then
    for name in $(unit_tests ''); do
      [[ ! -d core/$name && $name != @(third_party|json) ]] || say "unit_$name"
    done
  fi
  [[ $1 == x86_64 ]] || say simulate
}

# The three products: warnings of both compilers, size, static, and a run of each under the right processor.
part_products() {
  local preset
  if [[ -z $1 || $1 == clang ]] && build_or_fail products clang; then record products clang 0 1 0 0; fi
  build_or_fail products dev simulate || return 0 # whose traces the others' are compared with
  for preset in x86_64 aarch64 armv7; do
    [[ $preset == *"$1"* ]] || continue
    # shellcheck disable=SC2046 # a list of words
    build_or_fail products "$preset" $(product_targets "$preset") || continue
    # shellcheck disable=SC2046
    run_counted products "$preset" 600 bash toolchains/dev/product_check.bash "$preset" $(product_targets "$preset")
  done
}

# Real daemons under a sanitizer: each report of theirs is a failure. Arguments: part, the variable of its options, script...
run_sanitized_cluster() {
  local part=$1 variable=$2 reports=$logs/$1-reports script report
  shift 2
  [[ $(id -u) == 0 ]] || { skip "$part" "needs root for network namespaces and containers"; return; }
  rm -rf "$reports"
  mkdir -p "$reports"
  for script in "$@"; do
    export "$variable=log_path=$reports/${script%.py}"
    run_counted "$part" "$script" 900 "tests/cluster/$script"
    unset "$variable"
  done
  for report in "$reports"/*; do
    [[ -s $report ]] || continue
    head -n 40 "$report" | indent
    record "$part" "report-$(basename "$report")" 1 0 1 0
  done
}

part_asan() {
  build_or_fail asan asan || return 0
  use_preset asan
  doctest_seconds=3000
  run_units asan "$1"
  run_scenarios asan "$1"
  run_counted asan seeds 900 "$build/tests/simulate" --seeds "${ES_SIM_SEEDS:-50}" --jobs "$(nproc)"
  run_sanitized_cluster asan ASAN_OPTIONS 02_services.py 04_failures.py
}

# Where threads meet: all but the core.
part_tsan() {
  local name threaded=()
  for name in $(unit_tests "$1"); do
    [[ -d core/$name ]] || threaded+=("$name")
  done
  build_or_fail tsan tsan edgeswarm "${threaded[@]/#/unit_}" || return 0
  use_preset tsan
  doctest_seconds=3000
  for name in "${threaded[@]}"; do
    run_doctest tsan "$name" "$build/tests/unit_$name"
  done
  run_sanitized_cluster tsan TSAN_OPTIONS 02_services.py 04_failures.py
}

shopt -s extglob
./dev setup
for part in "$@"; do
  use_preset dev
  pattern=${part#"${part%%:*}"}
  started=$SECONDS
  "part_${part%%:*}" "${pattern#:}" || true
  say "== ${part%%:*} took $((SECONDS - started)) s"
done

say "================================================================================"
for line in ${summary[@]+"${summary[@]}"}; do say "$line"; done
line="$total_passed passed, $total_failed failed"
[[ $total_skipped == 0 ]] || line="$line, $total_skipped skipped"
say "$line"
[[ $total_failed == 0 ]]
