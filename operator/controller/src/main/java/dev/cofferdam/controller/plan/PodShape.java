package dev.cofferdam.controller.plan;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * Whether a pod that is there is the one that we would make. An owner reference proves nothing: whoever may create pods can write one, and knows the name of a
 * run's next pod. The pod gets the job, so it counts only if it would run what the plan says and nothing more.
 */
public final class PodShape {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What the API server and its own admission add to a pod that says nothing about it. None of it widens what the pod may do. */
    private static final Set<String> ADDED_TO_POD = Set.of(
            "nodeName",
            "nodeSelector",
            "schedulerName",
            "priority",
            "priorityClassName",
            "preemptionPolicy",
            "overhead",
            "tolerations",
            "serviceAccount",
            "imagePullSecrets");

    /** The same for an element of a list: only containers have these fields. */
    private static final Set<String> ADDED_TO_CONTAINER = Set.of("terminationMessagePath", "terminationMessagePolicy");

    /** Annotations by which a pod can choose settings of its sandbox. */
    private static final String RUNTIME_ANNOTATIONS = "dev.gvisor.";

    private PodShape() {}

    /** Whether {@code there} is {@code planned}, but for what the API server adds. */
    public static boolean holds(Pod planned, Pod there) {
        Map<String, String> labels = there.getMetadata().getLabels();
        Map<String, String> annotations = there.getMetadata().getAnnotations();
        return labels != null
                && labels.entrySet()
                        .containsAll(planned.getMetadata().getLabels().entrySet())
                && (annotations == null
                        || annotations.keySet().stream().noneMatch(key -> key.startsWith(RUNTIME_ANNOTATIONS)))
                && there.getSpec() != null
                && same(JSON.valueToTree(planned.getSpec()), JSON.valueToTree(there.getSpec()), ADDED_TO_POD);
    }

    private static boolean same(JsonNode planned, JsonNode there, Set<String> added) {
        if (unset(planned) || unset(there)) {
            return unset(planned) && unset(there);
        }
        if (planned.isArray() && there.isArray()) {
            return planned.size() == there.size()
                    && IntStream.range(0, planned.size())
                            .allMatch(i -> same(planned.get(i), there.get(i), ADDED_TO_CONTAINER));
        }
        if (planned.isObject() && there.isObject()) {
            return all(there, name -> planned.has(name) || added.contains(name) || unset(there.get(name)))
                    && all(planned, name -> same(planned.get(name), there.path(name), Set.of()));
        }
        return planned.equals(there) || sameQuantity(planned, there);
    }

    private static boolean all(JsonNode object, Predicate<String> holds) {
        return object.properties().stream().allMatch(field -> holds.test(field.getKey()));
    }

    /** The API server leaves out what is false or empty. */
    private static boolean unset(JsonNode node) {
        return node.isMissingNode()
                || node.isNull()
                || node.isBoolean() && !node.booleanValue()
                || node.isContainerNode() && node.isEmpty();
    }

    /** The API server writes {@code 1000m} as {@code 1}. */
    private static boolean sameQuantity(JsonNode planned, JsonNode there) {
        if (!planned.isTextual() || !there.isTextual()) {
            return false;
        }
        try {
            return new Quantity(planned.textValue())
                            .getNumericalAmount()
                            .compareTo(new Quantity(there.textValue()).getNumericalAmount())
                    == 0;
        } catch (IllegalArgumentException notQuantities) {
            return false;
        }
    }
}
