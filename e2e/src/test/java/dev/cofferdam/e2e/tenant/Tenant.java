package dev.cofferdam.e2e.tenant;

import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.SandboxPolicySpec;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.cluster.TestCluster;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A namespace of a test's own, in which Pod Security {@code restricted} is enforced, and what its users do in it. */
public final class Tenant implements AutoCloseable {
    /** Name of the policy that {@link #policy(String)} makes. */
    public static final String POLICY = "tools";

    /** A shell and a Python, and room to try things in. */
    public static final String TOOLS = """
            tools:
            - {name: sh, image: cofferdam.local/shell:1, command: [sh, -c]}
            - {name: echo, image: cofferdam.local/shell:1, command: [printf, '%s\\n']}
            - {name: "true", image: cofferdam.local/shell:1, command: ["true"]}
            - {name: cat, image: cofferdam.local/shell:1, command: [cat]}
            - {name: python, image: cofferdam.local/python:1, command: [python3, -c]}
            permissions:
              environment: {allow: [{key: LANG}, {key: GREETING}]}
              exec: {allow: [{command: "*"}]}
              resources: {limits: {cpu: 250m, memory: 128Mi, timeout: 300s}}
            """;

    /** How long a test waits for what will come, whatever it is: a slow machine is no failure. What never comes costs so much once. */
    public static final Duration PATIENCE = Duration.ofMinutes(10);

    /** A tool takes some seconds to begin, and its log is what the API server is asked most for. */
    private static final Duration BEGUN = Duration.ofMillis(250);

    private final KubernetesClient client = TestCluster.Holder.client();
    private final String namespace;

    private Tenant(String namespace) {
        this.namespace = namespace;
    }

