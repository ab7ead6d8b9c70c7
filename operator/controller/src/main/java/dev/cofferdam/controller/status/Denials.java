package dev.cofferdam.controller.status;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.AuditSource;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.record.Quoted;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** All that the tool of a run was denied while it ran. What was taken away from it is no denial: that is somebody else's doing. */
public final class Denials {
    /** Reason of the one Kubernetes Event that tells of them. */
    public static final String REASON = "AccessDenied";

    private static final int NAMED_MOST = 5;
    private static final int RESOURCE_MOST = 100;
    private static final int WORD_MOST = 32;

    /** How often one event may say that it was, at most: what a sandbox says is bounded. */
    private static final long TIMES_MOST = 1_000_000;

    /** By which part the decision is told; what it denies is the run's own reason. */
    private static final String CONTROLLER = "controller";

    private Denials() {}

    /** One sentence; empty where nothing was. */
    public static Optional<String> of(ToolRunStatus status) {
        List<AuditEvent> kept = gateways(status).stream()
                .flatMap(source -> kept(source).stream())
                .toList();
        long denied = gateways(status).stream().mapToLong(Denials::total).sum()
                + kept.stream().mapToLong(Denials::moreTimes).sum();
        if (denied <= 0) {
            return Optional.empty();
        }
        Map<String, Long> named = new LinkedHashMap<>();
        kept.stream()
                .filter(event -> event.resource() != null)
                .forEach(event -> named.merge(text(event), 1 + moreTimes(event), Long::sum));
        boolean all = named.size() <= NAMED_MOST
                && named.values().stream().mapToLong(Long::longValue).sum() == denied;
        String list = named.entrySet().stream()
                .limit(NAMED_MOST)
                .map(each -> each.getKey() + (each.getValue() > 1 ? " " + each.getValue() + " times" : ""))
                .collect(Collectors.joining(", "));
        return Optional.of("the tool was denied " + denied + (denied == 1 ? " access" : " accesses")
                + (list.isEmpty() ? "" : (all ? ": " : ", among them ") + list)
                + "; status.audit has the newest, the audit log has all");
    }

    private static String text(AuditEvent event) {
        String resource = Quoted.of(event.resource(), RESOURCE_MOST);
        String calledAs = event.detail().get("calledAs");
        String reason = event.detail().get("reason");
        return (event.action() == null ? "" : Quoted.bounded(event.action(), WORD_MOST) + " ")
                + (calledAs == null ? resource : Quoted.of(calledAs, RESOURCE_MOST) + " of " + resource)
                + (reason == null ? "" : " (" + Quoted.bounded(reason, WORD_MOST) + ")");
    }

    /** What gateways have on record. */
    public static List<AuditSource> gateways(ToolRunStatus status) {
        return status.audit() == null
                ? List.of()
                : status.audit().sources().stream()
                        .filter(source -> !CONTROLLER.equals(source.source()))
                        .toList();
    }

    /** How many events of that are denials, also those that the run does not keep. */
    public static long total(AuditSource source) {
        long revoked = source.events().stream()
                .filter(event ->
                        event.eventType() == AuditEventType.CapabilityRevoke && event.result() == AuditResult.Denied)
                .count();
        return source.denied() == null ? 0 : Math.max(0, source.denied() - revoked);
    }

    /** Those of these that the run keeps. */
    public static List<AuditEvent> kept(AuditSource source) {
        return source.events().stream()
                .filter(event ->
                        event.eventType() != AuditEventType.CapabilityRevoke && event.result() == AuditResult.Denied)
                .toList();
    }

    /** One event may stand for many attempts: how many but the first. */
    public static long moreTimes(AuditEvent event) {
        String count = event.detail().get("count");
        if (count == null || count.isEmpty() || !count.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return 0;
        }
        return count.length() > Long.toString(TIMES_MOST).length()
                ? TIMES_MOST
                : Math.clamp(Long.parseLong(count) - 1, 0, TIMES_MOST);
    }
}
