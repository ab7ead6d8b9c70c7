# shellcheck shell=bash
# Starting the cluster's daemons, and finding every process that is the cluster's and none that is not. Sourced.

# start_daemon NAME COMMAND… runs the command in the cluster's network namespace, apart from this script, and logs to
# STATE/log/NAME.log. The environment is empty on purpose: a proxy setting of the machine means nothing in there.
start_daemon() {
	local name=$1
	shift
	setsid nsenter --net="$NETNS" env -i PATH="$DAEMON_PATH" HOME="$STATE" "$@" \
		>>"$STATE/log/$name.log" 2>&1 </dev/null 9>&- &
	echo $! >"$STATE/run/$name.pid"
}

# daemon_alive NAME: the recorded process exists and lives in the cluster's namespace (so it is not another one that got
# the same number).
daemon_alive() {
	local pid
	pid=$(cat "$STATE/run/$1.pid" 2>/dev/null) || return 1
	[[ -n $pid && $(readlink "/proc/$pid/ns/net") == "net:[$(stat -Lc %i "$NETNS")]" ]] 2>/dev/null
}

# daemon_ended NAME: the recorded process does not exist any more, or only its parent has yet to hear of its end. Not the opposite of daemon_alive: one that
# has just been started is on its way into the namespace, and neither alive nor ended.
daemon_ended() {
	! readlink "/proc/$(cat "$STATE/run/$1.pid" 2>/dev/null)/exe" >/dev/null 2>&1
}

# wait_for_daemon NAME SECONDS COMMAND… waits for the command to succeed, and gives up at once when the daemon has ended.
wait_for_daemon() {
	local name=$1 deadline=$((SECONDS + $2))
	shift 2
	until "$@" >/dev/null 2>&1; do
		if daemon_ended "$name"; then
			fail "$name has ended; its log tells why" "$STATE/log/$name.log"
		fi
		((SECONDS < deadline)) || fail "$name does not answer as it should ($*)" "$STATE/log/$name.log"
		sleep 0.1
	done
}

# cluster_processes prints the process ids of all that belongs to the cluster, however it was started:
# what lives in its network namespace or in one of its pods', and what lives in its pods' cgroups (gVisor's file servers
# sit in a namespace of their own, but in the pod's cgroup).
cluster_processes() {
	local namespaces
	namespaces=$(cluster_mounts | awk '$1 ~ /^net:\[/ {print $1}')
	{
		if [[ -n $namespaces ]]; then
			find /proc -maxdepth 3 -path '/proc/[0-9]*/ns/net' -printf '%l %p\n' 2>/dev/null |
				grep -F "$namespaces" | cut -d/ -f3 || true
		fi
		cgroup_directories | while read -r directory; do
			find "$directory" -name cgroup.procs -exec cat {} + 2>/dev/null || true
		done
	} | grep -vxF -e 0 -e $$ | sort -nu || true
}

# cluster_mounts prints "ROOT MOUNTPOINT" of all mounts below the state folder, innermost first. For a mount that holds a
# network namespace, ROOT is that namespace's name, as in net:[4026532000].
cluster_mounts() {
	awk -v below="$STATE/" 'index($5, below) == 1 {print $4, $5}' /proc/self/mountinfo | sort -k2 -r
}

# cgroup_mounts prints the mount points of the control group hierarchies: one on a cgroup v2 machine, several on v1.
cgroup_mounts() {
	awk '$3 == "cgroup" || $3 == "cgroup2" {print $2}' /proc/mounts
}

# cgroup_directories prints the cluster's folder in each hierarchy that has one.
cgroup_directories() {
	local hierarchy
	for hierarchy in $(cgroup_mounts); do
		if [[ -d $hierarchy/$CGROUP ]]; then
			echo "$hierarchy/$CGROUP"
		fi
	done
}
