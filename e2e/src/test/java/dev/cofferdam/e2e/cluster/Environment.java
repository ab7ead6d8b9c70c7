package dev.cofferdam.e2e.cluster;

/** Variables that the Makefile sets for the tests. */
public final class Environment {
    private Environment() {}

    public static String required(String name, String remedy) {
        String value = System.getenv(name);
        if (value == null || value.isEmpty()) {
            throw new IllegalStateException(name + " is not set: " + remedy);
        }
        return value;
    }
}
