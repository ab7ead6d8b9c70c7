package dev.cofferdam.e2e.bench;

import java.util.List;

/** Runs beside bare pods, and both beside the bar. */
final class Comparison {
    private static final double START_BAR = 1.25;
    private static final double END_BAR = 0.5;

    private Comparison() {}

    static String table(List<Trip> runs, List<Trip> pods) {
        return Report.table(List.of(
                List.of("", "Cofferdam p50", "p95", "bare gVisor pod p50", "p95", "ratio of p50", "of p95", "bar", ""),
                row("create → tool started", START_BAR, starts(runs), starts(pods)),
                row("create → end can be read", END_BAR, ends(runs), ends(pods))));
    }

    private static List<String> row(String what, double bar, Distribution ours, Distribution theirs) {
        double ratio = Report.ratio(ours.p50(), theirs.p50());
        return List.of(
                what,
                Report.millis(ours.p50()),
                Report.millis(ours.p95()),
                Report.millis(theirs.p50()),
                Report.millis(theirs.p95()),
                Report.number(ratio),
                Report.number(Report.ratio(ours.p95(), theirs.p95())),
                "≤ " + Report.number(bar),
                Report.verdict(ratio <= bar));
    }

    private static Distribution starts(List<Trip> trips) {
        return Distribution.of(trips.stream().map(Trip::toStart).toList());
    }

    static Distribution ends(List<Trip> trips) {
        return Distribution.of(trips.stream().map(Trip::toEnd).toList());
    }

    static String unseen(List<Trip> pods) {
        long unseen = Contest.unseenStarts(pods);
        return unseen == 0
                ? ""
                : "\n" + unseen
                        + " of the bare pods went to Succeeded without a visible Running; their start counts as late as their end.\n";
    }
}
