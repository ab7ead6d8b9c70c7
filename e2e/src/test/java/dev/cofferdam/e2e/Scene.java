package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;

/** What attacks on admission need: a tool that runs, a developer with the role {@code edit}, and a pod of the tenant's own. */
record Scene(Tenant tenant, ToolRun run, Pod pod) {
    static final String OTHER = "other";

    static Scene in(Tenant tenant) {
        tenant.withDeveloper().policy(Tenant.POLICY, Tenant.TOOLS.replace("timeout: 300s", "timeout: 600s"));
        ToolRun run = tenant.begun(shell("echo begun; sleep 500").withTimeout("600s"));
        tenant.client().resource(otherPod(tenant)).create();
        tenant.kubectl("create", "serviceaccount", "admin");
        return new Scene(tenant, run, tenant.pod(run).orElseThrow());
    }

    /** It never finds a node: nobody schedules it. */
    private static Pod otherPod(Tenant tenant) {
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace(tenant.namespace())
                .withName(OTHER)
                .endMetadata()
                .withNewSpec()
                .withSchedulerName("nobody")
                .withNewSecurityContext()
                .withRunAsNonRoot(true)
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile()
                .endSecurityContext()
                .addNewContainer()
                .withName("main")
                .withImage("cofferdam.local/shell:1")
                .withNewSecurityContext()
                .withAllowPrivilegeEscalation(false)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .endSecurityContext()
                .endContainer()
                .endSpec()
                .build();
    }

    String fill(String text) {
        return text.replace("$NAMESPACE", tenant.namespace())
                .replace("$RUN", run.getMetadata().getName())
                .replace("$POD", pod.getMetadata().getName())
                .replace("$UID", pod.getMetadata().getUid())
                .replace("$OTHER", OTHER);
    }
}
