package dev.cofferdam.api.v1alpha1.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.cofferdam.api.v1alpha1.Bounds;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRun;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaPropsBuilder;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Adds to a generated definition what the generator has no annotation for. */
final class Finish {
    /** Lists that are maps by a key, with that key: their entries may have different owners. All other lists have one owner and are replaced as a whole. */
    private static final Map<String, String> KEYS = Map.of(
            "spec.tools", "name",
            "spec.stages", "name",
            "status.conditions", "type",
            "status.attempts", "number",
            "status.tools", "name",
            "status.alerts", "name",
            "status.audit.sources", "source");

    /** The one object beside those that the compiler reads whole whose keys the API server does not know. */
    static final String ARGS_SCHEMA = "spec.tools[].argsSchema";

    /** Whether a misspelt key there could be a restriction that nobody enforces. */
    static boolean isReadWhole(String path, JSONSchemaProps schema) {
        return "object".equals(schema.getType())
                && (path.startsWith("spec.permissions")
                        || path.equals("spec.stages[]")
                        || path.equals("spec.alerts{}"));
    }

    /** Objects that are one value with one owner: an apply that leaves out one of their fields means that it is gone. */
    private static final Set<String> ATOMIC = Set.of(
            "spec.policyRef",
            "status.runs",
            "status.tools[].disabled",
            "status.quarantined",
            ARGS_SCHEMA,
            "status.decision",
            "status.effective",
            "status.sandbox",
            "status.replayOf",
            "status.execution",
            "status.result",
            "status.changes",
            "status.commit",
            "status.error");

    private static final Set<String> TIMES = Set.of(
            "time",
            "timestamp",
            "oldestQueuedAt",
            "until",
            "at",
            "from",
            "countedUntil",
            "lastFired",
            "notifiedAt",
            "startedAt",
            "finishedAt",
            "expiresAt",
            "lastTransitionTime");

    private Finish() {}

    static CustomResourceDefinition finish(CustomResourceDefinition definition) {
        definition.getSpec().getNames().setCategories(List.of("cofferdam"));
        for (CustomResourceDefinitionVersion version : definition.getSpec().getVersions()) {
            version.setAdditionalPrinterColumns(inOrderOfDeclaration(
                    version.getAdditionalPrinterColumns(),
                    definition.getSpec().getNames().getKind()));
            JSONSchemaProps root = version.getSchema().getOpenAPIV3Schema();
            root.setRequired(List.of("spec"));
            describe(root, definition.getSpec().getNames().getKind());
            root.getProperties().forEach((name, property) -> finish(name, property));
        }
        return definition;
    }

    /** The generator sorts columns by path; people read them from left to right. */
    private static List<CustomResourceColumnDefinition> inOrderOfDeclaration(
            List<CustomResourceColumnDefinition> columns, String kind) {
        Class<?> type = kind.equals("ToolRun") ? ToolRun.class : SandboxPolicy.class;
        List<String> order = Arrays.stream(type.getAnnotationsByType(AdditionalPrinterColumn.class))
                .map(AdditionalPrinterColumn::name)
                .toList();
        return columns.stream()
                .sorted(Comparator.comparingInt(column -> order.indexOf(column.getName())))
                .toList();
    }

    private static void describe(JSONSchemaProps root, String kind) {
        boolean run = kind.equals("ToolRun");
        root.setDescription(
                run
                        ? "One call of one tool, and the whole story of it: who asked, what was decided and why, what the tool did."
                        : "What a group of tools may touch: the registry of tools and everything they are granted. Nothing that it does not name is allowed.");
        root.getProperties()
                .get("spec")
                .setDescription(
                        run
                                ? "The call. Immutable, but for cancel, which may go from false to true, and the approval of its changes, which may be given once."
                                : "What the tools of this policy may do. Nothing that it does not name is allowed.");
        root.getProperties()
                .get("status")
                .setDescription(
                        run
                                ? "The story of the run, written by Cofferdam alone: what was decided and why, where it ran, how it ended, what it said."
                                : "What became of the policy, written by Cofferdam alone.");
    }

