# Building, installing and testing the product.

.PHONY: build images deploy install demo test e2e fmt

build: ## Build controller and gateway with Maven, if their sources changed
	@operator/images/applications

images: build ## Make the images of controller and gateway
	@operator/images/build

deploy: ## Build, load and install everything into the local cluster
	@Makefile.d/deploy

install: ## Install into the cluster of KUBECONFIG, whose nodes have the images
	@Makefile.d/install

demo: ## From nothing to the story of a tool call on a real cluster
	@Makefile.d/demo

test: ## All tests: unit, Go, manifests, and on a real cluster
	@Makefile.d/test

e2e: ## Only the tests on a real cluster; installs what changed first
	@Makefile.d/test cluster

fmt: ## Format the Java and Go sources
	@JAVA_HOME=$$(operator/images/java-home) mvn -q -B spotless:apply
	@gofmt -l -w $$(git ls-files '*.go')
