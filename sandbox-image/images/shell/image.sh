# shellcheck shell=bash disable=SC2034 # sourced by build-images
# An example tool image: busybox, statically linked, with a name for each of its applets.
image_options=(--cmd sh --user 65532)

inputs() {
	require busybox-static
	sha256sum /bin/busybox
}

rootfs() {
	local applet
	mkdir -p "$1"/{bin,etc,tmp,usr/bin}
	chmod 1777 "$1/tmp"
	cp /bin/busybox "$1/bin/"
	for applet in $(/bin/busybox --list); do
		[[ $applet == busybox ]] || ln -s busybox "$1/bin/$applet"
	done
	ln -s ../../bin/env "$1/usr/bin/env" # where #! lines look for it
	printf 'root:x:0:0::/:/bin/sh\ntool:x:65532:65532::/workspace:/bin/sh\n' >"$1/etc/passwd"
	printf 'root:x:0:\ntool:x:65532:\n' >"$1/etc/group"
}
