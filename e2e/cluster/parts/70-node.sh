# shellcheck shell=bash
# Part 7: the node: containerd with runc and gVisor, its images, the kubelet, kube-proxy and netpol. Their options are in
# config/, except for what only a command line can say.

# start_containerd comes before the control plane's end is awaited: importing images fills that time.
start_containerd() {
	local config
	for config in containerd.toml runsc.toml kubelet.yaml kube-proxy.yaml; do
		render "$CLUSTER_HOME/config/$config" >"$STATE/config/$config"
	done
	render "$CLUSTER_HOME/config/cni.conflist" >"$STATE/cni/config/10-pods.conflist"
	# CoreDNS would ask these servers about other names; there are none.
	echo "nameserver 127.0.0.1" >"$STATE/config/resolv.conf"
	start_daemon containerd containerd --config "$STATE/config/containerd.toml"
}

import_own_images() {
	local tar
	wait_for_daemon containerd 30 cluster_ctr version
	for tar in "$(image_directory)"/*.tar; do
		import_image "$tar"
	done
}

start_node() {
	make_cgroups
	start_daemon kubelet kubelet \
		--config="$STATE/config/kubelet.yaml" \
		--kubeconfig="$STATE/pki/kubelet.kubeconfig" \
		--root-dir="$STATE/kubelet" \
		--cert-dir="$STATE/kubelet-pki" \
		--hostname-override="$NODE" \
		--node-ip="$NODE_IP" \
		--v=2
	start_daemon kube-proxy kube-proxy --config="$STATE/config/kube-proxy.yaml"
	start_daemon netpol netpol \
		-kubeconfig "$STATE/pki/netpol.kubeconfig" \
		-node "$NODE" \
		-pod-cidr "$POD_CIDR" \
		-podmap-directory "$STATE/podmap" \
		-queue "$NETPOL_QUEUE" \
		-v=1
}

# The pods' cgroups live below a folder of the cluster's own in each hierarchy, so that taking the cluster down touches
# nothing of another kubelet or container runtime.
make_cgroups() {
	local hierarchy setting
	for hierarchy in $(cgroup_mounts); do
		# On cgroup v2 a group passes on only those controllers that are named here.
		if [[ -e $hierarchy/cgroup.subtree_control && $(cgroup_version) == "cgroup v2" ]]; then
			echo "+cpu +cpuset +memory +pids" >"$hierarchy/cgroup.subtree_control"
		fi
		mkdir -p "$hierarchy/$CGROUP"
		# A new cpuset of cgroup v1 has no processors and takes no process until it is given some.
		for setting in cpuset.cpus cpuset.mems; do
			if [[ -e $hierarchy/$setting && -e $hierarchy/$CGROUP/$setting ]]; then
				cat "$hierarchy/$setting" >"$hierarchy/$CGROUP/$setting"
			fi
		done
	done
}
