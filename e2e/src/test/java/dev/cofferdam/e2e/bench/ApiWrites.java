package dev.cofferdam.e2e.bench;

import dev.cofferdam.api.v1alpha1.Api;
import dev.cofferdam.e2e.tenant.Caller;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many writes the API server has answered since it started, by its own metrics. It does not say for whom, so nobody else may use the cluster meanwhile.
 */
record ApiWrites(Map<Kind, Long> counts) {
    private static final Pattern LINE = Pattern.compile("apiserver_request_total\\{(.*)} ([0-9.e+]+)");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"([^\"]*)\"");
    private static final Set<String> WRITES = Set.of("POST", "PUT", "PATCH", "APPLY", "DELETE");

    static final String RUNS = "toolruns." + Api.GROUP;
    static final String RUN_STATUSES = RUNS + "/status";
    static final String PODS = "pods";

    /** The objects that Cofferdam writes for a run; a pod's own subresources are written by others. */
    private static final Set<String> OURS = Set.of(
            RUNS, RUN_STATUSES, "sandboxpolicies." + Api.GROUP + "/status", PODS, "networkpolicies.networking.k8s.io");

    /** Where whole collections are removed, somebody removes a namespace. */
    private static final String ONE_OBJECT = "resource";

    /** @param resource with its group and subresource, as in pods/status */
    record Kind(String resource, String verb, String code) implements Comparable<Kind> {
        private static final Comparator<Kind> ORDER =
                Comparator.comparing(Kind::resource).thenComparing(Kind::verb).thenComparing(Kind::code);

        @Override
        public int compareTo(Kind other) {
            return ORDER.compare(this, other);
        }

        boolean succeeded() {
            return code.startsWith("2");
        }

        boolean conflicted() {
            return code.equals("409");
        }
    }

    static ApiWrites now() {
        Map<Kind, Long> counts = new TreeMap<>();
        Caller.ADMIN.send("GET", "/metrics", "", "").body().lines().forEach(line -> {
            Matcher matcher = LINE.matcher(line);
            if (matcher.matches()) {
                Map<String, String> labels = labels(matcher.group(1));
                if (WRITES.contains(labels.get("verb"))
                        && ONE_OBJECT.equals(labels.get("scope"))
                        && labels.get("dry_run").isEmpty()) {
                    counts.merge(kind(labels), Math.round(Double.parseDouble(matcher.group(2))), Long::sum);
                }
            }
        });
        return new ApiWrites(counts);
    }

    private static Kind kind(Map<String, String> labels) {
        String subresource = labels.get("subresource");
        String group = labels.get("group");
        return new Kind(
                labels.get("resource")
                        + (group.isEmpty() ? "" : "." + group)
                        + (subresource.isEmpty() ? "" : "/" + subresource),
                labels.get("verb"),
                labels.get("code"));
    }

    private static Map<String, String> labels(String text) {
        Map<String, String> labels = new TreeMap<>();
        LABEL.matcher(text).results().forEach(found -> labels.put(found.group(1), found.group(2)));
        return labels;
    }

    /** What was written since an earlier count. */
    ApiWrites since(ApiWrites before) {
        Map<Kind, Long> more = new TreeMap<>(counts);
        more.replaceAll((kind, count) -> count - before.counts.getOrDefault(kind, 0L));
        more.values().removeIf(count -> count == 0);
        return new ApiWrites(more);
    }

    /** Without as many of a kind, which are known to be somebody else's. */
    ApiWrites without(Kind kind, long count) {
        Map<Kind, Long> fewer = new TreeMap<>(counts);
        fewer.computeIfPresent(kind, (same, all) -> all == count ? null : Long.valueOf(all - count));
        return new ApiWrites(fewer);
    }

    long count(Predicate<Kind> wanted) {
        return counts.entrySet().stream()
                .filter(entry -> wanted.test(entry.getKey()))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    static boolean isOurs(Kind kind) {
        return OURS.contains(kind.resource()) && kind.succeeded();
    }

    /** Every kind of write that a run causes, a row each: first what counts, then what stands apart; and in one row what has nothing to do with runs. */
    List<List<String>> rows(int runs) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("write", "answer", "all", "per run", ""));
        counts.forEach((kind, count) -> {
            if (isOurs(kind)) {
                rows.add(row(kind, count, runs, "counts"));
            }
        });
        counts.forEach((kind, count) -> {
            if (!isOurs(kind)) {
                why(kind).ifPresent(why -> rows.add(row(kind, count, runs, "apart: " + why)));
            }
        });
        long rest = count(kind -> !isOurs(kind) && why(kind).isEmpty());
        rows.add(List.of("everything else", "", Long.toString(rest), "", "apart: no run causes it"));
        return rows;
    }

    private static List<String> row(Kind kind, long count, int runs, String why) {
        return List.of(
                kind.verb() + " " + kind.resource(),
                kind.code(),
                Long.toString(count),
                Report.number((double) count / runs),
                why);
    }

    private static Optional<String> why(Kind kind) {
        String ofOurs = OURS.contains(kind.resource()) ? "nothing was written" : null;
        return Optional.ofNullable(
                switch (kind.resource()) {
                    case "events", "events.events.k8s.io" -> "Events";
                    case "tokenreviews.authentication.k8s.io" -> "the gateway asks who calls, nothing is stored";
                    case "serviceaccounts/token" -> "the kubelet asks for a token, nothing is stored";
                    case "pods/binding" -> "scheduler, bare pods included";
                    case "pods/status" -> "kubelet, bare pods included";
                    case "leases.coordination.k8s.io" -> "leases of leaders and nodes";
                    default -> ofOurs;
                });
    }
}
