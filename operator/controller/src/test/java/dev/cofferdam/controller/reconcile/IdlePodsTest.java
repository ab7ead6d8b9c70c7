package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class IdlePodsTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Pod POD =
            new PodBuilder().withNewMetadata().withUid("c1").endMetadata().build();

    @Test
    void onlyWhatWasSeenAndNeverStartedIsIdle() {
        IdlePods pods = new IdlePods();
        assertThat(pods.lastSeen("c1")).isEmpty();

        pods.saw(POD, false, NOW);
        pods.saw(POD, false, NOW.plusSeconds(1));
        assertThat(pods.lastSeen("c1")).contains(NOW.plusSeconds(1));

        pods.saw(POD, true, NOW.plusSeconds(2));
        pods.saw(POD, false, NOW.plusSeconds(3));
        assertThat(pods.lastSeen("c1")).isEmpty();
    }
}
