# usage: ./dev build [PRESET] [TARGET]...
#
# Configures build/PRESET when needed and builds it. PRESET is dev (default), clang, asan, tsan, cov, fuzz,
# x86_64, aarch64 or armv7; `products` is the last three, `all` every preset. Builds of one preset wait for each other.
# ES_JOBS sets how many compilers run at once (default: one a processor).
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

presets=(dev clang asan tsan cov fuzz)
products=(x86_64 aarch64 armv7)

build_one() { # preset target...
  local preset=$1 folder=build/$1
  shift
  mkdir -p "$folder"
  exec 8>"$folder/.lock"
  flock -n 8 || { warn "waiting for another build of $preset"; flock 8; }
  if [[ ! -f $folder/build.ninja ]]; then
    cmake --preset "$preset" >"$folder/configure.log" 2>&1 || { cat "$folder/configure.log" >&2; exit 1; }
  fi
  # Compilers must not inherit the lock: a background job of theirs would hold it.
  NINJA_STATUS="[$preset %f/%t] " ninja -C "$folder" -j "$ES_JOBS" -k 20 "$@" 8>&-
  exec 8>&-
}

case ${1:-} in -h | --help) help_and_exit "${BASH_SOURCE[0]}" ;; esac
"$ES_ROOT/dev" setup
chosen=(dev)
case ${1:-} in
  '') ;;
  all) shift; chosen=("${presets[@]}" "${products[@]}") ;;
  products) shift; chosen=("${products[@]}") ;;
  *)
    if [[ " ${presets[*]} ${products[*]} " == *" $1 "* ]]; then
      chosen=("$1")
      shift
    fi
    ;;
esac
for preset in "${chosen[@]}"; do
  build_one "$preset" "$@"
done
