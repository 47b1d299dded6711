# product_check.bash PRESET TARGET...: what the product of one processor must be, and the unit tests among TARGETs on
# that processor. Ends with 'N passed, N failed[, N skipped]'.
set -uo pipefail
preset=$1
shift
build=build/$preset
size_max=$((4 * 1024 * 1024)) # DESIGN section 1
passed=0
failed=0

case $preset in
  x86_64) machine='Advanced Micro Devices X86-64' run=() ;;
  aarch64) machine='AArch64' run=(qemu-aarch64-static) ;;
  armv7) machine='ARM' run=(qemu-arm-static) ;;
esac

count() { # name, then a command
  local name=$1 output
  shift
  if output=$("$@" 2>&1); then
    passed=$((passed + 1))
    echo "ok     $name"
  else
    failed=$((failed + 1))
    printf 'FAILED %s\n%s\n' "$name" "$(tail -n 30 <<<"$output")"
  fi
}

small_enough() { echo "$size bytes, more than $size_max" && ((size <= size_max)); }

static_for_the_processor() {
  readelf -h "$build/edgeswarm" | grep -q "Machine: *$machine" || { echo "not for $machine"; return 1; }
  ! readelf -ld "$build/edgeswarm" | grep -E 'INTERP|NEEDED'
}

no_path_of_this_machine() { ! grep -aFoe "$PWD/" -e "$HOME/" "$build/edgeswarm"; }

runs() { timeout 60 "${run[@]}" "$build/edgeswarm" --help; }

# The same seeds give the same traces on every processor.
same_traces() {
  local ours theirs
  theirs=$(timeout 120 build/dev/tests/simulate --seeds 6 --twice 0 --hash | grep '^seed') || return 1
  ours=$(timeout 900 "${run[@]}" "$build/tests/simulate" --seeds 6 --twice 0 --hash | grep '^seed') || return 1
  [[ $ours == "$theirs" ]] || { diff <(echo "$theirs") <(echo "$ours"); return 1; }
}

skipped=1 # the product itself, unless it is among the targets
for target in "$@"; do
  if [[ $target == unit_* ]]; then
    count "$target" timeout 300 "${run[@]}" "$build/tests/$target"
    continue
  fi
  if [[ $target == simulate ]]; then
    count "the simulator's traces are those of 'dev'" same_traces
    continue
  fi
  skipped=0
  size=$(stat -c %s "$build/edgeswarm")
  count "edgeswarm for $preset has $size bytes, at most $size_max" small_enough
  count "it is static, for $machine" static_for_the_processor
  count "it names no path of the machine it was built on" no_path_of_this_machine
  count "it runs" runs
done
line="$passed passed, $failed failed"
((skipped == 0)) || line="$line, $skipped skipped"
echo "$line"
((failed == 0))
