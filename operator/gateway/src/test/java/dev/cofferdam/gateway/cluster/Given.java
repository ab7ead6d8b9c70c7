package dev.cofferdam.gateway.cluster;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.gateway.channel.Claim;
import dev.cofferdam.policy.Job;
import dev.cofferdam.policy.Origin;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Objects as the API server gives them. */
final class Given {
    static final String RUN_UID = "11111111-2222-3333-4444-555555555555";
    static final String POD_NAME = "cofferdam-" + RUN_UID + "-1";
    static final String POD_UID = "99999999-2222-3333-4444-555555555555";

    static final String ADDRESS = "10.244.0.7";

    static final Enclosure ENCLOSURE =
            new Enclosure(8444, "10.96.0.1", 443, 10250, List.of("10.96.0.10", "fd00::a"), Duration.ofSeconds(10));

    /** Of that pod for that run, which its policy {@code p} lets call the tool {@code t}, have three files back, and nothing else. */
    static final Claim CLAIM = new Claim(
            "ns",
            "run",
            RUN_UID,
            POD_NAME,
            POD_UID,
            "p",
            "t",
            "v",
            10,
            Set.of(),
            new Job.Files(List.of(), List.of(), new Origin.Nothing(), List.of("a", "b", "c")),
            false,
            0,
            false,
            ENCLOSURE.gate(pod(ADDRESS)),
            Optional.empty());

    private Given() {}

    static Pod pod(String address) {
        return pod(POD_NAME, POD_UID, address);
    }

    static Pod pod(String name, String uid, String address) {
        return Serialization.unmarshal("""
                apiVersion: v1
                kind: Pod
                metadata:
                  name: %s
                  namespace: ns
                  uid: %s
                  ownerReferences:
                  - {apiVersion: cofferdam.dev/v1alpha1, kind: ToolRun, name: run, uid: %s, controller: true}
                spec:
                  containers: [{name: tool, image: i}]
                status: {podIP: "%s", hostIP: 10.0.0.7}
                """.formatted(name, uid, RUN_UID, address), Pod.class);
    }

    /** @param status YAML in one line, such as {@code {phase: Starting}} */
    static ToolRun run(String status) {
        return Serialization.unmarshal("""
                apiVersion: cofferdam.dev/v1alpha1
                kind: ToolRun
                metadata: {name: run, namespace: ns, uid: %s, resourceVersion: "7"}
                spec: {policyRef: {name: p}, tool: t}
                status: %s
                """.formatted(RUN_UID, status), ToolRun.class);
    }

    /** A claimed run. @param more further fields of the status, or nothing */
    static ToolRun claimed(String more) {
        return run(
                "{decision: {verdict: Allowed, policyVersion: v}, effective: {limits: {outputBytes: 10}}, attempts: [{number: 1, podUID: "
                        + POD_UID + "}]" + more + "}");
    }
}
