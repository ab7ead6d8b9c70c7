package dev.cofferdam.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs the benchmarks; their figures go to target/policy-bench.json. */
class PolicyBench {
    private static final double DECISION_P99_MOST_MICROS = 100;

    @Test
    void decisionsTakeLessThanTheirBar() throws RunnerException {
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .include(PolicyBenchmark.class.getSimpleName())
                        .addProfiler(GCProfiler.class)
                        .resultFormat(ResultFormatType.JSON)
                        .result("target/policy-bench.json")
                        .jvmArgsAppend("-XX:+UseSerialGC")
                        .build())
                .run();

        assertThat(results).hasSize(12).allSatisfy(result -> {
            String name = result.getPrimaryResult().getLabel();
            Result<?> primary = result.getPrimaryResult();
            if (!name.equals("compile")) {
                assertThat(primary.getStatistics().getPercentile(99))
                        .as("p99 of %s with %s rules", name, result.getParams().getParam("rules"))
                        .isLessThan(DECISION_P99_MOST_MICROS);
            }
        });
    }
}
