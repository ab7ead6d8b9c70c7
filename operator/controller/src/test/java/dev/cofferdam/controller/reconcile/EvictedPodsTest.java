package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EvictedPodsTest {
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
        EvictedPods pods = new EvictedPods();
        Pod last = new PodBuilder()
                .withNewMetadata()
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

        pods.saw(last);

        assertThat(pods.has("p1")).isEqualTo(evicted);
        assertThat(pods.has("p2")).isFalse();
    }
}
