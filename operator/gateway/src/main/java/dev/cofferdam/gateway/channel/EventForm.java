package dev.cofferdam.gateway.channel;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.re2j.Pattern;
import dev.cofferdam.api.v1alpha1.AuditResult;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The form of the frame {@code event}: of programs, and of nothing else. What else happens to a tool is not for its supervisor to tell. */
final class EventForm {
    private static final int PROGRAM_BYTES_MOST = 1024;
    private static final int CALLED_AS_BYTES_MOST = 64;
    private static final String COUNT = "count";
    private static final String CALLED_AS = "calledAs";
    private static final Pattern POSITIVE = Pattern.compile("[1-9][0-9]{0,15}");

    private EventForm() {}

    static SupervisorFrame.Event read(JsonNode node) throws MalformedException {
        Fields.exactly(node, Set.of("type", "eventType", "resource", "action", "result", "detail"));
        Fields.require(
                Fields.text(node, "eventType").equals("ProcessExec")
                        && Fields.text(node, "action").equals("exec"),
                "an event is of a program");
        return new SupervisorFrame.Event(
                program(Fields.text(node, "resource")),
                result(Fields.text(node, "result")),
                detail(node.get("detail")));
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
        Fields.require(POSITIVE.matches(detail.get(COUNT)), "count is a positive number");
        if (detail.containsKey(Fields.SHA256)) {
            Fields.sha256(node);
        }
        if (detail.containsKey(CALLED_AS)) {
            Fields.bounded(CALLED_AS, detail.get(CALLED_AS), CALLED_AS_BYTES_MOST);
        }
        return detail;
    }
}
