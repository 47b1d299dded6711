# usage: ./dev fuzz [TARGET [ARGUMENT]...]
#
# Builds the libFuzzer targets of tests/fuzz/*.cpp with clang, addresses and undefined behaviour checked, and runs
# TARGET for 60 s (or as ARGUMENTs of libFuzzer say), its corpus in build/fuzz/corpus/TARGET. Without TARGET: lists them.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
case ${1:-} in -h | --help) help_and_exit "${BASH_SOURCE[0]}" ;; esac
if [[ $# == 0 ]]; then
  for file in tests/fuzz/*.cpp; do [[ -f $file ]] && basename "$file" .cpp; done
  exit 0
fi
target=$1
shift
[[ -f tests/fuzz/$target.cpp ]] || die "no fuzz target '$target'; ./dev fuzz lists them"
./dev build fuzz "fuzz_$target"
mkdir -p "build/fuzz/corpus/$target"
[[ $# != 0 ]] || set -- -max_total_time=60
seeds=()
[[ ! -d tests/fuzz/$target ]] || seeds=("tests/fuzz/$target")
exec "build/fuzz/tests/fuzz_$target" "$@" "build/fuzz/corpus/$target" "${seeds[@]}"
