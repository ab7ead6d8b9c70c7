package dev.cofferdam.e2e.bench;

/**
 * How much is measured. Each can be set in the environment, so that a change can be tried with little.
 *
 * @param serial runs, and bare pods, one after the other ({@code COFFERDAM_BENCH_SERIAL})
 * @param atOnce runs, and then bare pods, all at one time ({@code COFFERDAM_BENCH_AT_ONCE})
 * @param settled finished runs that are there when the controller starts ({@code COFFERDAM_BENCH_SETTLED})
 * @param simulated runs on simulated nodes ({@code COFFERDAM_BENCH_SIMULATED})
 * @param active runs on simulated nodes that go on while the controller starts ({@code COFFERDAM_BENCH_ACTIVE})
 */
record Sizes(int serial, int atOnce, int settled, int simulated, int active) {
    static Sizes ofEnvironment() {
        return new Sizes(
                size("COFFERDAM_BENCH_SERIAL", 20),
                size("COFFERDAM_BENCH_AT_ONCE", 50),
                size("COFFERDAM_BENCH_SETTLED", 10_000),
                size("COFFERDAM_BENCH_SIMULATED", 1000),
                size("COFFERDAM_BENCH_ACTIVE", 1000));
    }

    private static int size(String variable, int usual) {
        String text = System.getenv().getOrDefault(variable, "");
        return text.isEmpty() ? usual : Integer.parseInt(text);
    }
}
