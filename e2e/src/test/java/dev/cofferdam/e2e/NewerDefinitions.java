package dev.cofferdam.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.e2e.tenant.Kubectl;
import java.util.ArrayList;
import java.util.List;

/**
 * The definitions of both kinds as a later version might have them: every enum of theirs has one more value, {@value #VALUE}, and every object one more field,
 * {@value #FIELD}. Those that were there come back at the end.
 */
final class NewerDefinitions implements AutoCloseable {
    static final String VALUE = "FromTheFuture";
    static final String FIELD = "fromTheFuture";

    /** Who installed them; another manager's fields would outlive the next installation. */
    private static final String INSTALLER = "cofferdam-install";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<ObjectNode> installed = new ArrayList<>();

    NewerDefinitions() {
        for (String kind : List.of("toolruns", "sandboxpolicies")) {
            installed.add(read(kind + ".cofferdam.dev"));
        }
        for (ObjectNode definition : installed) {
            ObjectNode newer = definition.deepCopy();
            for (JsonNode version : newer.at("/spec/versions")) {
                JsonNode properties = version.at("/schema/openAPIV3Schema/properties");
                extend(properties.path("spec"));
                extend(properties.path("status"));
            }
            apply(newer);
        }
    }

    @Override
    public void close() {
        installed.forEach(NewerDefinitions::apply);
    }

    private static void extend(JsonNode schema) {
        if (schema.path("enum") instanceof ArrayNode values) {
            values.add(VALUE);
        }
        if (schema.path("properties") instanceof ObjectNode properties) {
            properties.forEach(NewerDefinitions::extend);
            properties.putObject(FIELD).put("x-kubernetes-preserve-unknown-fields", true);
        }
        extendIfPresent(schema.path("items"));
        extendIfPresent(schema.path("additionalProperties"));
    }

    private static void extendIfPresent(JsonNode schema) {
        if (schema.isObject()) {
            extend(schema);
        }
    }

    private static ObjectNode read(String name) {
        try {
            JsonNode found = JSON.readTree(successful("", List.of("get", "crd", name, "--output=json")));
            ObjectNode definition = JSON.createObjectNode();
            definition.set("apiVersion", found.get("apiVersion"));
            definition.set("kind", found.get("kind"));
            ObjectNode metadata = definition.putObject("metadata");
            for (String key : List.of("name", "labels", "annotations")) {
                metadata.set(key, found.at("/metadata/" + key));
            }
            definition.set("spec", found.get("spec"));
            return definition;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void apply(ObjectNode definition) {
        successful(
                definition.toString(),
                List.of("apply", "--server-side", "--force-conflicts", "--field-manager=" + INSTALLER, "--filename=-"));
    }

    private static String successful(String stdin, List<String> arguments) {
        Kubectl.Answer answer = Kubectl.kubectl(stdin, arguments);
        assertThat(answer.exitCode()).as(answer.text()).isZero();
        return answer.text();
    }
}
