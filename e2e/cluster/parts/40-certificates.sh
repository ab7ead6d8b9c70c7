# shellcheck shell=bash
# Part 4: the cluster's certificate authority, its certificates, and a kubeconfig for each component, with a token of its own
# so that each has its own rights.

make_certificates() {
	local pki=$STATE/pki
	mkdir -p "$pki"
	chmod 700 "$pki"
	(
		umask 077
		cd "$pki"
		make_authority ca
		# Extension API servers would be called with certificates of this one. There are none, but without it the controller
		# manager and the scheduler complain once a second.
		make_authority front-proxy-ca
		make_certificate apiserver /CN=kube-apiserver serverAuth \
			"DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,DNS:localhost,IP:127.0.0.1,IP:$API_SERVICE_IP,IP:$NODE_IP,IP:$CLUSTER_IP"
		make_certificate apiserver-to-kubelet /O=system:masters/CN=kube-apiserver-kubelet-client clientAuth
		make_certificate kubelet "/CN=$NODE" serverAuth "DNS:$NODE,IP:$NODE_IP,IP:127.0.0.1"
		# The pair that signs the tokens of ServiceAccounts.
		make_key sa
		openssl ec -in sa.key -pubout -out sa.pub

		# Names and groups are those to which Kubernetes itself binds the rights of its components.
		make_kubeconfig admin "$CLUSTER_IP" admin system:masters
		make_kubeconfig controller-manager 127.0.0.1 system:kube-controller-manager
		make_kubeconfig scheduler 127.0.0.1 system:kube-scheduler
		make_kubeconfig kubelet 127.0.0.1 "system:node:$NODE" system:nodes
		make_kubeconfig kube-proxy 127.0.0.1 system:kube-proxy
		make_kubeconfig netpol 127.0.0.1 netpol
		make_kubeconfig kwok 127.0.0.1 kwok system:masters
	) >"$STATE/log/certificates.log" 2>&1 || fail "making certificates failed" "$STATE/log/certificates.log"
}

make_key() {
	openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
}

make_authority() {
	make_key "$1"
	openssl req -x509 -new -key "$1.key" -subj "/CN=cofferdam-cluster-$1" -days 3650 -out "$1.crt"
}

# make_certificate NAME SUBJECT USAGE [ALTERNATIVE NAMES]
make_certificate() {
	local name=$1 subject=$2 usage=$3 names=${4:-}
	make_key "$name"
	{
		echo "basicConstraints = CA:FALSE"
		echo "keyUsage = digitalSignature"
		echo "extendedKeyUsage = $usage"
		[[ -z $names ]] || echo "subjectAltName = $names"
	} >"$name.extensions"
	openssl req -new -key "$name.key" -subj "$subject" |
		openssl x509 -req -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 -extfile "$name.extensions" -out "$name.crt"
	rm "$name.extensions"
}

# make_kubeconfig NAME SERVER USER [GROUP] makes a token, lists it for the API server and writes the kubeconfig that has it.
make_kubeconfig() {
	local name=$1 server=$2 user=$3 group=${4:-} token
	token=$(openssl rand -hex 24)
	echo "$token,$user,$name,$group" >>tokens.csv
	cat >"$name.kubeconfig" <<-END
		apiVersion: v1
		kind: Config
		clusters:
		- name: cofferdam
		  cluster:
		    server: https://$server:6443
		    certificate-authority-data: $(base64 -w0 ca.crt)
		users:
		- name: $name
		  user:
		    token: $token
		contexts:
		- name: cofferdam
		  context:
		    cluster: cofferdam
		    user: $name
		current-context: cofferdam
	END
}
