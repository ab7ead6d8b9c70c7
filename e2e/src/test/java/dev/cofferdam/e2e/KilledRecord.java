package dev.cofferdam.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditSource;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Tenant;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * The audit stream of a time in which a part was killed again and again, by the program that is documented for its readers.
 *
 * @param runs those of {@link Waves}, ended
 * @param lines all that both parts wrote of all runs of the tenant
 */
record KilledRecord(Tenant tenant, List<ToolRun> runs, List<String> lines, Path folder) {
    private static final String CONTROLLER = "controller";

    /** What a run of {@link Waves} with an outsider does, and how often: two programs, one deed. */
    private static final Map<String, Long> DEEDS = Map.of("start", 1L, "exec", 2L, "connect", 1L, "exit", 1L);

    /** An event, with the chain that it is in. */
    private record Link(String chain, Map<String, Object> event) {
        static Link of(String line) {
            Map<String, Object> event = AuditStream.parse(line);
            return new Link(event.get("run_uid") + " " + event.get("source"), event);
        }

        boolean is(String action) {
            return action.equals(event.get("action"));
        }

        boolean isOfAGateway() {
            return chain.contains(" gateway/");
        }

        /** Whether another process had the run before this one. */
        boolean takesOver() {
            return is("resume")
                    && event.get("detail") instanceof Map<?, ?> detail
                    && "Interrupted".equals(detail.get("before"));
        }

        String run() {
            return chain.substring(0, chain.indexOf(' '));
        }
    }

    /** Each chain of a gateway is whole, or, where that was killed in its middle, is said to be interrupted, and goes on in another. */
    void theGatewayWasKilled() {
        VerifiedAudit verified = verified();
        Map<String, String> verdicts = verified.verdicts();
        assertThat(verdicts.values())
                .as("nothing is changed, lost or out of its place: %s", verified.text())
                .allMatch(verdict -> VerifiedAudit.isWhole(verdict) || verdict.equals(VerifiedAudit.INTERRUPTED));
        List<Link> links = lines.stream().map(Link::of).toList();
        Set<String> takenOver =
                links.stream().filter(Link::takesOver).map(Link::run).collect(Collectors.toSet());
        List<String> interrupted = verdicts.keySet().stream()
                .filter(chain -> verdicts.get(chain).equals(VerifiedAudit.INTERRUPTED))
                .toList();
        assertThat(interrupted)
                .as("what was under way when a gateway was killed")
                .isNotEmpty()
                .allSatisfy(chain -> assertThat(takenOver).contains(chain.substring(0, chain.indexOf(' '))));
        whatWentOnUndisturbedIsThereOnce(links);
    }

    /**
     * Each chain of the gateway is whole. So is the controller's, but for the lines of a write that was stored when the controller was killed: these the program finds missing, and the status has them.
     */
    void theControllerWasKilled() {
        VerifiedAudit verified = verified();
        verified.verdicts().forEach((chain, verdict) -> {
            if (chain.endsWith(" " + CONTROLLER)) {
                assertThat(verdict).as(chain).doesNotContain("comes twice", "is not", "has no hash");
            } else {
                assertThat(verdict).as(chain).matches(VerifiedAudit::isWhole, "is whole");
            }
        });
        List<Link> links = lines.stream().map(Link::of).toList();
        for (ToolRun run : runs) {
            AuditSource stored = run.getStatus().audit().sources().stream()
                    .filter(source -> source.source().equals(CONTROLLER))
                    .findFirst()
                    .orElseThrow();
            assertThat(stored.events())
                    .as("what the stream may lack, %s", verified.text())
                    .extracting(AuditEvent::seq)
                    .containsExactlyElementsOf(
                            LongStream.rangeClosed(1, stored.total()).boxed().toList());
        }
        assertThat(whatWentOnUndisturbedIsThereOnce(links)).isEqualTo(runs.size());
    }

    private VerifiedAudit verified() {
        return VerifiedAudit.of(tenant, lines, folder);
    }

    /** Returns how many runs had one gateway from their beginning to their end. */
    private int whatWentOnUndisturbedIsThereOnce(List<Link> links) {
        Set<String> uids = runs.stream().map(run -> run.getMetadata().getUid()).collect(Collectors.toSet());
        Map<String, List<Link>> byRun = links.stream()
                .filter(link -> link.isOfAGateway() && uids.contains(link.run()))
                .collect(Collectors.groupingBy(Link::run));
        List<List<Link>> undisturbed = byRun.values().stream()
                .filter(all -> all.stream().map(Link::chain).distinct().count() == 1)
                .filter(all -> all.stream().noneMatch(link -> link.is("resume") || link.is("leave")))
                .toList();
        assertThat(undisturbed)
                .isNotEmpty()
                .allSatisfy(all -> assertThat(all.stream()
                                .collect(Collectors.groupingBy(
                                        link -> (String) link.event().get("action"),
                                        Collectors.summingLong(link -> AuditStream.times(link.event())))))
                        .isEqualTo(DEEDS));
        return undisturbed.size();
    }
}
