// podmap is a CNI plugin, chained after the one that makes a pod's interface. It writes, before any container of the pod
// starts, which pod has the address: a file named after the address that holds "namespace/name". netpol reads these files.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/containernetworking/cni/pkg/skel"
	"github.com/containernetworking/cni/pkg/types"
	current "github.com/containernetworking/cni/pkg/types/100"
	"github.com/containernetworking/cni/pkg/version"
)

// config is the plugin's part of the network configuration.
type config struct {
	types.PluginConf
	Directory string `json:"podmapDirectory"`
}

// podArguments are what containerd says of the pod.
type podArguments struct {
	types.CommonArgs
	K8S_POD_NAMESPACE types.UnmarshallableString //nolint:revive // the names are those of the protocol
	K8S_POD_NAME      types.UnmarshallableString
}

func main() {
	skel.PluginMainFuncs(skel.CNIFuncs{Add: add, Del: del}, version.PluginSupports("0.4.0", "1.0.0", "1.1.0"), "podmap")
}

func add(args *skel.CmdArgs) error {
	conf, err := parse(args)
	if err != nil {
		return err
	}
	var pod podArguments
	pod.IgnoreUnknown = true
	if err := types.LoadArgs(args.Args, &pod); err != nil {
		return err
	}
	if err := version.ParsePrevResult(&conf.PluginConf); err != nil {
		return err
	}
	if conf.PrevResult == nil {
		return fmt.Errorf("podmap must be chained after the plugin that gives the address")
	}
	result, err := current.NewResultFromResult(conf.PrevResult)
	if err != nil {
		return err
	}
	var addresses []string
	for _, ip := range result.IPs {
		address := ip.Address.IP.String()
		addresses = append(addresses, address)
		if err := write(filepath.Join(conf.Directory, address), fmt.Sprintf("%s/%s\n", pod.K8S_POD_NAMESPACE, pod.K8S_POD_NAME)); err != nil {
			return err
		}
	}
	// DEL is not told the address: note it under the container's id.
	if err := write(conf.byID(args), strings.Join(addresses, "\n")+"\n"); err != nil {
		return err
	}
	return types.PrintResult(conf.PrevResult, conf.CNIVersion)
}

// del may come twice, or without an ADD before it: files that are not there are not an error.
func del(args *skel.CmdArgs) error {
	conf, err := parse(args)
	if err != nil {
		return err
	}
	addresses, err := os.ReadFile(conf.byID(args))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, address := range strings.Fields(string(addresses)) {
		if err := os.Remove(filepath.Join(conf.Directory, address)); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return os.Remove(conf.byID(args))
}

func parse(args *skel.CmdArgs) (*config, error) {
	conf := &config{}
	if err := json.Unmarshal(args.StdinData, conf); err != nil {
		return nil, err
	}
	if conf.Directory == "" {
		return nil, fmt.Errorf("podmapDirectory is missing from the network configuration")
	}
	return conf, nil
}

func (c *config) byID(args *skel.CmdArgs) string {
	return filepath.Join(c.Directory, "by-id", args.ContainerID)
}

// write makes the file appear with all its content, so that netpol never reads half a name.
func write(path, content string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", []byte(content), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