    private static final String PORT = ".ports[]";

    private static void finish(String path, JSONSchemaProps schema) {
        if (path.equals("status.conditions")) {
            schema.getItems().setSchema(condition());
        }
        if (isReadWhole(path, schema)) {
            schema.setXKubernetesPreserveUnknownFields(true);
        }
        if (path.equals(ARGS_SCHEMA)) {
            // A schema is for its own library to read; the API server has no type for one.
            schema.setType("object");
            schema.setXKubernetesPreserveUnknownFields(true);
        }
        if (ATOMIC.contains(path)) {
            schema.setXKubernetesMapType("atomic");
        }
        if (Boolean.TRUE.equals(schema.getXKubernetesIntOrString())) {
            boolean port = path.endsWith(PORT);
            schema.setMaxLength((long) (port ? Bounds.PORT_TEXT : Bounds.QUANTITY));
            schema.setPattern(port ? Bounds.PORT_FORM : Bounds.QUANTITY_FORM);
        }
        if (TIMES.contains(path.substring(path.lastIndexOf('.') + 1))) {
            schema.setFormat("date-time");
        }
        if (schema.getEnum() != null && !schema.getEnum().isEmpty()) {
            schema.setEnum(schema.getEnum().stream()
                    .filter(value -> !value.asText().equals("Unrecognized"))
                    .toList());
        }
        if (schema.getXKubernetesValidations() != null) {
            // The generator meets the annotations of a record component twice: on its field and on its accessor.
            schema.setXKubernetesValidations(
                    schema.getXKubernetesValidations().stream().distinct().toList());
        }
        if ("array".equals(schema.getType())) {
            String key = KEYS.get(path);
            schema.setXKubernetesListType(key == null ? "atomic" : "map");
            if (key != null) {
                schema.setXKubernetesListMapKeys(List.of(key));
            }
            finish(path + "[]", schema.getItems().getSchema());
        }
        if (schema.getProperties() != null) {
            schema.getProperties().forEach((name, property) -> finish(path + "." + name, property));
        }
        if (schema.getAdditionalProperties() != null
                && schema.getAdditionalProperties().getSchema() != null) {
            finish(path + "{}", schema.getAdditionalProperties().getSchema());
        }
    }

    /** As in metav1.Condition. */
    private static JSONSchemaProps condition() {
        return new JSONSchemaPropsBuilder()
                .withType("object")
                .withRequired("lastTransitionTime", "message", "reason", "status", "type")
                .addToProperties(
                        "type",
                        string(
                                "What it is about, one CamelCase word.",
                                1,
                                316,
                                "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$"))
                .addToProperties(
                        "status",
                        new JSONSchemaPropsBuilder(string("True, False or Unknown.", null, null, null))
                                .withEnum(List.<JsonNode>of(
                                        new TextNode("True"), new TextNode("False"), new TextNode("Unknown")))
                                .build())
                .addToProperties(
                        "reason",
                        string(
                                "Why, one CamelCase word for programs.",
                                1,
                                1024,
                                "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"))
                .addToProperties("message", string("Why, for people, and what to do.", null, 32_768, null))
                .addToProperties(
                        "lastTransitionTime", string("When status last changed, RFC 3339.", null, Bounds.TIME, null))
                .addToProperties(
                        "observedGeneration",
                        new JSONSchemaPropsBuilder()
                                .withType("integer")
                                .withFormat("int64")
                                .withMinimum(0.0)
                                .withDescription("metadata.generation that this condition speaks of.")
                                .build())
                .build();
    }

    private static JSONSchemaProps string(String description, Integer least, Integer most, String pattern) {
        return new JSONSchemaPropsBuilder()
                .withType("string")
                .withDescription(description)
                .withMinLength(least == null ? null : (long) least)
                .withMaxLength(most == null ? null : (long) most)
                .withPattern(pattern)
                .build();
    }
}
