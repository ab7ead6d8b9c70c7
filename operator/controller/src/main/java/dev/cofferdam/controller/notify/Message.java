package dev.cofferdam.controller.notify;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.controller.alert.Firing;

/**
 * What a webhook is told of a firing, as JSON. Names and the condition are those of the policy; of the run that made it fire there is nothing but, where the alert is about
 * tools, the name that the policy gives its tool.
 */
final class Message {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int VERSION = 1;

    private Message() {}

    static String of(Firing firing) {
        ObjectNode message = JSON.createObjectNode()
                .put("version", VERSION)
                .put("id", firing.firing().id())
                .put("alert", firing.alert())
                .put("namespace", firing.namespace())
                .put("policy", firing.policy())
                .put("policyUid", firing.policyUid())
                .put("severity", firing.severity().text())
                .put("action", firing.action().text())
                .put("condition", firing.condition())
                .put("firedAt", firing.firing().at())
                .put("fired", firing.times());
        if (firing.firing().tool() != null) {
            message.put("tool", firing.firing().tool());
        }
        firing.firing().counts().forEach(message.putArray("counts")::add);
        try {
            return JSON.writeValueAsString(message);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("texts and numbers serialise as JSON", e);
        }
    }
}
