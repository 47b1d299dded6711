# Sourced by setup: the sources of toolchains/third_party.list, each in $EDGESWARM_CACHE/third_party/<name>-<version>.
#
# They come through a private apt configuration over the mirrors this machine already uses. The machine's own lists
# and architectures are left alone: adding armhf to them breaks `apt-get update` on some mirrors. apt checks the
# archive's signature, toolchains/third_party.sha256 pins every byte a second time.

third_party_root=$EDGESWARM_CACHE/third_party
private_apt=$EDGESWARM_CACHE/apt

# Prints "name kind package=version kept..." lines.
third_party_entries() { grep -v -e '^#' -e '^$' "$ES_ROOT/toolchains/third_party.list"; }

# zlib, zlib=1:1.3-1 -> zlib-1.3-1. CMake computes the same name.
third_party_folder() {
  local version=${2#*=}
  printf '%s/%s-%s' "$third_party_root" "$1" "${version#*:}"
}

# The base address of Debian's main archive and of its security archive, as this machine's apt knows them.
debian_mirrors() {
  local release
  release=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-bookworm}")
  apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
    awk -v main="$release" -v security="$release-security" '
      $1 == main && !m { m = $2 }
      $1 == security && !s { s = $2 }
      END { print m, s }'
}

write_private_apt_configuration() {
  local main security keyring="[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
  read -r main security < <(debian_mirrors) || true
  [[ -n $main ]] || die "this machine's apt configuration names no Debian mirror"
  mkdir -p "$private_apt"/{lists/partial,cache/archives/partial,parts,state}
  touch "$private_apt/state/status"
  {
    printf 'deb-src %s %s trixie main\n' "$keyring" "$main"
    printf 'deb-src %s %s bookworm main\n' "$keyring" "$main"
    printf 'deb %s %s trixie main\n' "${keyring%]} arch=amd64,arm64,armhf]" "$main"
    [[ -z $security ]] || printf 'deb-src %s %s trixie-security main\n' "$keyring" "$security"
  } >"$private_apt/sources.list"
  cat >"$private_apt/apt.conf" <<CONF
Dir::State "$private_apt/state";
Dir::State::status "$private_apt/state/status";
Dir::State::Lists "$private_apt/lists";
Dir::Cache "$private_apt/cache";
Dir::Etc::sourcelist "$private_apt/sources.list";
Dir::Etc::sourceparts "$private_apt/parts";
Dir::Etc::preferences "$private_apt/parts/none";
Dir::Etc::preferencesparts "$private_apt/parts";
APT::Architecture "amd64";
APT::Architectures { "amd64"; "arm64"; "armhf"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
CONF
}

in_private_apt() { env APT_CONFIG="$private_apt/apt.conf" "$@"; }

# Downloads into the current folder. Of kind `orig` the mirror is known to have lost a file that we do not need; apt
# complains, and whether ours has arrived is seen when it is verified.
download_package() {
  local kind=$1 package=$2
  case $kind in
    deb) in_private_apt apt-get -q=2 download "$package" ;;
    dsc) in_private_apt apt-get -q=2 --only-source --download-only source "$package" ;;
    orig) in_private_apt apt-get -q=2 --only-source --download-only source "$package" >apt.log 2>&1 || true ;;
  esac
}

# Every file that arrived and is used must stand in the hash list with this very hash.
verify_downloads() {
  local file expected actual
  for file in "$@"; do
    [[ -f $file ]] || die "the mirror did not deliver $file$(printf '\n' && cat apt.log 2>/dev/null)"
    expected=$(awk -v name="${file##*/}" '$2 == name { print $1 }' "$ES_ROOT/toolchains/third_party.sha256")
    actual=$(sha256sum "$file" | cut -d' ' -f1)
    [[ -n $expected ]] || die "$file ($actual) is not in toolchains/third_party.sha256"
    [[ $expected == "$actual" ]] || die "$file has hash $actual, not $expected as toolchains/third_party.sha256 says"
  done
}

# The amalgamation is what SQLite recommends to compile; Debian ships the tree it is made from.
make_sqlite_amalgamation() {
  (cd "$1" && ./configure --disable-tcl --disable-readline && make sqlite3.c) >"$1/amalgamation.log" 2>&1 ||
    die "cannot make SQLite's amalgamation; see $1/amalgamation.log"
}

unpack_package() { # kind folder; the downloads are in the current folder
  local kind=$1 folder=$2 file
  case $kind in
    dsc)
      verify_downloads ./*.dsc ./*.orig*.tar.[gbx]z* ./*.debian.tar.*
      dpkg-source -q --no-check -x ./*.dsc "$folder"
      ;;
    orig)
      verify_downloads ./*.orig.tar.*
      mkdir "$folder"
      tar -xf ./*.orig.tar.* -C "$folder" --strip-components=1
      ;;
    deb)
      for file in ./*.deb; do
        verify_downloads "$file"
        dpkg -x "$file" "$folder"
      done
      ;;
  esac
}

fetch_one() { # name kind package=version kept...
  local name=$1 kind=$2 package=$3 destination scratch
  shift 3
  destination=$(third_party_folder "$name" "$package")
  scratch=$(mktemp -d "$EDGESWARM_CACHE/fetch.XXXXXX")
  mkdir "$scratch/download" "$scratch/kept"
  # Not `( ... ) || ...`: that would let the subshell go on after a failed command.
  set +e
  (
    set -e
    cd "$scratch/download"
    download_package "$kind" "$package"
    unpack_package "$kind" "$scratch/all"
    [[ $name != sqlite ]] || make_sqlite_amalgamation "$scratch/all"
    cd "$scratch/all"
    # Unquoted: the list may hold patterns.
    # shellcheck disable=SC2048,SC2086
    mv $* "$scratch/kept/"
  )
  local status=$?
  set -e
  [[ $status == 0 ]] || die "cannot fetch $package; left for inspection: $scratch"
  mv "$scratch/kept" "$destination"
  rm -rf "$scratch"
}

fetch_third_party() {
  local name kind package kept wanted=()
  while read -r name kind package kept; do
    [[ -d $(third_party_folder "$name" "$package") ]] || wanted+=("$name $kind $package $kept")
  done < <(third_party_entries)
  [[ ${#wanted[@]} == 0 ]] && return
  mkdir -p "$third_party_root"
  say "setup: fetching ${#wanted[@]} third-party packages"
  write_private_apt_configuration
  in_private_apt apt-get -q=2 update || warn "apt-get update complained; going on with what it has"
  for entry in "${wanted[@]}"; do
    set -f
    # shellcheck disable=SC2086 # the entry is a line of words
    set -- $entry
    set +f
    say "setup: $1 ($3)"
    fetch_one "$@"
  done
  rm -rf "$private_apt"
}
