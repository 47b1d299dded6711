# usage: ./dev demo [--keep|--stop]      tests/demo/demo.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
exec tests/demo/demo.sh "$@"
