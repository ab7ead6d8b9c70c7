package dev.cofferdam.e2e.bench;

/**
 * How much is measured. Each can be set in the environment, so that a change can be tried with little.
 *
 * @param serial runs, and bare pods, one after the other ({@code COFFERDAM_BENCH_SERIAL})
 * @param atOnce runs, and then bare pods, all at one time ({@code COFFERDAM_BENCH_AT_ONCE})
 */
record Sizes(int serial, int atOnce) {
    static Sizes ofEnvironment() {
        return new Sizes(size("COFFERDAM_BENCH_SERIAL", 20), size("COFFERDAM_BENCH_AT_ONCE", 50));
    }

    private static int size(String variable, int usual) {
        String text = System.getenv().getOrDefault(variable, "");
        return text.isEmpty() ? usual : Integer.parseInt(text);
    }
}
