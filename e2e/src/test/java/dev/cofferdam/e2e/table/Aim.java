package dev.cofferdam.e2e.table;

/** What an attack would reach. */
public enum Aim {
    Host("the host", true),
    ApiServer("the API server", true),
    OtherTenant("another tenant", true),
    Rules("the rules: who may run what", false),
    Run("a run: its job, its sandbox", false),
    Record("what is recorded", false),
    Service("time and room of others", false);

    private final String title;
    private final boolean twoGates;

    Aim(String title, boolean twoGates) {
        this.title = title;
        this.twoGates = twoGates;
    }

    String title() {
        return title;
    }

    /** Whether one gate is not enough. */
    public boolean needsTwoGates() {
        return twoGates;
    }
}
