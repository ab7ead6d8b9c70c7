package dev.cofferdam.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.ToolRunSpec;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How much time the supervisor is told, by the clock and of the processor, from what the policy gave when the run was claimed to what it gives now. */
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

    /** A run that asked for its time and one that left it to the policy are one as the other: neither is stopped by less. */
    @ParameterizedTest
    @CsvSource({
        "'', 60s, 60s, 60s",
        "'', 60s, 20s, 20s",
        "'', 60s, 90s, 60s",
        "50s, 60s, 50s, 50s",
        "50s, 60s, 20s, 20s",
        "60s, 60s, 20s, 20s",
        "50s, 60s, 90s, 50s"
    })
    void lessTimeStopsNoRunAndIsWhatOneThatHasYetToStartIsGiven(
            String asked, String claimed, String now, String handed) {
        ToolRunSpec run = Policies.run(
                "{policyRef: {name: p}, tool: python" + (asked.isEmpty() ? "}" : ", timeout: " + asked + "}"));
        Ruling.Granted claim = (Ruling.Granted) Decider.decide(Optional.of(timed(claimed)), run);

        assertThat(HandOut.revoked(Optional.of(timed(now)), claim.effective(), run))
                .isEmpty();
        assertThat(((Ruling.Granted) HandOut.job(Optional.of(timed(now)), claim.effective(), run))
                        .job()
                        .limits()
                        .timeout())
                .isEqualTo(Durations.parse(handed).orElseThrow());
    }

    private static Compilation timed(String timeout) {
        return limited("timeout: " + timeout);
    }

    private static Compilation policy(String cpuTime) {
        return limited("cpuTime: \"" + cpuTime + "\"");
    }

    private static Compilation limited(String limits) {
        return Policies.compile(
                Policies.spec(
                        "spec: {tools: [{name: python, image: i, command: [python3]}], permissions: {resources: {limits: {"
                                + limits + "}}}}"),
                Served.NOW);
    }
}
