package dev.cofferdam.gateway.channel;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.re2j.Pattern;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The form of the frame {@code event}: of programs, and of what was tried on the network and no gateway heard of. What else happens to a tool is not for its supervisor to
 * tell.
 */
final class EventForm {
    private static final int PROGRAM_BYTES_MOST = 1024;
    private static final int RESOURCE_BYTES_MOST = 1024;
    private static final int CALLED_AS_BYTES_MOST = 64;
    /** In the detail of what was tried on the network. */
    static final String CAUSE = "cause";

    /** The action of asking for a name. */
    static final String RESOLVE = "resolve";

    private static final String EXEC = "exec";
    private static final String COUNT = "count";
    private static final String PROTOCOL = "protocol";
    private static final String CALLED_AS = "calledAs";
    private static final Pattern VISIBLE = Pattern.compile("[ -~]+");
    private static final Pattern POSITIVE = Pattern.compile("[1-9][0-9]{0,15}");

    private EventForm() {}

    static SupervisorFrame.Event read(JsonNode node) throws MalformedException {
        Fields.exactly(node, Set.of("type", "eventType", "resource", "action", "result", "detail"));
        return switch (Fields.text(node, "eventType")) {
            case "ProcessExec" -> execution(node);
            case "NetworkAccess" -> attempt(node);
            default -> throw new MalformedException("an event is of a program or of the network");
        };
    }

    private static SupervisorFrame.Event execution(JsonNode node) throws MalformedException {
        Fields.require(Fields.text(node, "action").equals(EXEC), "the action of a program is " + EXEC);
        return new SupervisorFrame.Event(
                AuditEventType.ProcessExec,
                program(Fields.text(node, "resource")),
                EXEC,
                result(Fields.text(node, "result")),
                detail(node.get("detail")));
    }

    /** Only of what came to nothing: what is allowed goes through the gateway, which records it itself. */
    private static SupervisorFrame.Event attempt(JsonNode node) throws MalformedException {
        String resource = Fields.bounded("a resource", Fields.text(node, "resource"), RESOURCE_BYTES_MOST);
        Fields.require(VISIBLE.matches(resource), "a resource of the network is printable ASCII");
        JsonNode detail = node.get("detail");
        Fields.require(detail.isObject(), "detail is a JSON object");
        Fields.exactly(detail, Set.of(CAUSE, COUNT, PROTOCOL));
        String protocol = Fields.text(detail, PROTOCOL);
        String action = switch (protocol) {
            case "dns" -> RESOLVE;
            case "tcp", "udp" -> "connect";
            default -> throw new MalformedException("protocol is tcp, udp or dns");
        };
        Fields.require(Fields.text(node, "action").equals(action), "names are resolved, addresses connected to");
        SupervisorFrame.Cause cause = Fields.word(detail, CAUSE, SupervisorFrame.Cause.values());
        Fields.require(cause.isOf(protocol), "a cause is one of its protocol");
        Fields.require(Fields.text(node, "result").equals(cause.result().name()), "a result is that of its cause");
        return new SupervisorFrame.Event(
                AuditEventType.NetworkAccess,
                resource,
                action,
                cause.result(),
                Map.of(CAUSE, cause.name(), COUNT, count(detail), PROTOCOL, protocol));
    }

    private static String count(JsonNode detail) throws MalformedException {
        String count = Fields.text(detail, COUNT);
        Fields.require(POSITIVE.matches(count), "count is a positive number");
        return count;
    }

    static String program(String text) throws MalformedException {
        return Fields.bounded("a program", text, PROGRAM_BYTES_MOST);
    }

    private static AuditResult result(String text) throws MalformedException {
        return switch (text) {
            case "Allowed" -> AuditResult.Allowed;
            case "Denied" -> AuditResult.Denied;
            default -> throw new MalformedException("the result of an event is Allowed or Denied");
        };
    }

    private static Map<String, String> detail(JsonNode node) throws MalformedException {
        Fields.require(node.isObject(), "detail is a JSON object");
        Set<String> keys = new HashSet<>(Set.of(COUNT));
        for (String optional : Set.of(CALLED_AS, Fields.SHA256)) {
            if (node.has(optional)) {
                keys.add(optional);
            }
        }
        Fields.exactly(node, keys);
        Map<String, String> detail = new TreeMap<>();
        for (String key : keys) {
            detail.put(key, Fields.text(node, key));
        }
        count(node);
        if (detail.containsKey(Fields.SHA256)) {
            Fields.sha256(node);
        }
        if (detail.containsKey(CALLED_AS)) {
            Fields.bounded(CALLED_AS, detail.get(CALLED_AS), CALLED_AS_BYTES_MOST);
        }
        return detail;
    }
}
