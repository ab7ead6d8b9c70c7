# shellcheck shell=bash
# Part 3: the programs and the images that the cluster itself consists of, taken from the cache or built into it, and the
# state folder that names them all in one place.

build_programs() {
	local group
	for group in "${PROGRAM_GROUPS[@]}"; do
		ensure_programs "$group"
	done
}

# image_directory prints where the cluster's own images are; the key is made of what they are made of.
image_directory() {
	local key
	key=$(
		{
			program_directory coredns
			program_directory pause
			program_directory ociimage
			sha256sum /bin/busybox
			declare -f build_images make_pause_image make_coredns_image make_busybox_image
		} | sha256sum | cut -c1-16
	)
	echo "$CACHE/images/$key"
}

build_images() {
	local directory work
	directory=$(image_directory)
	[[ ! -d $directory ]] || return 0
	work=$directory.building
	rm -rf "$work"
	mkdir -p "$work"
	make_pause_image "$work" >"$CACHE/log/images.log" 2>&1
	make_coredns_image "$work" >>"$CACHE/log/images.log" 2>&1
	make_busybox_image "$work" >>"$CACHE/log/images.log" 2>&1
	rm -rf "$work"/*.rootfs
	mv "$work" "$directory"
	step "made the images pause, coredns and busybox"
}

make_pause_image() {
	local rootfs=$1/pause.rootfs
	mkdir "$rootfs"
	cp "$(program_directory pause)/pause" "$rootfs/"
	# One processor is enough for it, and Go starts fewer threads then: this program runs in every pod.
	ociimage build --name "$IMAGE_PREFIX/pause:1" --output "$1/pause.tar" --user 65535 --env GOMAXPROCS=1 --entrypoint /pause "$rootfs"
}

make_coredns_image() {
	local rootfs=$1/coredns.rootfs
	mkdir "$rootfs"
	cp "$(program_directory coredns)/coredns" "$rootfs/"
	ociimage build --name "$IMAGE_PREFIX/coredns:1" --output "$1/coredns.tar" --entrypoint /coredns "$rootfs"
}

make_busybox_image() {
	local rootfs=$1/busybox.rootfs applet
	mkdir -p "$rootfs/bin" "$rootfs/etc" "$rootfs/tmp"
	cp /bin/busybox "$rootfs/bin/"
	for applet in $(/bin/busybox --list); do
		[[ $applet == busybox ]] || ln -s busybox "$rootfs/bin/$applet"
	done
	chmod 1777 "$rootfs/tmp"
	printf 'root:x:0:0::/:/bin/sh\nnonroot:x:65532:65532::/tmp:/bin/sh\n' >"$rootfs/etc/passwd"
	ociimage build --name "$IMAGE_PREFIX/busybox:1" --output "$1/busybox.tar" --cmd sh "$rootfs"
}

# make_state makes the state folder and, in STATE/bin, one name for each program.
make_state() {
	local group
	mkdir -p "$STATE"
	touch "$STATE/.cofferdam-cluster"
	mkdir -p "$STATE"/{bin,log,log/runsc,run,config,cni/config,cni/bin,podmap,pod-logs,volume-plugins}
	record_sysctls
	record_outside_folders
	for group in "${PROGRAM_GROUPS[@]}"; do
		ln -s "$(program_directory "$group")"/* "$STATE/bin/"
	done
	ln -s "$STATE/bin/podmap" "$STATE/cni/bin/podmap"
}
