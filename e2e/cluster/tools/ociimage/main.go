// ociimage makes container images without a daemon, a registry or a Dockerfile: it puts a root file system (a directory or
// a tar) into an OCI image layout, as one tar that `ctr images import` takes. The same input gives the same bytes.
//
//	ociimage build --name NAME:TAG --output FILE.tar [--entrypoint A,B] [--cmd A,B] [--env K=V]... [--user UID] [--workdir DIR] ROOTFS
//	ociimage inspect FILE.tar    prints "NAME:TAG DIGEST" for each image of an OCI layout, nothing for other tars
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
)

const usage = `usage:
  ociimage build --name NAME:TAG --output FILE.tar [--entrypoint A,B] [--cmd A,B] [--env K=V]... [--user UID]
                 [--workdir DIR] ROOTFS        ROOTFS is a directory or a tar
  ociimage inspect FILE.tar`

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "ociimage:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return errors.New(usage)
	}
	switch args[0] {
	case "build":
		return build(args[1:])
	case "inspect":
		if len(args) != 2 {
			return errors.New(usage)
		}
		return inspect(args[1])
	}
	return errors.New(usage)
}

func build(args []string) error {
	var s spec
	flags := flag.NewFlagSet("build", flag.ContinueOnError)
	flags.StringVar(&s.name, "name", "", "image `NAME:TAG`")
	output := flags.String("output", "", "the tar to write")
	flags.Var((*list)(&s.entrypoint), "entrypoint", "entry point, parts divided by commas")
	flags.Var((*list)(&s.cmd), "cmd", "default arguments, divided by commas")
	flags.Func("env", "environment `KEY=VALUE`; may be repeated", func(v string) error {
		if !strings.Contains(v, "=") {
			return fmt.Errorf("want KEY=VALUE")
		}
		s.env = append(s.env, v)
		return nil
	})
	flags.StringVar(&s.user, "user", "", "user that the image runs as")
	flags.StringVar(&s.workdir, "workdir", "/", "working directory")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 || *output == "" {
		return errors.New(usage)
	}
	if err := checkName(s.name); err != nil {
		return err
	}
	return s.write(flags.Arg(0), *output)
}

// checkName insists on a full name. Without a first part that holds a dot, containerd puts the address of a public registry
// before it; without a tag, or with "latest", the kubelet tries to pull it.
func checkName(name string) error {
	repository, tag, ok := strings.Cut(name, ":")
	host, path, _ := strings.Cut(repository, "/")
	switch {
	case !ok || tag == "" || tag == "latest":
		return fmt.Errorf("--name %q: give a tag, and not \"latest\"", name)
	case !strings.Contains(host, ".") || path == "":
		return fmt.Errorf("--name %q: write it as DOMAIN/NAME:TAG, as in cofferdam.test/tool:1", name)
	}
	return nil
}

// list is a flag of parts divided by commas.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(v string) error {
	*l = strings.Split(v, ",")
	return nil
}
