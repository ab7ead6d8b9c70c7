// Package check renders the overlays as `kubectl apply -k` does and holds what comes out to what the docs promise. It needs no
// cluster.
package check

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// certificates is the only account that may touch a Secret, and these are the only ones.
const (
	certificates = "cofferdam-certificates"
	tlsSecret    = "cofferdam-gateway-tls"
)

// canaryPort is where the start gate looks for it, on the Service's own address.
const canaryPort = 8444

func TestOverlays(t *testing.T) {
	for _, overlay := range []string{"local", "production"} {
		t.Run(overlay, func(t *testing.T) {
			objects := render(t, overlay)
			t.Run("everything is marked as ours", func(t *testing.T) { checkLabels(t, objects) })
			t.Run("rights are the least", func(t *testing.T) { checkRules(t, objects) })
			t.Run("pods are restricted and bounded", func(t *testing.T) { checkPods(t, objects) })
			t.Run("the gateway does not mount the authority's key", func(t *testing.T) { checkMounts(t, objects) })
			t.Run("another sandbox image starts another controller", func(t *testing.T) { checkSandboxImage(t, objects) })
			t.Run("every admission policy denies", func(t *testing.T) { checkAdmission(t, objects) })
			t.Run("whoever makes a run is named", func(t *testing.T) { checkMutation(t, objects) })
			t.Run("the canary takes everybody", func(t *testing.T) { checkCanary(t, objects) })
			t.Run("the namespace enforces restricted", func(t *testing.T) { checkNamespace(t, objects) })
		})
	}
}

func render(t *testing.T, overlay string) resmap.ResMap {
	t.Helper()
	objects, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), "../overlays/"+overlay)
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

func checkLabels(t *testing.T, objects resmap.ResMap) {
	for _, object := range objects.Resources() {
		labels := object.GetLabels()
		if labels["app.kubernetes.io/part-of"] != "cofferdam" {
			t.Errorf("%s: label app.kubernetes.io/part-of is %q", object.CurId(), labels["app.kubernetes.io/part-of"])
		}
		if labels["app.kubernetes.io/managed-by"] == "cofferdam" {
			t.Errorf("%s: managed-by: cofferdam is for sandbox pods only", object.CurId())
		}
	}
	for name, template := range templates(t, objects) {
		if template.Labels["app.kubernetes.io/part-of"] != "cofferdam" || template.Labels["app.kubernetes.io/managed-by"] == "cofferdam" {
			t.Errorf("%s: its pods' labels are %v", name, template.Labels)
		}
	}
}

func checkRules(t *testing.T, objects resmap.ResMap) {
	roles := 0
	for _, object := range objects.Resources() {
		var rules []rbacv1.PolicyRule
		switch object.GetKind() {
		case "ClusterRole":
			rules = decode[rbacv1.ClusterRole](t, object).Rules
		case "Role":
			rules = decode[rbacv1.Role](t, object).Rules
		default:
			continue
		}
		roles++
		for _, rule := range rules {
			all := slices.Concat(rule.Verbs, rule.Resources, rule.APIGroups)
			if slices.ContainsFunc(all, func(s string) bool { return strings.Contains(s, "*") }) {
				t.Errorf("%s: a wildcard in %v", object.CurId(), rule)
			}
			for _, verb := range []string{"escalate", "bind", "impersonate"} {
				if slices.Contains(rule.Verbs, verb) {
					t.Errorf("%s: the verb %s", object.CurId(), verb)
				}
			}
			if slices.Contains(rule.Resources, "secrets") {
				checkSecretRule(t, object, rule)
			}
		}
	}
	if roles < 7 {
		t.Errorf("only %d roles were found", roles)
	}
}

func checkSecretRule(t *testing.T, object *resource.Resource, rule rbacv1.PolicyRule) {
	ours := object.GetKind() == "Role" && object.GetName() == certificates
	if !ours || !slices.Equal(rule.ResourceNames, []string{tlsSecret}) {
		t.Errorf("%s: a rule on Secrets: %v", object.CurId(), rule)
	}
	for _, verb := range rule.Verbs {
		if verb != "get" && verb != "update" {
			t.Errorf("%s: the verb %s on a Secret", object.CurId(), verb)
		}
	}
}

