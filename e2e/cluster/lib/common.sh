# shellcheck shell=bash
# shellcheck disable=SC2034 # the names are for the scripts that source this
# Names, places and small functions that every script of the local test cluster uses: sourced first, never run. What is set
# here is the only place where an address or a path is decided.
set -Eeuo pipefail

# The folder of these scripts, and where the cluster keeps what it builds (worth keeping) and what it runs on (not).
CLUSTER_HOME=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${COFFERDAM_CACHE:-/var/cache/cofferdam}
STATE=${COFFERDAM_STATE:-/var/lib/cofferdam-cluster}

# One cluster a machine: these names exist once, whatever STATE is.
NODE=node1
VETH=cofferdam0
CGROUP=cofferdam-cluster
LOCK=/run/lock/cofferdam-cluster.lock

# The network namespace that all of the cluster lives in is held by a mount on this file. (Not by `ip netns`, which would
# leave a mount of its own behind, and whose `exec` hides the cgroup mounts.)
NETNS=$STATE/netns

# Addresses. The node's and the pods' are seen from inside and, by routes over the veth pair, from the machine.
NODE_IP=10.89.0.1
MACHINE_IP=10.90.0.1  # the machine's end of the veth pair
CLUSTER_IP=10.90.0.2  # the cluster's end: the API server as the machine sees it
POD_CIDR=10.244.0.0/16
NODE_POD_CIDR=10.244.0.0/24
SERVICE_CIDR=10.96.0.0/16
API_SERVICE_IP=10.96.0.1
DNS_IP=10.96.0.10
NETPOL_QUEUE=100

ADMIN_KUBECONFIG=$STATE/pki/admin.kubeconfig
CONTAINERD_SOCKET=$STATE/containerd.sock
IMAGE_PREFIX=cofferdam.test

# The daemons find each other, runc, iptables and nft through this; the scripts also find go.
DAEMON_PATH=$STATE/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH=$DAEMON_PATH:$PATH

# step prints a line with the time since the script began.
step() {
	local now elapsed
	now=$(date +%s%N)
	elapsed=$(((now - STARTED_AT) / 100000000))
	printf '[%5d.%d s] %s\n' $((elapsed / 10)) $((elapsed % 10)) "$*"
}
STARTED_AT=$(date +%s%N)

# fail MESSAGE [LOG] ends the script with the reason and the last lines of the log that matters.
fail() {
	trap - ERR
	if [[ -n ${2:-} && -s ${2:-} ]]; then
		printf -- '--- the last lines of %s\n' "$2" >&2
		tail -n 20 "$2" >&2
		printf -- '---\n' >&2
	fi
	printf 'cluster: %s\n' "$1" >&2
	exit 1
}
trap 'fail "unexpected failure at ${BASH_SOURCE[0]#"$CLUSTER_HOME/"}:$LINENO: $BASH_COMMAND"' ERR

# wait_for SECONDS COMMAND… tries the command ten times a second until it succeeds or the time is over.
wait_for() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		((SECONDS < deadline)) || return 1
		sleep 0.1
	done
}

# One script at a time changes the cluster. The lock goes when its holder ends, however it ends; daemons are started
# without it (lib/processes.sh), or the cluster would lock itself out for as long as it runs.
take_lock() {
	exec 9>"$LOCK"
	if ! flock -n 9; then
		step "another make cluster or cluster-down is at work (or what it was building is): waiting for it"
		flock -w 1800 9 || fail "it did not end within 30 minutes; see who holds it: fuser -v $LOCK (Debian: psmisc)"
	fi
}

need_root() {
	[[ $CACHE == /* && $STATE == /* ]] || fail "COFFERDAM_CACHE and COFFERDAM_STATE must be absolute paths"
	[[ $(id -u) == 0 ]] || fail "this needs root: it makes network namespaces, mounts and cgroups"
}

# kubectl with the machine's view of the cluster and a cache that goes with it.
kubectl() {
	command kubectl --kubeconfig="$ADMIN_KUBECONFIG" --cache-dir="$STATE/kubectl-cache" "$@"
}

# render FILE prints a template of config/ with its @NAMES@ filled in.
render() {
	sed -e "s|@STATE@|$STATE|g" \
		-e "s|@NODE@|$NODE|g" \
		-e "s|@DNS_IP@|$DNS_IP|g" \
		-e "s|@POD_CIDR@|$POD_CIDR|g" \
		-e "s|@NODE_POD_CIDR@|$NODE_POD_CIDR|g" \
		-e "s|@CGROUP@|$CGROUP|g" \
		-e "s|@IMAGE_PREFIX@|$IMAGE_PREFIX|g" \
		-e "s|@RESTRICT_OOM_SCORE@|$(can_lower_oom_score && echo false || echo true)|g" \
		"$1"
}

# can_lower_oom_score says whether root here has CAP_SYS_RESOURCE (bit 24). In many containers and sandboxes it has not.
can_lower_oom_score() {
	local capabilities
	capabilities=$(sed -n 's/^CapEff:\s*//p' /proc/self/status)
	((0x$capabilities >> 24 & 1))
}
