// netpol enforces the cluster's NetworkPolicies on one node.
//
// The decision is the published engine of kube-network-policies. The data plane is its own, because that engine's wants the
// kernel's native nftables queue, which many kernels lack: here the older xt target NFQUEUE brings every new connection from
// or to a pod to this process, and the connection waits for the verdict.
//
// It fails closed. The queue rules are made with the network, before any pod can exist (../../parts/50-network.sh), and
// outlive this process: while nothing listens, the kernel drops what is queued. A packet with a pod's address that nobody
// can name, and a packet that cannot be read, are dropped.
package main

import (
	"context"
	"errors"
	"flag"
	"net"
	"os/signal"
	"syscall"
	"time"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"

	"sigs.k8s.io/kube-network-policies/pkg/api"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
	"sigs.k8s.io/kube-network-policies/pkg/podinfo"
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "how to reach the API server")
	node := flag.String("node", "", "name of this node")
	podCIDR := flag.String("pod-cidr", "", "addresses of the cluster's pods")
	directory := flag.String("podmap-directory", "", "where the CNI plugin podmap writes which pod has which address")
	queue := flag.Uint("queue", 100, "number of the NFQUEUE")
	hold := flag.Duration("hold", 2*time.Second, "how long a packet waits for its pod to become known")
	klog.InitFlags(nil)
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx, *kubeconfig, *node, *podCIDR, *directory, uint16(*queue), *hold); err != nil {
		klog.Fatal(err)
	}
}

func run(ctx context.Context, kubeconfig, node, podCIDR, directory string, queue uint16, hold time.Duration) error {
	_, pods, err := net.ParseCIDR(podCIDR)
	if err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.ContentType = "application/vnd.kubernetes.protobuf"
	config.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}

	factory := informers.NewSharedInformerFactory(client, 0)
	namespaceInformer := factory.Core().V1().Namespaces()
	podInformer := factory.Core().V1().Pods()
	policyInformer := factory.Networking().V1().NetworkPolicies()

	// podmap's files come first: they name a pod before its containers start, the API server only some time after.
	fromAPI, err := podinfo.NewInformerResolver(podInformer.Informer())
	if err != nil {
		return err
	}
	provider := podinfo.NewInformerProvider(podInformer, namespaceInformer, nil,
		[]podinfo.IPResolver{podmapFiles{directory}, fromAPI})
	standard := networkpolicy.NewStandardNetworkPolicy(node, namespaceInformer, podInformer, policyInformer)
	engine := networkpolicy.NewPolicyEngine(provider, []api.PolicyEvaluator{denyUnknown{standard, pods}})

	factory.Start(ctx.Done())
	for informer, synced := range factory.WaitForCacheSync(ctx.Done()) {
		if !synced {
			return errors.New("stopped before the cache was filled: " + informer.String())
		}
	}

	judge := judge{engine: engine, provider: provider, pods: pods, hold: hold}
	return judge.serve(ctx, queue)
}