func checkPods(t *testing.T, objects resmap.ResMap) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	found := templates(t, objects)
	if len(found) != 4 {
		t.Errorf("%d pod templates instead of 4", len(found))
	}
	for name, template := range found {
		result := policy.AggregateCheckResults(evaluator.EvaluatePod(restricted, &template.ObjectMeta, &template.Spec))
		if !result.Allowed {
			t.Errorf("%s is not restricted: %s", name, result.ForbiddenDetail())
		}
		for _, container := range template.Spec.Containers {
			if image, tag, tagged := strings.Cut(container.Image, ":"); !tagged || tag == "" || tag == "latest" || !strings.Contains(image, ".") {
				t.Errorf("%s: the image %q", name, container.Image)
			}
			if container.SecurityContext.ReadOnlyRootFilesystem == nil || !*container.SecurityContext.ReadOnlyRootFilesystem {
				t.Errorf("%s: its root file system can be written", name)
			}
			if container.Resources.Limits.Memory().IsZero() || container.Resources.Requests.Cpu().IsZero() {
				t.Errorf("%s: resources are missing", name)
			}
		}
	}
}

func checkMounts(t *testing.T, objects resmap.ResMap) {
	var mounted []string
	for name, template := range templates(t, objects) {
		for _, volume := range template.Spec.Volumes {
			if volume.Secret == nil {
				continue
			}
			var keys []string
			for _, item := range volume.Secret.Items {
				keys = append(keys, item.Key)
			}
			mounted = append(mounted, fmt.Sprint(name, " ", volume.Secret.SecretName, keys))
		}
	}
	slices.Sort(mounted)
	if !slices.Equal(mounted, []string{
		"Deployment/cofferdam-gateway cofferdam-egress-credentials[]", // the admin's, whole: a key for each credential
		"Deployment/cofferdam-gateway cofferdam-gateway-tls[tls.crt tls.key session.key]",
	}) {
		t.Errorf("the Secrets that are mounted are %q", mounted)
	}
}

// checkSandboxImage: the controller reads the ConfigMap at its start, so its pods' template has to change with it.
func checkSandboxImage(t *testing.T, objects resmap.ResMap) {
	for _, object := range objects.Resources() {
		if object.GetKind() == "ConfigMap" && object.GetName() == "cofferdam-sandbox-image" {
			image := decode[corev1.ConfigMap](t, object).Data["image"]
			said := templates(t, objects)["Deployment/cofferdam-controller"].Annotations["cofferdam.dev/sandbox-image"]
			if image == "" || said != image {
				t.Errorf("the ConfigMap has %q, the controller's pods say %q", image, said)
			}
			return
		}
	}
	t.Error("no ConfigMap names the image")
}

// checkParams: without its params a policy refuses all that its matchConstraints take, whatever its matchConditions say.
func checkParams(t *testing.T, policy admissionv1.ValidatingAdmissionPolicy) {
	if policy.Spec.ParamKind != nil && selected(policy)["app.kubernetes.io/managed-by"] != "cofferdam" {
		t.Errorf("%s: without its params others' objects are refused", policy.Name)
	}
}

func selected(policy admissionv1.ValidatingAdmissionPolicy) map[string]string {
	if policy.Spec.MatchConstraints.ObjectSelector == nil {
		return nil
	}
	return policy.Spec.MatchConstraints.ObjectSelector.MatchLabels
}

// What is only said, and never refused.
var warns = []string{"cofferdam-policy-breadth"}

// checkAdmission holds every policy to one binding that denies everywhere, or is known to warn, to failing closed, and to telling what to do.
func checkAdmission(t *testing.T, objects resmap.ResMap) {
	bindings := map[string]admissionv1.ValidatingAdmissionPolicyBindingSpec{}
	var policies []admissionv1.ValidatingAdmissionPolicy
	for _, object := range objects.Resources() {
		switch object.GetKind() {
		case "ValidatingAdmissionPolicy":
			policies = append(policies, decode[admissionv1.ValidatingAdmissionPolicy](t, object))
		case "ValidatingAdmissionPolicyBinding":
			bindings[object.GetName()] = decode[admissionv1.ValidatingAdmissionPolicyBinding](t, object).Spec
		}
	}
	if len(policies) < 8 || len(policies) != len(bindings) {
		t.Errorf("%d admission policies and %d bindings", len(policies), len(bindings))
	}
	for _, policy := range policies {
		checkParams(t, policy)
		action := admissionv1.Deny
		if slices.Contains(warns, policy.Name) {
			action = admissionv1.Warn
		}
		binding, bound := bindings[policy.Name]
		if !bound || binding.PolicyName != policy.Name || binding.MatchResources != nil ||
			!slices.Equal(binding.ValidationActions, []admissionv1.ValidationAction{action}) {
			t.Errorf("%s: its binding is %+v", policy.Name, binding)
		}
		if policy.Spec.FailurePolicy == nil || *policy.Spec.FailurePolicy != admissionv1.Fail {
			t.Errorf("%s does not fail closed", policy.Name)
		}
		for _, validation := range policy.Spec.Validations {
			if validation.Message == "" || validation.Reason == nil {
				t.Errorf("%s: no message or reason for %s", policy.Name, validation.Expression)
			}
		}
	}
}

