# usage: ./dev clean [PRESET]      removes build/PRESET, or build/; the cache of third-party sources stays
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
case ${1:-} in
  -h | --help) help_and_exit "${BASH_SOURCE[0]}" ;;
  */* | .*) die "a preset's name, not '$1'" ;;
esac
rm -rf "$ES_ROOT/build${1:+/$1}"
