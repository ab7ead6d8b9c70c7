# shellcheck shell=bash
# Part 1: does this machine have what the cluster needs? Everything that is missing is said at once, before anything is
# installed, built or started.

# The first build needs the Go caches too; later ones only the state folder.
DISK_FIRST_MB=14000
DISK_LATER_MB=3000
MEMORY_MB=4000

lacks=()
lack() { lacks+=("$*"); }

check_machine() {
	lacks=()
	check_commands
	check_kernel
	check_cgroups
	check_space
	check_addresses
	if ((${#lacks[@]})); then
		printf 'cluster: this machine lacks what the cluster needs:\n' >&2
		printf '  - %s\n' "${lacks[@]}" >&2
		exit 1
	fi
	step "the machine has what the cluster needs: $(nproc) cores, $(available_memory_mb) MB of memory, $(cgroup_version)"
}

check_commands() {
	local command
	[[ $(uname -s) == Linux ]] || lack "Linux"
	case $(uname -m) in
	x86_64 | aarch64) ;;
	*) lack "an x86_64 or aarch64 processor: gVisor runs on no other" ;;
	esac
	# These belong to every Debian; what Debian does not install by itself, the next part does.
	for command in flock setsid nsenter unshare mount sysctl awk find tar sha256sum; do
		type "$command" >/dev/null 2>&1 || lack "the command $command (Debian: util-linux, procps, findutils, coreutils)"
	done
	type apt-get >/dev/null 2>&1 || packages_missing_are_none ||
		lack "apt-get, or these Debian packages from elsewhere: ${PACKAGES[*]}"
}

check_kernel() {
	[[ -e /proc/self/ns/user ]] || lack "user namespaces in the kernel (CONFIG_USER_NS): gVisor's file servers use them"
	grep -qw overlay /proc/filesystems || modprobe overlay 2>/dev/null || lack "overlayfs in the kernel (CONFIG_OVERLAY_FS)"
	unshare --net --mount true 2>/dev/null || lack "the right to make network and mount namespaces (CAP_SYS_ADMIN)"
	if [[ -r /proc/config.gz ]]; then
		check_kernel_options
	fi
}

# A kernel without NFQUEUE is told here, by name, where the kernel publishes its configuration. Part 2 tries it in any case.
check_kernel_options() {
	local option options
	options=$(zcat /proc/config.gz)
	for option in NETFILTER_XT_TARGET_NFQUEUE NFT_COMPAT NF_CONNTRACK NFT_NAT VETH BRIDGE SECCOMP_FILTER; do
		grep -q "^CONFIG_$option=[ym]" <<<"$options" || lack "CONFIG_$option in the kernel"
	done
}

cgroup_version() {
	if grep -q ' cgroup rw' /proc/mounts; then echo "cgroup v1"; else echo "cgroup v2"; fi
}

check_cgroups() {
	local controller
	if [[ $(cgroup_version) == "cgroup v1" ]]; then
		for controller in cpu cpuacct cpuset memory pids devices freezer; do
			grep -Eq " cgroup rw[^ ]*[ ,]$controller(,| )" /proc/mounts || lack "the cgroup v1 controller $controller, mounted"
		done
	else
		for controller in cpu cpuset memory pids; do
			grep -qw "$controller" /sys/fs/cgroup/cgroup.controllers 2>/dev/null || lack "the cgroup v2 controller $controller"
		done
	fi
}

available_memory_mb() {
	awk '$1 == "MemAvailable:" {print int($2 / 1024)}' /proc/meminfo
}

check_space() {
	local wanted=$DISK_LATER_MB free directory
	[[ -d $(program_directory k8s) ]] || wanted=$DISK_FIRST_MB
	for directory in "$CACHE" "$STATE"; do
		free=$(df -Pm "$(existing_parent "$directory")" | awk 'NR == 2 {print $4}')
		((free >= wanted)) || lack "disk space at $directory: $free MB free, $wanted MB needed"
	done
	(($(available_memory_mb) >= MEMORY_MB)) || lack "memory: $(available_memory_mb) MB available, $MEMORY_MB MB needed"
	# The kubelet puts sockets into the state folder, and a socket's path has at most 107 characters.
	((${#STATE} <= 50)) || lack "a state folder with a shorter name: $STATE has more than 50 characters"
}

existing_parent() {
	local path=$1
	until [[ -e $path ]]; do path=$(dirname "$path"); done
	echo "$path"
}

# The cluster's addresses must be free on the machine, except for what an earlier cluster of ours has left.
check_addresses() {
	local range taken
	type ip >/dev/null 2>&1 || return 0
	for range in "$POD_CIDR" "$SERVICE_CIDR" "$MACHINE_IP/30"; do
		taken=$(ip -4 route show root "$range" | grep -v "dev $VETH" || true)
		[[ -z $taken ]] || lack "free addresses in $range, which this route uses: $taken"
	done
}
