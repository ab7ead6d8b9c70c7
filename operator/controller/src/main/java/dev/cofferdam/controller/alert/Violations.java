package dev.cofferdam.controller.alert;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.policy.alert.Violation;
import dev.cofferdam.policy.alert.ViolationType;
import dev.cofferdam.record.Reason;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** What in a run's record is a violation, and of which type. */
final class Violations {
    /** What stands in the way of every run: none of it is what a run asks for. */
    private static final Set<Reason> STANDING = EnumSet.of(
            Reason.PolicyNotFound,
            Reason.PolicyNotReady,
            Reason.PolicySuspended,
            Reason.NamespaceSuspended,
            Reason.ReviewRequired,
            Reason.StageUnknown,
            Reason.CircuitOpen,
            Reason.ToolDisabled,
            Reason.Quarantined,
            Reason.RateExceeded,
            Reason.KeyReused,
            Reason.KeyConsumed,
            Reason.KeysExhausted,
            Reason.InvalidSpec);

    private static final int HOST_MOST = 253;
    private static final String SCHEME = "://";

    private Violations() {}

    /** Whether the reason is about something that the run asked for. A code of another version is. */
    static boolean isAsking(String code) {
        return STANDING.stream().noneMatch(reason -> reason.name().equals(code));
    }

    static Optional<Violation> of(DecisionReason reason) {
        return type(reason.code()).map(type -> new Violation(type, text(reason.resource()), reason.code()));
    }

    private static Optional<ViolationType> type(String code) {
        Reason reason;
        try {
            reason = Reason.valueOf(code);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        return Optional.ofNullable(
                switch (reason) {
                    case CapabilityNotGranted,
                            ToolNotRegistered,
                            LifecycleDenied,
                            CommitNotGranted,
                            TimeoutExceedsPolicy -> ViolationType.CapabilityRequest;
                    case EnvironmentNotGranted -> ViolationType.EnvironmentRequest;
                    case SecretNotAllowed -> ViolationType.SecretRequest;
                    case SourceNotGranted, PathNotAllowed, PathDenied, PathInvalid -> ViolationType.FileAccess;
                    case ArgumentsRefused -> ViolationType.Arguments;
                    case CredentialInSpec -> ViolationType.CredentialInSpec;
                    default -> null;
                });
    }

    /** Of an event of a gateway that is Denied. */
    static Optional<Violation> of(AuditEvent event) {
        Optional<ViolationType> type = switch (event.eventType()) {
            case NetworkAccess -> Optional.of(ViolationType.NetworkAccess);
            case ProcessExec -> Optional.of(ViolationType.ProgramExecution);
            case FilesystemAccess -> Optional.of(ViolationType.FileAccess);
            case SecretAccess -> Optional.of(ViolationType.SecretRequest);
            case EnvironmentAccess -> Optional.of(ViolationType.EnvironmentRequest);
            case PolicyViolation -> Optional.of(ViolationType.Tampering);
            case CapabilityGrant, CapabilityRevoke, CommitChanges, Unrecognized -> Optional.empty();
        };
        return type.map(
                it -> new Violation(it, text(event.resource()), event.detail().getOrDefault("reason", "")));
    }

    private static String text(String text) {
        return text == null ? "" : text;
    }

    /** The host that an event of the network is about: of a name, of {@code host:port}, or of a URL. Empty where it is about none, or about many. */
    static Optional<String> host(AuditEvent event) {
        if (event.eventType() != AuditEventType.NetworkAccess || event.resource() == null) {
            return Optional.empty();
        }
        String text = event.resource();
        int scheme = text.indexOf(SCHEME);
        if (scheme >= 0) {
            text = text.substring(scheme + SCHEME.length());
            text = text.substring(0, end(text));
        }
        int port = text.lastIndexOf(':');
        boolean bare = text.indexOf(':') != port && !text.startsWith("[");
        if (port >= 0 && !bare) {
            text = text.substring(0, port);
        }
        String host = (text.endsWith(".") ? text.substring(0, text.length() - 1) : text).toLowerCase(Locale.ROOT);
        return Optional.of(host).filter(it -> !it.isEmpty() && it.length() <= HOST_MOST && it.indexOf(' ') < 0);
    }

    private static int end(String rest) {
        int at = 0;
        while (at < rest.length() && "/?#".indexOf(rest.charAt(at)) < 0) {
            at++;
        }
        return at;
    }
}
