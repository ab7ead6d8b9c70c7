package dev.cofferdam.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.gateway.channel.Undecided;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a gateway knows when it starts among runs that were there before it: the API server lists them, and then nothing changes. */
@Timeout(300)
class WatchesTest {
    private final ClusterView view = new ClusterView();
    private final AtomicInteger changed = new AtomicInteger();
    private ApiStandIn api;
    private KubernetesClient client;

    @BeforeEach
    void start() throws Exception {
        api = new ApiStandIn(WatchesTest::answer);
        client = api.client();
    }

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void aRunThatWasThereBeforeIsKnownWithItsStatus() {
        try (SharedIndexInformer<GenericKubernetesResource> runs =
                Watches.runs(client, view, new ApiObjects(), run -> changed.incrementAndGet(), gone -> {})) {
            runs.exceptionHandler((started, failure) -> true);
            runs.start();

            await().atMost(ApiStandIn.PATIENCE).until(() -> view.isUnsettled(Given.RUN_UID));

            ToolRun known = view.run(Given.RUN_UID).orElseThrow();
            assertThat(known.getSpec().tool()).isEqualTo("t");
            assertThat(known.getStatus().attempts().getFirst().podUID()).isEqualTo(Given.POD_UID);
            assertThat(view.undecided()).containsExactly(new Undecided("ns", Given.RUN_UID));
            await().atMost(ApiStandIn.PATIENCE)
                    .untilAsserted(() -> assertThat(changed).hasValue(1));
        }
    }

    /** Of a run that is settled the watch tells as of one that is deleted, by what it was before: nobody may be said to have deleted it. */
    @Test
    void aRunThatIsSeenNoMoreIsNotSaidToBeDeleted() {
        Map<String, String> ended = new HashMap<>();
        List<String> forgotten = new ArrayList<>();
        GenericKubernetesResource before =
                Serialization.unmarshal(Serialization.asJson(Given.claimed("")), GenericKubernetesResource.class);

        Watches.leaving(ended::put, forgotten::add).accept(before);

        assertThat(ended).containsExactly(Map.entry(Given.RUN_UID, "Over"));
        assertThat(forgotten).containsExactly(Given.RUN_UID);
    }

    private static void answer(HttpServerRequest request) {
        if (request.getParam("watch") != null) {
            return;
        }
        ToolRun run = Given.claimed(
                ", changes: {digest: 'sha256:0', contents: {sha256: '67', bytes: 3072, expiresAt: '2026-01-01T00:00:00Z'}}");
        request.response()
                .putHeader("Content-Type", "application/json")
                .end(
                        "{\"apiVersion\":\"cofferdam.dev/v1alpha1\",\"kind\":\"ToolRunList\",\"metadata\":{\"resourceVersion\":\"7\"},\"items\":["
                                + Serialization.asJson(run) + "]}");
    }
}
