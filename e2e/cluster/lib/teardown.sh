# shellcheck shell=bash
# Taking the cluster down. Sourced. It needs no record of what was started, so it also clears up after a start that was
# killed halfway, and it can itself be killed and repeated: the state folder, which leads to all the rest, goes last.

# The machine's settings that the kubelet changes for everybody.
KUBELET_SYSCTLS=(vm.overcommit_memory vm.panic_on_oom kernel.panic kernel.panic_on_oops
	kernel.keys.root_maxkeys kernel.keys.root_maxbytes)

# Folders with fixed names that the kubelet, containerd, its shims and CNI make outside of the state folder.
OUTSIDE_FOLDERS=(/var/lib/kubelet /var/log/containers /var/log/pods /run/containerd /var/lib/cni)

# something_is_left: is there anything of a cluster on the machine?
something_is_left() {
	[[ -e $STATE ]] || ip link show "$VETH" >/dev/null 2>&1 || [[ -n $(cgroup_directories) ]]
}

take_down() {
	check_state_is_ours
	rm -f "$STATE/ready"
	end_processes
	remove_shim_sockets
	remove_network_results
	remove_mounts
	remove_network
	remove_cgroups
	restore_sysctls
	remove_outside_folders
	rm -rf --one-file-system "$STATE"
}

# A mistaken COFFERDAM_STATE must not cost anybody a folder.
check_state_is_ours() {
	if [[ -e $STATE && ! -e $STATE/.cofferdam-cluster && -n $(ls -A "$STATE") ]]; then
		fail "$STATE holds something that is not a cluster's state; set COFFERDAM_STATE to a folder of its own"
	fi
}

# The kubelet goes first, or it would start again what ends. New processes may appear while others are ended, hence rounds.
end_processes() {
	local name pids round
	for name in kubelet kwok; do
		if daemon_alive "$name"; then
			kill -KILL "$(cat "$STATE/run/$name.pid")" 2>/dev/null || true
		fi
	done
	for round in {1..100}; do
		pids=$(cluster_processes)
		[[ -n $pids ]] || return 0
		# shellcheck disable=SC2086 # a list of numbers
		kill -KILL $pids 2>/dev/null || true
		sleep 0.1
	done
	fail "processes of the cluster do not end after $round rounds: $pids"
}

# A shim removes its socket when it ends in peace, which end_processes does not allow it.
remove_shim_sockets() {
	local sockets
	sockets=$(find "$STATE/containerd-state" -name bootstrap.json -exec cat {} + 2>/dev/null |
		grep -o '/run/containerd/s/[0-9a-f]*' | sort -u || true)
	if [[ -n $sockets ]]; then
		xargs rm -f <<<"$sockets"
	fi
}

# CNI notes what each pod's network is in a folder whose name is fixed, until the pod goes in peace. podmap's notes tell
# which of those are the cluster's.
remove_network_results() {
	local file
	for file in "$STATE"/podmap/by-id/*; do
		rm -f "/var/lib/cni/results/"*"-$(basename "$file")-"*
	done
}

remove_mounts() {
	local mount_point
	cluster_mounts | while read -r _ mount_point; do
		umount -l "$mount_point" 2>/dev/null || true
	done
	[[ -z $(cluster_mounts) ]] || fail "these mounts cannot be removed: $(cluster_mounts | cut -d' ' -f2)"
}

# The namespace's own interfaces, rules and routes went with it. The machine's routes go with the veth pair.
remove_network() {
	if ip link show "$VETH" >/dev/null 2>&1; then
		ip link delete "$VETH" || true
	fi
}

remove_cgroups() {
	local directory
	cgroup_directories | while read -r directory; do
		# A group may count as busy for a moment after its last process has ended.
		wait_for 5 remove_cgroup "$directory" || fail "the cgroup $directory cannot be removed; see its cgroup.procs files"
	done
}

remove_cgroup() {
	find "$1" -depth -type d -exec rmdir {} + && [[ ! -d $1 ]]
}

record_sysctls() {
	local name
	for name in "${KUBELET_SYSCTLS[@]}"; do
		printf '%s=%s\n' "$name" "$(sysctl -n "$name")"
	done >"$STATE/sysctls.before"
}

restore_sysctls() {
	if [[ -s $STATE/sysctls.before ]]; then
		sysctl -qp "$STATE/sysctls.before" || fail "cannot restore the settings in $STATE/sysctls.before; do it by hand: sysctl -p"
	fi
}

# record_outside_folders notes which of the folders are not there, so that only those are removed.
record_outside_folders() {
	local folder
	for folder in "${OUTSIDE_FOLDERS[@]}"; do
		if [[ ! -e $folder ]]; then
			echo "$folder"
		fi
	done >"$STATE/outside-folders.new"
}

# Only folders are removed, and only empty ones, apart from the kubelet's notes on devices: the rest may be somebody's.
remove_outside_folders() {
	local folder
	[[ -s $STATE/outside-folders.new ]] || return 0
	while read -r folder; do
		[[ -d $folder ]] || continue
		if [[ $folder == /var/lib/kubelet ]]; then
			rm -rf --one-file-system "$folder/device-plugins"
		fi
		find "$folder" -depth -type d -empty -delete
	done <"$STATE/outside-folders.new"
}
