# shellcheck shell=bash
# Building the cluster's programs from their published, pinned Go modules. Sourced.
#
# A group (a folder of tools/) is built into CACHE/programs/GROUP-KEY. The key is made of all that goes in, so a change
# rebuilds that group only, and folders of other keys may be deleted at any time.

KUBERNETES_VERSION=1.36.4
CONTAINERD_VERSION=2.3.4
GVISOR_VERSION=go-20260905-160fafc42237

# The groups that a running cluster needs, the quick ones last. kwok is built when it is asked for.
# shellcheck disable=SC2034 # used by parts/30-programs.sh
PROGRAM_GROUPS=(k8s gvisor containerd etcd coredns netpol pause ociimage)

# prepare_go sets Go up for reproducible builds: what go.mod and go.sum pin and nothing else, no C.
prepare_go() {
	local wanted version
	wanted=$(sed -n 's/^go //p' "$CLUSTER_HOME/tools/k8s/go.mod")
	type go >/dev/null 2>&1 || fail "Go is missing; install Go $wanted or newer and put it in PATH"
	export GOWORK=off GOTOOLCHAIN=local CGO_ENABLED=0 GOFLAGS=-mod=readonly
	version=$(go env GOVERSION)
	printf '%s\n' "$wanted" "${version#go}" | sort -VC || fail "this is Go ${version#go}; install Go $wanted or newer"
}

# program_directory GROUP prints where the group's programs are, or will be.
program_directory() {
	local group=$1 key
	key=$(
		cd "$CLUSTER_HOME/tools/$group" || exit
		{
			go env GOVERSION GOARCH
			declare -f "build_$group" build_program
			declare -p KUBERNETES_VERSION CONTAINERD_VERSION GVISOR_VERSION
			if [[ $group == gvisor ]]; then
				can_lower_oom_score && echo "shim as published" || echo "shim changed"
			fi
			find . -type f | LC_ALL=C sort | xargs sha256sum
		} | sha256sum | cut -c1-16
	)
	echo "$CACHE/programs/$group-$key"
}

# ensure_programs GROUP builds the group unless the cache has it, and prints nothing but steps. The folder appears only when
# all its programs are built. Two that build the same group at once do not disturb each other: the first to end wins.
ensure_programs() {
	local group=$1 directory work log began
	directory=$(program_directory "$group")
	[[ ! -d $directory ]] || return 0
	log=$CACHE/log/build-$group.log
	mkdir -p "$CACHE/programs" "$CACHE/log"
	# What builds that were killed have left.
	find "$CACHE/programs" -maxdepth 1 -name '*.building.*' -mmin +120 -exec rm -rf {} +
	work=$(mktemp -d "$directory.building.XXXXXX")
	chmod 755 "$work"
	began=$SECONDS
	step "building $group (log: $log)"
	(
		cd "$CLUSTER_HOME/tools/$group" || exit
		"build_$group" "$work"
	) >"$log" 2>&1 || fail "building $group failed; when it is a download, try again" "$log"
	mv -T "$work" "$directory" 2>/dev/null || rm -rf "$work"
	step "built $group in $((SECONDS - began)) s"
}

# build_program OUTPUT PACKAGE [LINKER FLAGS]
build_program() {
	# When the script that ordered this was killed, the rest of the group is not wanted any more.
	kill -0 $$ 2>/dev/null || exit 1
	nice -n 5 go build -trimpath -buildvcs=false -ldflags "-s -w ${3:-}" -o "$1" "$2"
}

build_k8s() {
	local component package flags=
	# Both packages, because the server and the client code each keep a version of their own.
	for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
		flags+=" -X $package.gitVersion=v$KUBERNETES_VERSION -X $package.gitMajor=1 -X $package.gitMinor=36"
		flags+=" -X $package.gitTreeState=clean -X $package.buildDate=1970-01-01T00:00:00Z"
	done
	for component in kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl; do
		build_program "$1/$component" "k8s.io/kubernetes/cmd/$component" "$flags"
	done
}

build_containerd() {
	local component
	for component in containerd ctr containerd-shim-runc-v2; do
		build_program "$1/$component" "github.com/containerd/containerd/v2/cmd/$component" \
			"-X github.com/containerd/containerd/v2/version.Version=v$CONTAINERD_VERSION"
	done
}

build_gvisor() {
	build_program "$1/runsc" gvisor.dev/gvisor/runsc "-X gvisor.dev/gvisor/runsc/version.version=$GVISOR_VERSION"
	if can_lower_oom_score; then
		build_program "$1/containerd-shim-runsc-v1" gvisor.dev/gvisor/shim
	else
		./build-changed-shim "$1/containerd-shim-runsc-v1"
	fi
}

build_etcd() {
	build_program "$1/etcd" go.etcd.io/etcd/server/v3
}

build_coredns() {
	build_program "$1/coredns" .
}

build_netpol() {
	build_program "$1/netpol" .
	build_program "$1/podmap" ./podmap
}

build_pause() {
	build_program "$1/pause" .
}

build_ociimage() {
	build_program "$1/ociimage" .
}

build_kwok() {
	build_program "$1/kwok" sigs.k8s.io/kwok/cmd/kwok
}
