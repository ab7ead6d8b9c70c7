# shellcheck shell=bash
# Installing Cofferdam from this folder into the cluster that KUBECONFIG names. Sourced by deploy and install.

NAMESPACE=cofferdam-system
# What admission must refuse.
REFUSED='{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: cofferdam-sandboxes}, spec: {podSelector: {}}}'

# render prints the manifests. Images keep their tag from build to build, so an annotation tells Kubernetes that one changed.
render() {
	cat >build/deploy/kustomization.yaml <<-YAML
		apiVersion: kustomize.config.k8s.io/v1beta1
		kind: Kustomization
		resources: [../../manifests/overlays/local]
		patches:
		- target: {kind: Deployment, name: cofferdam-controller}
		  patch: |-
		    - {op: add, path: /spec/template/metadata/annotations, value: {cofferdam.dev/image: $(basename "$controller" .tar)}}
		- target: {kind: Deployment, name: cofferdam-gateway}
		  patch: |-
		    - {op: add, path: /spec/template/metadata/annotations, value: {cofferdam.dev/image: $(basename "$gateway" .tar)}}
	YAML
	kubectl kustomize build/deploy
}

# installed prints what an earlier deploy has left on the namespace, when everything of it still runs.
installed() {
	kubectl -n "$NAMESPACE" rollout status deployment --timeout=1s >/dev/null 2>&1 || return 0
	# A test that opens a gate and dies leaves it open.
	(($(bindings) == $(grep -c -E '^kind: (Valid|Mut)atingAdmissionPolicyBinding$' build/deploy/manifests.yaml))) || return 0
	kubectl get namespace "$NAMESPACE" -o 'jsonpath={.metadata.annotations.cofferdam\.dev/installed}' 2>/dev/null || true
}

bindings() {
	kubectl get validatingadmissionpolicybindings,mutatingadmissionpolicybindings -l app.kubernetes.io/part-of=cofferdam -o name 2>/dev/null | wc -l
}

# wait_for_admission ends when the policies are enforced: the API server takes up what is new once a second. It fails where the API
# server does not understand an expression.
wait_for_admission() {
	local attempt said warnings
	warnings=$(kubectl get validatingadmissionpolicies -l app.kubernetes.io/part-of=cofferdam \
		-o 'jsonpath={range .items[*].status.typeChecking.expressionWarnings[*]}{.fieldRef}: {.warning}{"\n"}{end}')
	[[ -z $warnings ]] || fail "the API server does not understand the admission policies: $warnings"
	for ((attempt = 0; attempt < 30; attempt++)); do
		said=$(kubectl -n default create -f - --dry-run=server 2>&1 <<<"$REFUSED" || true)
		[[ $said == *"'cofferdam-network-policy'"* ]] && return
		sleep 0.5
	done
	fail "the admission policies are not enforced after 15 s; a NetworkPolicy that must be refused was answered by: $said"
}

apply() {
	# A Job cannot be changed, and the certificate command has nothing to do when there is nothing to renew.
	kubectl -n "$NAMESPACE" delete job cofferdam-certificates --ignore-not-found --wait >/dev/null 2>&1 || true
	kubectl apply --server-side --force-conflicts --field-manager=cofferdam-install -f build/deploy/manifests.yaml >build/deploy/apply.log 2>&1 ||
		fail "applying the manifests failed: $(tail -n 20 build/deploy/apply.log)"
	kubectl wait --for=condition=Established --timeout=300s crd toolruns.cofferdam.dev sandboxpolicies.cofferdam.dev >/dev/null
}

wait_until_it_runs() {
	kubectl -n "$NAMESPACE" wait --for=condition=Complete --timeout=300s job/cofferdam-certificates >/dev/null 2>&1 ||
		tell_why job/cofferdam-certificates
	say "certificates are there"
	wait_for_admission
	say "admission is enforced"
	local part
	for part in cofferdam-gateway cofferdam-controller; do
		kubectl -n "$NAMESPACE" rollout status "deployment/$part" --timeout=300s >/dev/null 2>&1 || tell_why "deployment/$part"
		say "$part runs"
	done
}

tell_why() {
	{
		kubectl -n "$NAMESPACE" get pods -o wide
		kubectl -n "$NAMESPACE" get events --sort-by=.lastTimestamp | tail -n 15
		echo "--- the last lines of $1"
		kubectl -n "$NAMESPACE" logs "$1" --tail=15 | cut -c 1-600 || true
	} >&2
	fail "$1 does not get ready (above: its pods, events, log)"
}

# build_images makes what has changed; `images` then holds the paths of all image archives.
build_images() {
	local tools
	say "building what has changed"
	operator/images/applications
	mapfile -t images < <(operator/images/build)
	((${#images[@]} == 2)) || fail "the images of controller and gateway could not be made"
	controller=${images[0]} gateway=${images[1]}
	mapfile -t tools < <(sandbox-image/build-images)
	((${#tools[@]} == 3)) || fail "the images of the supervisor and the example tools could not be made"
	images+=("${tools[@]}")
}

# install_manifests applies manifests/overlays/local and waits until all of it runs. Done again without a change, it only checks.
install_manifests() {
	local wanted
	mkdir -p build/deploy
	render >build/deploy/manifests.yaml
	wanted=$(sha256sum <build/deploy/manifests.yaml | cut -c1-16)
	if [[ $(installed) == "$wanted" ]]; then
		say "Cofferdam is installed and runs; nothing has changed"
		return
	fi
	say "applying manifests/overlays/local"
	apply
	wait_until_it_runs
	kubectl annotate --overwrite namespace "$NAMESPACE" "cofferdam.dev/installed=$wanted" >/dev/null
	say "Cofferdam is installed and runs"
}
