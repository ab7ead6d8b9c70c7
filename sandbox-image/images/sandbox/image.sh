# shellcheck shell=bash disable=SC2034,SC2154 # sourced by build-images
# The supervisor and nothing else. It is mounted at /.cofferdam/bin; root/ is where the box's root file system goes.
image_options=(--entrypoint /supervisor --user 65532)

inputs() {
	(cd "$here" && go version && find . -name '*.go' ! -name '*_test.go' -o -name 'go.*' | LC_ALL=C sort | xargs sha256sum)
}

rootfs() {
	(cd "$here" && GOWORK=off CGO_ENABLED=0 GOFLAGS=-mod=readonly nice go build -trimpath -buildvcs=false -ldflags '-s -w' -o "$1/supervisor" ./cmd/supervisor)
	mkdir "$1/root"
}
