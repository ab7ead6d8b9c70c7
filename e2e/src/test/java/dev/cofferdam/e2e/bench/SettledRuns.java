package dev.cofferdam.e2e.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Caller;
import dev.cofferdam.e2e.tenant.RunRequest;
import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.client.utils.Serialization;

/** Finished runs that nobody ran, made while no controller works: with the controller's part of the status of one that did. */
final class SettledRuns {
    private static final int THREADS = 16;

    private SettledRuns() {}

    /** @param like a run that has settled */
    static void make(Tenant tenant, ToolRun like, int count) {
        ObjectNode status = Serialization.jsonMapper().valueToTree(like.getStatus());
        status.remove("result");
        status.remove("execution");
        ((ObjectNode) status.get("audit"))
                .withArray("sources")
                .removeIf(source -> source.path("source").asText().startsWith("gateway/"));
        String body = Serialization.jsonMapper()
                .createObjectNode()
                .set("status", status)
                .toString();
        Crowd.each(count, THREADS, "settled runs made", i -> {
            ToolRun run = tenant.create(RunRequest.tool("true"));
            Caller.Answer answer = Caller.CONTROLLER.send(
                    "PATCH", Simulation.path(run) + "/status", "application/merge-patch+json", body);
            assertThat(answer.code()).as(answer.body()).isEqualTo(200);
        });
    }
}