    /** One more than the test is given; whoever makes it closes it. Pods can be made in it. */
    public static Tenant create() {
        String name = "e2e-" + UUID.randomUUID().toString().substring(0, 8);
        TestCluster.Holder.client()
                .namespaces()
                .resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .addToLabels("pod-security.kubernetes.io/enforce", "restricted")
                        .endMetadata()
                        .build())
                .create();
        Tenant tenant = new Tenant(name);
        // Without it no pod is let in.
        await().atMost(PATIENCE)
                .until(() -> tenant.client
                                .serviceAccounts()
                                .inNamespace(name)
                                .withName("default")
                                .get()
                        != null);
        return tenant;
    }

    public KubernetesClient client() {
        return client;
    }

    public String namespace() {
        return namespace;
    }

    /** A policy {@value #POLICY} with the usual tools. */
    public Tenant withTools() {
        policy(POLICY, TOOLS);
        return this;
    }

    /** {@link Caller#DEVELOPER} may do here what the role {@code edit} allows. */
    public Tenant withDeveloper() {
        kubectl("create", "rolebinding", "developer", "--clusterrole=edit", "--user=" + Caller.DEVELOPER.user());
        await().atMost(PATIENCE).until(() -> Caller.DEVELOPER.may("create", "", "pods", namespace, ""));
        return this;
    }

    /** Here pods may be of any shape that admission lets in otherwise. */
    public void withoutPodSecurity() {
        client.namespaces()
                .withName(namespace)
                .edit(found -> new NamespaceBuilder(found)
                        .editMetadata()
                        .removeFromLabels("pod-security.kubernetes.io/enforce")
                        .endMetadata()
                        .build());
        await().atMost(PATIENCE)
                .until(() -> kubectl("run", "probe", "--image=cofferdam.local/shell:1", "--dry-run=server")
                                .exitCode()
                        == 0);
    }

    /** Creates or changes a policy; {@code spec} is YAML. */
    public SandboxPolicy policy(String name, String spec) {
        SandboxPolicy policy = new SandboxPolicy();
        policy.setMetadata(
                new ObjectMetaBuilder().withNamespace(namespace).withName(name).build());
        policy.setSpec(Serialization.unmarshal(spec, SandboxPolicySpec.class));
        return client.resource(policy).forceConflicts().serverSideApply();
    }

    /** Creates a run and returns what the API server stored. */
    public ToolRun create(RunRequest request) {
        return create(new ObjectMetaBuilder().withGenerateName("run-"), request);
    }

    public ToolRun create(String name, RunRequest request) {
        return create(new ObjectMetaBuilder().withName(name), request);
    }

    private ToolRun create(ObjectMetaBuilder metadata, RunRequest request) {
        ToolRun run = new ToolRun();
        run.setMetadata(metadata.withNamespace(namespace).build());
        run.setSpec(request.spec());
        return client.resource(run).create();
    }

    /** Asks for a run to be cancelled; refused where it is settled. */
    public Kubectl.Answer cancel(ToolRun run) {
        return kubectl(
                "patch", "trun", run.getMetadata().getName(), "--type=merge", "-p", "{\"spec\":{\"cancel\":true}}");
    }

    /** Creates a run and waits until its tool has said {@code begun}, which it must. The phase is no sign of it: it tells of the pod. */
    public ToolRun begun(RunRequest request) {
        return begunOf(create(request));
    }

    /** Waits until the tool of a run has said {@code begun}. */
    public ToolRun begunOf(ToolRun run) {
        await().atMost(PATIENCE)
                .pollInterval(BEGUN)
                .until(() -> pod(run).stream()
                        .anyMatch(pod -> log(pod.getMetadata().getName()).contains("begun")));
        return resource(run).get();
    }

    /** Creates a run and waits for its end. */
    public ToolRun run(RunRequest request) {
        return finished(create(request));
    }

    /** The run as it is when it has ended and nothing more will be written. */
    public ToolRun finished(ToolRun run) {
        return until(
                run,
                now -> now.getStatus() != null
                        && Boolean.TRUE.equals(now.getStatus().settled()));
    }

    public ToolRun until(ToolRun run, Predicate<ToolRun> condition) {
        return resource(run)
                .waitUntilCondition(
                        now -> now != null && condition.test(now), PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** The newest pod of the run, if it has one. */
    public Optional<Pod> pod(ToolRun run) {
        return pods().stream()
                .filter(pod -> pod.getMetadata()
                        .getName()
                        .startsWith("cofferdam-" + run.getMetadata().getUid()))
                .reduce((first, second) -> second);
    }

    /** The pods of one of our own parts. */
    public static List<Pod> systemPods(String part) {
        return TestCluster.Holder.client()
                .pods()
                .inNamespace(Names.SYSTEM_NAMESPACE)
                .withLabel("app.kubernetes.io/name", part)
                .list()
                .getItems();
    }

    /** All runs of the namespace. */
    public List<ToolRun> runs() {
        return client.resources(ToolRun.class).inNamespace(namespace).list().getItems();
    }

    /** All pods of the namespace. */
    public List<Pod> pods() {
        return client.pods().inNamespace(namespace).list().getItems();
    }

    /** What a pod of one container has written so far; empty where there is nothing to read yet, or no more. Without a process, so that it may be asked again and again. */
    public String log(String pod) {
        Caller.Answer answer =
                Caller.ADMIN.send("GET", "/api/v1/namespaces/" + namespace + "/pods/" + pod + "/log", "", "");
        return answer.code() == HttpURLConnection.HTTP_OK ? answer.body() : "";
    }

    public Resource<ToolRun> resource(ToolRun run) {
        return client.resources(ToolRun.class)
                .inNamespace(namespace)
                .withName(run.getMetadata().getName());
    }

    public static Condition condition(ToolRun run, String type) {
        return run.getStatus().conditions().stream()
                .filter(condition -> condition.getType().equals(type))
                .findFirst()
                .orElseThrow(() ->
                        new AssertionError("no condition " + type + " in " + Serialization.asYaml(run.getStatus())));
    }

    public Kubectl.Answer kubectl(String... arguments) {
        String[] all = new String[arguments.length + 1];
        all[0] = "--namespace=" + namespace;
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return Kubectl.kubectl(all);
    }

    @Override
    public void close() {
        client.namespaces().withName(namespace).delete();
    }
}
