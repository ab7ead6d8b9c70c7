package dev.cofferdam.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.policy.Connections;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LastConnectionsTest {
    private static final Connections FIRST = Connections.none(List.of());
    private static final Connections SECOND = Connections.none(List.of());

    private final LastConnections last = new LastConnections();

    @Test
    void whatItFollowsFromIsComparedAsObjects() {
        ToolRun run = new ToolRun();
        SandboxPolicy policy = new SandboxPolicy();

        assertThat(last.of("pod", from(run, policy), () -> FIRST)).isSameAs(FIRST);
        assertThat(last.of("pod", from(run, policy), () -> SECOND)).isSameAs(FIRST);
        assertThat(last.of("pod", from(new ToolRun(), policy), () -> SECOND)).isSameAs(SECOND);
        assertThat(last.of("pod", from(run, policy), () -> FIRST)).isSameAs(FIRST);
        assertThat(last.of("pod", from(run, new SandboxPolicy()), () -> SECOND)).isSameAs(SECOND);
    }

    /** With it go its arguments, input and files, which are far more than the rules. */
    @Test
    void aRunThatNobodyElseKeepsIsNotKept() {
        List<WeakReference<?>> gone = asked();

        await().atMost(ApiStandIn.PATIENCE).untilAsserted(() -> {
            System.gc();
            assertThat(gone).allSatisfy(each -> assertThat(each.refersTo(null)).isTrue());
        });

        assertThat(last.of("pod", from(new ToolRun(), new SandboxPolicy()), () -> SECOND))
                .isSameAs(SECOND);
    }

    private List<WeakReference<?>> asked() {
        ToolRun run = new ToolRun();
        SandboxPolicy policy = new SandboxPolicy();
        last.of("pod", from(run, policy), () -> FIRST);
        return List.of(new WeakReference<>(run), new WeakReference<>(policy));
    }

    private static LastConnections.From from(ToolRun run, SandboxPolicy policy) {
        return new LastConnections.From(run, policy, Optional.empty(), Optional.empty());
    }
}