// checkMutation holds the one policy that changes objects to its binding, and to failing closed.
func checkMutation(t *testing.T, objects resmap.ResMap) {
	var names []string
	for _, object := range objects.Resources() {
		switch object.GetKind() {
		case "MutatingAdmissionPolicy":
			policy := decode[admissionv1.MutatingAdmissionPolicy](t, object)
			if policy.Spec.FailurePolicy == nil || *policy.Spec.FailurePolicy != admissionv1.Fail {
				t.Errorf("%s does not fail closed", policy.Name)
			}
			names = append(names, policy.Name)
		case "MutatingAdmissionPolicyBinding":
			binding := decode[admissionv1.MutatingAdmissionPolicyBinding](t, object)
			if binding.Spec.MatchResources != nil {
				t.Errorf("%s does not hold everywhere", binding.Name)
			}
			names = append(names, binding.Spec.PolicyName)
		}
	}
	if !slices.Equal(names, []string{"cofferdam-requested-by", "cofferdam-requested-by", "cofferdam-approved-by", "cofferdam-approved-by"}) {
		t.Errorf("the mutating policies and bindings are %v", names)
	}
}

// checkCanary: a rule of ours that kept anybody from the canary would make every sandbox seem isolated.
func checkCanary(t *testing.T, objects resmap.ResMap) {
	open := false
	for _, object := range objects.Resources() {
		if object.GetKind() != "NetworkPolicy" {
			continue
		}
		spec := decode[networkingv1.NetworkPolicy](t, object).Spec
		if spec.PodSelector.MatchLabels["app.kubernetes.io/name"] != "cofferdam-gateway" {
			continue
		}
		for _, rule := range spec.Ingress {
			open = open || len(rule.From) == 0 && len(rule.Ports) == 1 && rule.Ports[0].Port.StrVal == "canary"
		}
	}
	ports := templates(t, objects)["Deployment/cofferdam-gateway"].Spec.Containers[0].Ports
	declared := slices.ContainsFunc(ports, func(p corev1.ContainerPort) bool { return p.Name == "canary" && p.ContainerPort == canaryPort })
	served := false
	for _, object := range objects.Resources() {
		if object.GetKind() == "Service" && object.GetName() == "cofferdam-gateway" {
			served = slices.ContainsFunc(decode[corev1.Service](t, object).Spec.Ports, func(p corev1.ServicePort) bool {
				return p.Port == canaryPort && p.TargetPort.StrVal == "canary"
			})
		}
	}
	if !open || !declared || !served {
		t.Errorf("open to everybody: %v; in the pod: %v; in the Service: %v", open, declared, served)
	}
}

func checkNamespace(t *testing.T, objects resmap.ResMap) {
	for _, object := range objects.Resources() {
		if object.GetKind() == "Namespace" && object.GetLabels()[api.EnforceLevelLabel] == string(api.LevelRestricted) {
			return
		}
	}
	t.Error("no namespace that enforces restricted")
}

func templates(t *testing.T, objects resmap.ResMap) map[string]corev1.PodTemplateSpec {
	t.Helper()
	found := map[string]corev1.PodTemplateSpec{}
	for _, object := range objects.Resources() {
		name := object.GetKind() + "/" + object.GetName()
		switch object.GetKind() {
		case "Deployment":
			found[name] = decode[appsv1.Deployment](t, object).Spec.Template
		case "Job":
			found[name] = decode[batchv1.Job](t, object).Spec.Template
		case "CronJob":
			found[name] = decode[batchv1.CronJob](t, object).Spec.JobTemplate.Spec.Template
		case "DaemonSet", "StatefulSet", "Pod", "ReplicaSet":
			t.Errorf("%s: this check does not know its pods", name)
		}
	}
	return found
}

// decode also refuses fields that the type does not have: a misspelt field is one that nothing enforces.
func decode[T any](t *testing.T, object *resource.Resource) T {
	t.Helper()
	var typed T
	text, err := object.AsYAML()
	if err == nil {
		err = yaml.UnmarshalStrict(text, &typed)
	}
	if err != nil {
		t.Fatalf("%s: %v", object.CurId(), err)
	}
	return typed
}
