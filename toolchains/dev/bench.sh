# usage: ./dev bench create|failover|idle      tests/bench/run.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
exec tests/bench/run.sh "$@"
