package dev.cofferdam.controller.status;

import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.AuditSource;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.record.Quoted;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** All that the tool of a run was denied while it ran, in one sentence. */
public final class Denials {
    private static final int NAMED_MOST = 5;
    private static final int RESOURCE_MOST = 100;

    /** By which part the decision is told; what it denies is the run's own reason. */
    private static final String CONTROLLER = "controller";

    private Denials() {}

    /** Empty where nothing was. */
    public static Optional<String> of(ToolRunStatus status) {
        List<AuditSource> gateways = status.audit() == null
                ? List.of()
                : status.audit().sources().stream()
                        .filter(source -> !CONTROLLER.equals(source.source()))
                        .toList();
        long denied = gateways.stream()
                .mapToLong(source -> source.denied() == null ? 0 : source.denied())
                .sum();
        if (denied <= 0) {
            return Optional.empty();
        }
        String named = gateways.stream()
                .flatMap(source -> source.events().stream())
                .filter(event -> event.result() == AuditResult.Denied && event.resource() != null)
                .map(event -> Quoted.of(event.resource(), RESOURCE_MOST)
                        + Optional.ofNullable(event.detail().get("reason"))
                                .map(reason -> " (" + Quoted.bounded(reason, RESOURCE_MOST) + ")")
                                .orElse(""))
                .distinct()
                .limit(NAMED_MOST)
                .collect(Collectors.joining(", "));
        return Optional.of("the tool was denied " + denied + (denied == 1 ? " access" : " accesses")
                + (named.isEmpty() ? "" : ", among them " + named)
                + "; status.audit has the newest, the audit log has all");
    }
}
