package dev.cofferdam.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.gateway.channel.Undecided;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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
    private final List<String> listed = new ArrayList<>(
            List.of(
                    Serialization.asJson(
                            Given.claimed(
                                    ", changes: {digest: 'sha256:0', contents: {sha256: '67', bytes: 3072, expiresAt: '2026-01-01T00:00:00Z'}}"))));
    private ApiStandIn api;
    private KubernetesClient client;

    @BeforeEach
    void start() throws Exception {
        api = new ApiStandIn(this::answer);
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

            await().atMost(ApiStandIn.PATIENCE)
                    .until(() -> view.run(Given.RUN_UID).isPresent());

            ToolRun known = view.run(Given.RUN_UID).orElseThrow();
            assertThat(known.getSpec().tool()).isEqualTo("t");
            assertThat(known.getStatus().attempts().getFirst().podUID()).isEqualTo(Given.POD_UID);
            assertThat(view.undecided()).containsExactly(new Undecided("ns", Given.RUN_UID));
            await().atMost(ApiStandIn.PATIENCE)
                    .untilAsserted(() -> assertThat(changed).hasValue(1));
        }
    }

    /** Else what is kept of them would be taken for nobody's: of those that the view is not told of yet, and of those that cannot be read. */
    @Test
    void whatIsListedIsUnsettledWhateverTheViewHas() {
        listed.add(Serialization.asJson(Given.claimed(""))
                .replace(Given.RUN_UID, "other")
                .replace("\"name\":\"run\"", "\"name\":\"other\""));
        listed.add("""
                {"metadata": {"name": "unreadable", "namespace": "ns", "uid": "unreadable", "resourceVersion": "3"}, "spec": "?"}
                """);
        CountDownLatch told = new CountDownLatch(1);
        try (SharedIndexInformer<GenericKubernetesResource> runs =
                Watches.runs(client, view, new ApiObjects(), run -> until(told), gone -> {})) {
            runs.exceptionHandler((started, failure) -> true);
            runs.start();
            await().atMost(ApiStandIn.PATIENCE).until(runs::hasSynced);

            assertThat(Watches.unsettled(runs)).containsExactlyInAnyOrder(Given.RUN_UID, "other", "unreadable");
            assertThat(List.of(Given.RUN_UID, "other"))
                    .as("the view is told of one of them at a time")
                    .anySatisfy(uid -> assertThat(view.run(uid)).isEmpty());
            told.countDown();
        }
    }

    private static void until(CountDownLatch latch) {
        try {
            assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void whatWasMadeAnewUnderItsNameIsGoneAndThere() {
        List<String> told = new ArrayList<>();
        ResourceEventHandler<Pod> handler = Watches.handler(
                now -> told.add("there " + now.getMetadata().getUid()),
                before -> told.add("gone " + before.getMetadata().getUid()),
                after -> {});

        handler.onUpdate(pod("1"), pod("1"));
        handler.onUpdate(pod("1"), pod("2"));

        assertThat(told).containsExactly("there 1", "gone 1", "there 2");
    }

    @Test
    void whatIsClosedStaysClosedWhileItIsMadeAnew() {
        List<String> told = new ArrayList<>();
        ResourceEventHandler<Pod> handler = Watches.seamless(
                now -> told.add("there " + now.getMetadata().getUid()),
                before -> told.add("gone " + before.getMetadata().getUid()));

        handler.onUpdate(pod("1"), pod("1"));
        handler.onUpdate(pod("1"), pod("2"));

        assertThat(told).containsExactly("there 1", "there 2", "gone 1");
    }

    private static Pod pod(String uid) {
        return new PodBuilder().withNewMetadata().withUid(uid).endMetadata().build();
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

    private void answer(HttpServerRequest request) {
        if (request.getParam("watch") != null) {
            return;
        }
        request.response()
                .putHeader("Content-Type", "application/json")
                .end(
                        "{\"apiVersion\":\"cofferdam.dev/v1alpha1\",\"kind\":\"ToolRunList\",\"metadata\":{\"resourceVersion\":\"7\"},\"items\":["
                                + String.join(",", listed) + "]}");
    }
}
