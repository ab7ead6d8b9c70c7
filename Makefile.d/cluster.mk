# The local test cluster: one node with gVisor, in a network namespace of its own. It needs root.
# What it is and how to look inside: e2e/cluster/README.md.

.PHONY: cluster cluster-down kubeconfig

cluster: ## Start the local test cluster, or leave a healthy one alone
	@e2e/cluster/up

cluster-down: ## Take the local test cluster down and leave nothing behind
	@e2e/cluster/down

kubeconfig: ## Print the path of the test cluster's kubeconfig
	@e2e/cluster/kubeconfig
