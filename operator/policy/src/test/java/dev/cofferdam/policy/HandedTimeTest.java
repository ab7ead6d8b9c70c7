package dev.cofferdam.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.ToolRunSpec;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How much time of the processor the supervisor is told, from what the policy gave when the run was claimed to what it gives now. */
class HandedTimeTest {
    private static final ToolRunSpec RUN = Policies.run("{policyRef: {name: p}, tool: python}");

    @ParameterizedTest
    @CsvSource({"20s, 20s, 20s", "20s, 5s, 5s", "5s, 20s, 5s", "'', 5s, 5s", "5s, '', 5s", "'', '', ''"})
    void neverMoreThanWasClaimedNorThanIsGivenNow(String claimed, String now, String handed) {
        Ruling.Granted claim = (Ruling.Granted) Decider.decide(Optional.of(policy(claimed)), RUN);

        Ruling ruling = HandOut.job(Optional.of(policy(now)), claim.effective(), RUN);

        assertThat(((Ruling.Granted) ruling)
                        .job()
                        .limits()
                        .cpuTime()
                        .map(Durations::text)
                        .orElse(""))
                .isEqualTo(handed);
        assertThat(claim.effective().limits().cpuTimeMillis())
                .isEqualTo(Durations.parse(claimed).map(Duration::toMillis).orElse(null));
    }

    private static Compilation policy(String cpuTime) {
        return Policies.compile(
                Policies.spec(
                        "spec: {tools: [{name: python, image: i, command: [python3]}], permissions: {resources: {limits: {cpuTime: \""
                                + cpuTime + "\"}}}}"),
                Served.NOW);
    }
}
