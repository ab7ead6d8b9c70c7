package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SeenPodsTest {
    /** The scheduler, the taint manager and the API for evictions say it by a condition, a kubelet by a reason; whoever deletes a pod says nothing. */
    @ParameterizedTest
    @CsvSource({
        "DisruptionTarget, True, '', true",
        "DisruptionTarget, False, '', false",
        "Ready, True, Evicted, true",
        "Ready, True, '', false"
    })
    void thoseThatWereTakenAwayAreKnownWhenTheyAreGone(
            String condition, String status, String reason, boolean evicted) {
        SeenPods pods = new SeenPods();
        Pod last = new PodBuilder()
                .withNewMetadata()
                .withNamespace("n")
                .withName("a")
                .withUid("p1")
                .withDeletionTimestamp("2026-01-01T00:00:09Z")
                .endMetadata()
                .withNewStatus()
                .withReason(reason)
                .addNewCondition()
                .withType(condition)
                .withStatus(status)
                .endCondition()
                .endStatus()
                .build();

        pods.put(pods.getKey(last), last);
        assertThat(pods.wasEvicted("n", "a", "p1")).isEqualTo(evicted);
        pods.remove(pods.getKey(last));

        assertThat(pods.get(pods.getKey(last))).isNull();
        assertThat(pods.wasEvicted("n", "a", "p1")).isEqualTo(evicted);
        assertThat(pods.wasEvicted("n", "a", "p2")).isFalse();
    }
}
