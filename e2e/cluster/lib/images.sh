# shellcheck shell=bash
# Container images without a registry: made as OCI layout tars (tools/ociimage), imported into the cluster's containerd, where
# the kubelet finds them. Sourced.

# ociimage runs tools/ociimage, which build_images and image-build have built.
ociimage() {
	"$(program_directory ociimage)/ociimage" "$@"
}

# import_image FILE.tar imports the tar unless the cluster has all its images with the same digests.
import_image() {
	local tar=$1 images name digest
	images=$(ociimage inspect "$tar") || fail "$tar cannot be read as a tar"
	if [[ -n $images ]] && has_images "$images"; then
		step "already there: $(cut -d' ' -f1 <<<"$images" | xargs)"
		return
	fi
	# A name that gets other content is removed first: containerd makes the reference by which the kubelet mounts an image volume
	# only together with a new name.
	while read -r name digest; do
		[[ -n $name ]] && cluster_ctr images rm "$name" >/dev/null 2>&1 || true
	done <<<"$images"
	cluster_ctr images import --local --snapshotter overlayfs "$tar" >"$STATE/log/image-import.log" 2>&1 ||
		fail "importing $tar failed" "$STATE/log/image-import.log"
	step "imported $(cut -d' ' -f1 <<<"${images:-$tar}" | xargs)"
}

# has_images "NAME DIGEST…" asks containerd for each pair.
has_images() {
	local present name digest
	present=$(cluster_ctr images list 2>/dev/null | awk '{print $1, $3}')
	while read -r name digest; do
		grep -qxF "$name $digest" <<<"$present" || return 1
	done <<<"$1"
}

# k8s.io is the namespace of containerd in which the kubelet looks.
cluster_ctr() {
	ctr --address "$CONTAINERD_SOCKET" --namespace k8s.io "$@"
}
