# shellcheck shell=bash
# Part 6: the control plane: etcd, the API server, the controller manager and the scheduler, each with its options. All
# listen inside the cluster's network namespace only; of them only the API server on other addresses than 127.0.0.1.

start_control_plane() {
	start_etcd
	start_apiserver
	wait_for_daemon apiserver 120 api_server_is_ready
	step "the API server is ready"
	start_controller_manager
	start_scheduler
}

api_server_is_ready() {
	[[ $(kubectl get --raw /readyz --request-timeout=5s) == ok ]]
}

# No fsync: a cluster that is made anew at every start has nothing to lose in a power cut.
start_etcd() {
	start_daemon etcd etcd \
		--name="$NODE" \
		--data-dir="$STATE/etcd" \
		--listen-client-urls=http://127.0.0.1:2379 \
		--advertise-client-urls=http://127.0.0.1:2379 \
		--listen-peer-urls=http://127.0.0.1:2380 \
		--initial-advertise-peer-urls=http://127.0.0.1:2380 \
		--initial-cluster="$NODE"=http://127.0.0.1:2380 \
		--unsafe-no-fsync \
		--watch-progress-notify-interval=5s \
		--log-level=warn
}

# What a production cluster switches on is on: Node and RBAC authorization, NodeRestriction. Pod Security admission and
# ValidatingAdmissionPolicy are on by default.
start_apiserver() {
	local pki=$STATE/pki
	start_daemon apiserver kube-apiserver \
		--etcd-servers=http://127.0.0.1:2379 \
		--bind-address=0.0.0.0 \
		--secure-port=6443 \
		--advertise-address="$NODE_IP" \
		--tls-cert-file="$pki/apiserver.crt" \
		--tls-private-key-file="$pki/apiserver.key" \
		--client-ca-file="$pki/ca.crt" \
		--token-auth-file="$pki/tokens.csv" \
		--authorization-mode=Node,RBAC \
		--enable-admission-plugins=NodeRestriction \
		--allow-privileged=true \
		--requestheader-client-ca-file="$pki/front-proxy-ca.crt" \
		--requestheader-allowed-names=front-proxy-client \
		--requestheader-username-headers=X-Remote-User \
		--requestheader-group-headers=X-Remote-Group \
		--requestheader-extra-headers-prefix=X-Remote-Extra- \
		--kubelet-client-certificate="$pki/apiserver-to-kubelet.crt" \
		--kubelet-client-key="$pki/apiserver-to-kubelet.key" \
		--kubelet-certificate-authority="$pki/ca.crt" \
		--kubelet-preferred-address-types=InternalIP \
		--service-account-issuer=https://kubernetes.default.svc.cluster.local \
		--service-account-key-file="$pki/sa.pub" \
		--service-account-signing-key-file="$pki/sa.key" \
		--service-cluster-ip-range="$SERVICE_CIDR"
}

start_controller_manager() {
	local pki=$STATE/pki
	# shellcheck disable=SC2046 # a list of options
	start_daemon controller-manager kube-controller-manager $(client_options controller-manager) \
		--use-service-account-credentials \
		--service-account-private-key-file="$pki/sa.key" \
		--root-ca-file="$pki/ca.crt" \
		--cluster-signing-cert-file="$pki/ca.crt" \
		--cluster-signing-key-file="$pki/ca.key" \
		--allocate-node-cidrs=true \
		--cluster-cidr="$POD_CIDR" \
		--service-cluster-ip-range="$SERVICE_CIDR"
}

start_scheduler() {
	# shellcheck disable=SC2046 # a list of options
	start_daemon scheduler kube-scheduler $(client_options scheduler)
}

client_options() {
	local kubeconfig=$STATE/pki/$1.kubeconfig
	echo "--kubeconfig=$kubeconfig --authentication-kubeconfig=$kubeconfig --authorization-kubeconfig=$kubeconfig" \
		"--bind-address=127.0.0.1 --leader-elect=false --kube-api-qps=200 --kube-api-burst=400"
}
