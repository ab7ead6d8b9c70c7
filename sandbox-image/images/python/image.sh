# shellcheck shell=bash disable=SC2034,SC2154 # sourced by build-images
# An example tool image: Debian with python3, bash, curl and git. No package manager's state, manuals or translations.
image_options=(--cmd python3 --user 65532)

# python3, not python3-minimal: that one has no json.
packages=(python3 bash curl git ca-certificates)

# apt_sources prints the machine's own Debian sources; others may be out of reach, and do not belong into the image.
apt_sources() {
	local file
	for file in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list; do
		[[ -s $file ]] && echo "$file" && return
	done
	fail "no Debian sources in /etc/apt; is this a Debian machine?"
}

# The versions of what the image is for; a dependency's update alone does not rebuild it.
inputs() {
	require mmdebstrap
	apt-cache policy "${packages[@]}" | grep -E '^[a-z]|Candidate'
}

# debian DIR fills a directory with the packages and what they need.
debian() {
	local suite
	# shellcheck source=/dev/null
	suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
	# Time 0, so that two builds differ in nothing.
	SOURCE_DATE_EPOCH=0 nice mmdebstrap --variant=essential --mode=root --format=directory \
		--include="$(IFS=,; echo "${packages[*]}")" \
		--aptopt='Apt::Install-Recommends "false"' \
		--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/info/*' \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		"$suite" "$1" "$(apt_sources)" >"$cache/$name.log" 2>&1 ||
		fail "mmdebstrap failed; see $cache/$name.log"
	echo 'tool:x:65532:65532::/workspace:/bin/bash' >>"$1/etc/passwd"
	echo 'tool:x:65532:' >>"$1/etc/group"
	# Nothing is installed later, nobody logs in, and git's Perl parts (send-email, svn) are not what a tool call needs.
	(cd "$1" && rm -rf var/lib/dpkg var/lib/apt var/cache/* var/log/* etc/apt dev/* run/* tmp/* \
		usr/share/perl* usr/lib/*/perl usr/lib/*/libperl* usr/share/zoneinfo usr/share/gitweb etc/machine-id etc/hostname etc/resolv.conf)
}

rootfs() {
	debian "$1"
}
