# shellcheck shell=bash
# Part 5: the network namespace in which all of the cluster lives, the veth pair that joins it to the machine, and the
# rules that hold every new connection of a pod for netpol's verdict.

inside() {
	nsenter --net="$NETNS" "$@"
}

make_network() {
	touch "$NETNS"
	unshare --net="$NETNS" true

	# IPv6 is off: the policies below are for IPv4, and what they do not see must not exist.
	inside sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	inside sysctl -qw net.ipv4.ip_forward=1
	inside ip link set lo up

	# The node's own address. A bridge without ports stands for a dummy interface, which not every kernel has.
	inside ip link add node0 type bridge
	inside ip address add "$NODE_IP/24" dev node0
	inside ip link set node0 up

	# There is no default route in the namespace, so nothing in the cluster reaches further than this pair.
	ip link add "$VETH" type veth peer name machine0 netns "$NETNS"
	ip address add "$MACHINE_IP/30" dev "$VETH"
	ip link set "$VETH" up
	inside ip address add "$CLUSTER_IP/30" dev machine0
	inside ip link set machine0 up
	ip route replace "$POD_CIDR" via "$CLUSTER_IP"
	ip route replace "$SERVICE_CIDR" via "$CLUSTER_IP"

	hold_new_connections
}

# Every first packet from or to a pod waits for netpol: also those to the API server and to the node (INPUT). Probes of the
# kubelet come from the node (OUTPUT) and are not held; Kubernetes demands that. While netpol does not run, held packets are
# dropped: --queue-bypass is deliberately not given.
hold_new_connections() {
	local chain
	inside iptables -N COFFERDAM-NETPOL
	inside iptables -A COFFERDAM-NETPOL -m conntrack --ctstate ESTABLISHED,RELATED -j RETURN
	inside iptables -A COFFERDAM-NETPOL -s "$POD_CIDR" -j NFQUEUE --queue-num "$NETPOL_QUEUE"
	inside iptables -A COFFERDAM-NETPOL -d "$POD_CIDR" -j NFQUEUE --queue-num "$NETPOL_QUEUE"
	for chain in FORWARD INPUT; do
		inside iptables -I "$chain" 1 -j COFFERDAM-NETPOL
	done
}
