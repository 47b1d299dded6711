# usage: ./dev format [--check] [FILE]...
#
# Writes FILEs (default: all of core, platform, services, tests) as .clang-format wants them; --check only compares.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
arguments=(-i)
case ${1:-} in
  -h | --help) help_and_exit "${BASH_SOURCE[0]}" ;;
  --check) arguments=(--dry-run --Werror); shift ;;
esac
if [[ $# == 0 ]]; then
  mapfile -d '' files < <(find core platform services tests \( -name '*.h' -o -name '*.cpp' \) -print0)
  set -- "${files[@]}"
fi
printf '%s\0' "$@" | xargs -0 -n 20 -P "$ES_JOBS" clang-format-14 "${arguments[@]}"
