# shellcheck shell=bash
# Part 2: what comes from Debian, and a trial of the kernel features that can only be seen by using them.

# runc runs the pods that are not sandboxed; containernetworking-plugins gives a pod its interface; iptables queues
# packets for netpol; nftables is kube-proxy's; busybox is the test image; openssl makes the certificates.
PACKAGES=(runc containernetworking-plugins iptables nftables iproute2 busybox-static openssl ca-certificates procps kmod)

missing_packages() {
	local package
	for package in "${PACKAGES[@]}"; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' || echo "$package"
	done
}

packages_missing_are_none() {
	[[ -z $(missing_packages) ]]
}

install_packages() {
	local missing log=$CACHE/log/packages.log
	missing=$(missing_packages | xargs)
	[[ -n $missing ]] || return 0
	mkdir -p "$CACHE/log"
	step "installing Debian packages: $missing (log: $log)"
	apt-get update -q >"$log" 2>&1 || fail "apt-get update failed" "$log"
	# shellcheck disable=SC2086 # a list of names
	DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends -o DPkg::Lock::Timeout=300 $missing >>"$log" 2>&1 ||
		fail "installing packages failed; when dpkg was interrupted before: dpkg --configure -a" "$log"
	step "installed the packages"
}

# try_kernel makes, in a network namespace that is thrown away, one of each thing that the cluster will make.
try_kernel() {
	lacks=()
	try_in_namespace "bridges (CONFIG_BRIDGE)" ip link add try0 type bridge
	try_in_namespace "veth pairs (CONFIG_VETH)" ip link add try0 type veth peer name try1
	try_in_namespace "the iptables target NFQUEUE (CONFIG_NETFILTER_XT_TARGET_NFQUEUE), with which NetworkPolicies are enforced" \
		iptables -A FORWARD -m conntrack --ctstate NEW -j NFQUEUE --queue-num 1
	try_in_namespace "nftables with NAT (CONFIG_NFT_NAT), with which kube-proxy serves Services" \
		nft add table ip try '{ chain nat { type nat hook prerouting priority -100; ip daddr 192.0.2.1 dnat to 192.0.2.2; }; }'
	((${#lacks[@]} == 0)) || fail "the kernel lacks: $(printf '%s; ' "${lacks[@]}")see its configuration"
}

try_in_namespace() {
	local what=$1
	shift
	unshare --net "$@" >/dev/null 2>&1 || lack "$what"
}
