# shellcheck shell=bash disable=SC2034,SC2154 # sourced by build-images
# Only for tests, and built only when it is named: programs that know nothing of us (git, pip, psql), and servers for them to talk to (PostgreSQL, and
# whatever python3 serves).
# shellcheck source=SCRIPTDIR/../python/image.sh
source "$here/images/python/image.sh"
packages+=(python3-pip postgresql openssl)

inputs() {
	require mmdebstrap
	apt-cache policy "${packages[@]}" | grep -E '^[a-z]|Candidate'
	cat "$here/images/python/image.sh"
}

rootfs() {
	debian "$1"
	# PostgreSQL compiles no queries here.
	(cd "$1" && rm -rf usr/lib/*/libLLVM* usr/lib/postgresql/*/lib/{bitcode,llvmjit*} usr/lib/llvm*)
}
