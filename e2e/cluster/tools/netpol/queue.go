package main

import (
	"context"
	"net"
	"time"

	nfqueue "github.com/florianl/go-nfqueue/v2"
	"k8s.io/klog/v2"

	"sigs.k8s.io/kube-network-policies/pkg/api"
	"sigs.k8s.io/kube-network-policies/pkg/network"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
)

// judge gives the verdict on each queued packet.
type judge struct {
	engine   *networkpolicy.PolicyEngine
	provider api.PodInfoProvider
	pods     *net.IPNet
	hold     time.Duration
}

// serve listens on the queue until the context ends.
func (j judge) serve(ctx context.Context, number uint16) error {
	queue, err := nfqueue.Open(&nfqueue.Config{
		NfQueue:      number,
		Flags:        nfqueue.NfQaCfgFlagGSO, // without it the kernel splits large packets before it queues them
		MaxPacketLen: 128,                    // the headers; nothing here reads further
		MaxQueueLen:  4096,
		Copymode:     nfqueue.NfQnlCopyPacket,
		WriteTimeout: 100 * time.Millisecond,
	})
	if err != nil {
		return err
	}
	defer queue.Close()

	onPacket := func(a nfqueue.Attribute) int {
		// The library reuses the buffer as soon as this returns. Each packet is judged on its own, so that one that waits for
		// its pod does not hold up the others.
		id, packet := *a.PacketID, append([]byte(nil), *a.Payload...)
		go func() {
			verdict := nfqueue.NfDrop
			if j.allows(ctx, packet) {
				verdict = nfqueue.NfAccept
			}
			if err := queue.SetVerdict(id, verdict); err != nil {
				klog.ErrorS(err, "verdict not given; the kernel keeps the packet until the queue ends", "packet", id)
			}
		}()
		return 0
	}
	onError := func(err error) int {
		if ctx.Err() == nil {
			klog.V(1).InfoS("reading the queue", "err", err)
		}
		return 0
	}
	if err := queue.RegisterWithErrorFunc(ctx, onPacket, onError); err != nil {
		return err
	}
	klog.Info("enforcing NetworkPolicies")
	<-ctx.Done()
	return nil
}

// allows decides on one packet. Whatever it cannot decide, it refuses.
func (j judge) allows(ctx context.Context, content []byte) bool {
	start := time.Now()
	packet, err := network.ParsePacket(content)
	if err != nil {
		klog.ErrorS(err, "dropped a packet that cannot be read")
		return false
	}
	j.await(packet.SrcIP, packet.DstIP)
	allowed, err := j.engine.EvaluatePacket(ctx, &packet)
	if err != nil {
		klog.ErrorS(err, "dropped a packet that cannot be judged", "src", packet.SrcIP, "dst", packet.DstIP)
		return false
	}
	klog.V(1).InfoS("verdict", "src", packet.SrcIP, "dst", packet.DstIP, "port", packet.DstPort, "allowed", allowed,
		"took", time.Since(start))
	return allowed
}

// await returns when all addresses that belong to pods are known, or when it has waited long enough.
func (j judge) await(addresses ...net.IP) {
	deadline := time.Now().Add(j.hold)
	for _, ip := range addresses {
		for j.pods.Contains(ip) && time.Now().Before(deadline) {
			if _, known := j.provider.GetPodInfoByIP(ip.String()); known {
				break
			}
			time.Sleep(2 * time.Millisecond)
		}
	}
}
