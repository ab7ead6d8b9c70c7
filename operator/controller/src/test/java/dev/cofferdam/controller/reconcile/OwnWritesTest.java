package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.ToolRun;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import org.junit.jupiter.api.Test;

class OwnWritesTest {
    private final OwnWrites writes = new OwnWrites(2);

    @Test
    void aVersionThatWeReplacedIsBehind() {
        writes.wrote(run("a", "7"), run("a", "9"));

        assertThat(writes.isBehind(run("a", "7"))).isTrue();
        assertThat(writes.isBehind(run("a", "9"))).isFalse();
        assertThat(writes.isBehind(run("a", "10"))).isFalse();
    }

    @Test
    void whatSomebodyElseHasIsNoBusinessOfOurs() {
        writes.wrote(run("a", "7"), run("a", "9"));

        assertThat(writes.isBehind(run("b", "7"))).isFalse();
    }

    @Test
    void theNewestWriteCounts() {
        writes.wrote(run("a", "7"), run("a", "9"));
        writes.wrote(run("a", "9"), run("a", "12"));

        assertThat(writes.isBehind(run("a", "9"))).isTrue();
        assertThat(writes.isBehind(run("a", "12"))).isFalse();
    }

    @Test
    void aWriteThatChangedNothingIsWaitedForByNobody() {
        writes.wrote(run("a", "7"), run("a", "7"));

        assertThat(writes.isBehind(run("a", "7"))).isFalse();
    }

    @Test
    void theOldestIsForgotten() {
        writes.wrote(run("a", "1"), run("a", "2"));
        writes.wrote(run("b", "3"), run("b", "4"));
        writes.wrote(run("a", "2"), run("a", "5"));
        writes.wrote(run("c", "6"), run("c", "7"));

        assertThat(writes.isBehind(run("b", "3"))).isFalse();
        assertThat(writes.isBehind(run("a", "2"))).isTrue();
        assertThat(writes.isBehind(run("c", "6"))).isTrue();
    }

    private static ToolRun run(String uid, String version) {
        ToolRun run = new ToolRun();
        run.setMetadata(new ObjectMetaBuilder()
                .withUid(uid)
                .withResourceVersion(version)
                .build());
        return run;
    }
}
