# The supervisor and the container images (sandbox-image/README.md).

.PHONY: sandbox-image sandbox-test box-test

sandbox-image: ## Build the supervisor's and the example tools' images; prints their tars
	@sandbox-image/build-images

sandbox-test: ## Vet and test the supervisor, without gVisor
	@cd sandbox-image && go vet ./... && go vet -tags gvisor ./... && go test ./...

box-test: ## Try the supervisor under a real gVisor, without a cluster
	@sandbox-image/boxtest/run
