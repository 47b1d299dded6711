# usage: ./dev check [--format]
#
# Dependency rule, sizes and bans, every header compiles alone. --format also compares the code with .clang-format.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
case ${1:-} in
  -h | --help) help_and_exit "${BASH_SOURCE[0]}" ;;
  --format) bash toolchains/dev/format.sh --check ;;
esac
exec tests/check/run
