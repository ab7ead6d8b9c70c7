package main

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/kube-network-policies/pkg/api"
	"sigs.k8s.io/kube-network-policies/pkg/network"
)

// podmapFiles finds a pod by its address in the files that the CNI plugin podmap writes (podmap/main.go).
type podmapFiles struct{ directory string }

// LookupPod gives "namespace/name" of the pod that has the address.
func (p podmapFiles) LookupPod(ip string) (string, bool) {
	content, err := os.ReadFile(filepath.Join(p.directory, ip))
	pod := strings.TrimSpace(string(content))
	return pod, err == nil && strings.Contains(pod, "/")
}

// denyUnknown refuses packets from a pod's address that no pod is known to have. The engine alone takes an unknown sender
// for a machine outside of the cluster, which no egress policy binds.
type denyUnknown struct {
	api.PolicyEvaluator
	pods *net.IPNet
}

func (d denyUnknown) EvaluateEgress(ctx context.Context, p *network.Packet, src, dst *api.PodInfo) (api.Verdict, error) {
	if src == nil && d.pods.Contains(p.SrcIP) {
		return api.VerdictDeny, nil
	}
	return d.PolicyEvaluator.EvaluateEgress(ctx, p, src, dst)
}

func (d denyUnknown) EvaluateIngress(ctx context.Context, p *network.Packet, src, dst *api.PodInfo) (api.Verdict, error) {
	if dst == nil && d.pods.Contains(p.DstIP) {
		return api.VerdictDeny, nil
	}
	return d.PolicyEvaluator.EvaluateIngress(ctx, p, src, dst)
}
