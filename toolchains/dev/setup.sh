# usage: ./dev setup
#
# Installs the Debian packages that are missing and fetches the third-party sources of
# toolchains/third_party.list into ${EDGESWARM_CACHE:-~/.cache/edgeswarm}. A second run does nothing.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
case ${1:-} in
  -h | --help) help_and_exit "${BASH_SOURCE[0]}" ;;
  '') ;;
  *) die "setup takes no argument '$1'" ;;
esac

packages=(
  gcc g++ g++-aarch64-linux-gnu g++-arm-linux-gnueabihf clang-14 libclang-rt-14-dev clang-format-14 clang-tidy-14
  cmake ninja-build ccache make tcl dpkg-dev python3 git
  crun runc iproute2 nftables busybox-static qemu-user-static jq tmux zstd xz-utils bzip2 psmisc procps curl ca-certificates
)

# dpkg-query exits with 1 when it knows nothing of one package; the others' answers hold all the same.
missing_packages() {
  local known
  known=$({ dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' "${packages[@]}" 2>/dev/null || true; } | sed -n 's/^ii *//p')
  printf '%s\n' "${packages[@]}" | grep -vxF -f <(printf '%s\n' "$known") || true
}

as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "root is needed to run: $*"
  fi
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -o DPkg::Lock::Timeout=600 install -y --no-install-recommends "$@"
}

install_packages() {
  local missing
  mapfile -t missing < <(missing_packages)
  [[ ${#missing[@]} == 0 ]] && return
  command -v apt-get >/dev/null || die "this needs Debian's apt-get; missing: ${missing[*]}"
  say "setup: installing ${missing[*]}"
  # The lists of a fresh machine are absent or out of date; most machines need no second download.
  if ! apt_install "${missing[@]}"; then
    as_root apt-get -q -o DPkg::Lock::Timeout=600 update
    apt_install "${missing[@]}"
  fi
}

# A docker client drives our API in the tests. The machine's own is used when there is one; otherwise only the
# client's executable is unpacked from Debian's package, so that no Docker daemon starts on this machine.
fetch_docker_client() {
  command -v docker >/dev/null && return
  local scratch package
  scratch=$(mktemp -d "$EDGESWARM_CACHE/docker.XXXXXX")
  for package in docker-cli docker.io; do
    (cd "$scratch" && apt-get -q=2 download "$package" 2>/dev/null) || continue
    dpkg -x "$scratch/$package"_*.deb "$scratch/root"
    [[ -x $scratch/root/usr/bin/docker ]] || continue
    mkdir -p "$EDGESWARM_CACHE/bin"
    mv "$scratch/root/usr/bin/docker" "$EDGESWARM_CACHE/bin/docker"
    break
  done
  rm -rf "$scratch"
  command -v docker >/dev/null || warn "no docker client could be had; tests that need one are skipped"
}

install_packages
mkdir -p "$EDGESWARM_CACHE"
exec 9>"$EDGESWARM_CACHE/setup.lock"
flock 9
fetch_docker_client
source "$ES_ROOT/toolchains/dev/third_party.bash"
fetch_third_party
