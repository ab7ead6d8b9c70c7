# shellcheck shell=bash
# What the scripts behind the Makefile's targets share. Sourced, never run.
set -Eeuo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"
STARTED_AT=$(date +%s%N)

# say prints a line with the time since the script began.
say() {
	local elapsed=$((($(date +%s%N) - STARTED_AT) / 100000000))
	printf '[%5d.%d s] %s\n' $((elapsed / 10)) $((elapsed % 10)) "$*"
}

fail() {
	trap - ERR
	printf '%s: %s\n' "$(basename "$0")" "$*" >&2
	exit 1
}
trap 'fail "failed at ${BASH_SOURCE[0]##*/}:$LINENO: $BASH_COMMAND"' ERR

# use_cluster points kubectl at the local cluster, with the kubectl that belongs to it.
use_cluster() {
	KUBECONFIG=$(e2e/cluster/kubeconfig)
	export KUBECONFIG
	PATH=$(dirname "$(dirname "$KUBECONFIG")")/bin:$PATH
	kubectl version >/dev/null 2>&1 || fail "the local cluster does not answer; start it: make cluster"
}

# check_prerequisites names everything that is missing at once.
check_prerequisites() {
	local missing=()
	operator/images/java-home >/dev/null 2>&1 || missing+=("a JDK 25 (Temurin 25; set JAVA_HOME if it is in an unusual place)")
	type mvn >/dev/null 2>&1 || missing+=("Maven 3.8 or newer (mvn)")
	type go >/dev/null 2>&1 || missing+=("Go 1.26 or newer (go)")
	[[ $(id -u) == 0 ]] || missing+=("root: the local cluster makes network namespaces, mounts and cgroups")
	if ((${#missing[@]})); then
		printf 'this needs:\n' >&2
		printf '  - %s\n' "${missing[@]}" >&2
		exit 1
	fi
}
