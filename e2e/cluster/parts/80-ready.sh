# shellcheck shell=bash
# Part 8: waiting until the cluster is ready, proving it with a pod in gVisor, and telling later whether it still is.

# fingerprint is made of all that a running cluster depends on. When it differs, the cluster is made anew. It is the same in
# every checkout of the same files.
fingerprint() {
	local group
	{
		for group in "${PROGRAM_GROUPS[@]}"; do
			program_directory "$group"
		done
		cd "$CLUSTER_HOME" || exit
		find lib parts config manifests -type f | LC_ALL=C sort | xargs sha256sum
	} | sha256sum | cut -c1-32
}

# cluster_is_healthy: made of the same parts, all daemons alive, the API server and the node ready.
cluster_is_healthy() {
	local daemon
	[[ -e $STATE/ready && $(cat "$STATE/ready") == "$(fingerprint)" ]] || return 1
	for daemon in etcd apiserver controller-manager scheduler containerd kubelet kube-proxy netpol; do
		daemon_alive "$daemon" || return 1
	done
	api_server_is_ready 2>/dev/null && node_is_ready && coredns_is_ready
}

node_is_ready() {
	[[ $(kubectl get node "$NODE" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}' 2>/dev/null) == True ]]
}

coredns_is_ready() {
	[[ $(kubectl -n kube-system get deployment coredns -o 'jsonpath={.status.readyReplicas}' 2>/dev/null) == 1 ]]
}

apply_manifests() {
	local manifest log=$STATE/log/manifests.log
	for manifest in "$CLUSTER_HOME"/manifests/*.yaml; do
		render "$manifest" | kubectl apply --server-side -f - >>"$log" 2>&1 || fail "applying $manifest failed" "$log"
	done
}

wait_until_ready() {
	wait_for_daemon kubelet 60 node_is_ready
	step "the node is ready"
	wait_for_daemon kubelet 60 coredns_is_ready
	step "CoreDNS is ready"
}

# run_smoke_test runs a pod in gVisor, with an image volume, as strictly confined as the cluster's users run theirs.
run_smoke_test() {
	local log=$STATE/log/smoke.log output
	wait_for 30 kubectl -n default get serviceaccount default || fail "the default ServiceAccount does not appear" "$STATE/log/controller-manager.log"
	render "$CLUSTER_HOME/config/smoke.yaml" | kubectl apply --server-side -f - >"$log" 2>&1 || fail "creating the smoke test failed" "$log"
	wait_for 60 smoke_test_ended || {
		kubectl describe pod cluster-smoke >>"$log" 2>&1 || true
		fail "the gVisor pod did not end" "$log"
	}
	output=$(kubectl logs cluster-smoke 2>&1)
	echo "$output" >>"$log"
	if [[ $(smoke_test_phase) != Succeeded ]] || ! grep -qi gvisor <<<"$output"; then
		fail "the smoke test's pod did not succeed, or did not run in gVisor" "$log"
	fi
	render "$CLUSTER_HOME/config/smoke.yaml" | kubectl delete --wait=false -f - >>"$log" 2>&1
	step "a pod has run in gVisor: $(grep -i -m1 gvisor <<<"$output")"
}

smoke_test_phase() {
	kubectl get pod cluster-smoke -o 'jsonpath={.status.phase}'
}

smoke_test_ended() {
	[[ $(smoke_test_phase) =~ Succeeded|Failed ]]
}
