package dev.cofferdam.api.v1alpha1.schema;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The API reference, as Markdown, from the same schema that the API server enforces. */
final class Reference {
    private static final String INTRODUCTION = """
            <!-- Generated from the schema: change the records in crds, then run what crds/README.md says. -->
            # API reference: `cofferdam.dev/v1alpha1`

            Both kinds are namespaced and in the category `cofferdam` (`kubectl get cofferdam`). `kubectl explain <kind> --recursive` tells the
            same as this page. Absent and empty mean the same everywhere: nothing asked, nothing granted. Lengths are in characters where nothing else is
            said. A field that is not known is refused where the client asks for that, as `kubectl` does, and else dropped by the API server;
            but under `spec.permissions` it is kept and makes the policy not ready, so that a misspelt rule is never silently missing, whoever writes it.
            """;

    private Reference() {}

    static String markdown(Collection<CustomResourceDefinition> definitions) {
        StringBuilder page = new StringBuilder(INTRODUCTION);
        definitions.forEach(definition -> kind(page, definition));
        return page.toString();
    }

    private static void kind(StringBuilder page, CustomResourceDefinition definition) {
        var names = definition.getSpec().getNames();
        var version = definition.getSpec().getVersions().getFirst();
        JSONSchemaProps root = version.getSchema().getOpenAPIV3Schema();
        page.append("\n## ")
                .append(names.getKind())
                .append(" (`")
                .append(names.getShortNames().getFirst())
                .append("`)\n\n");
        page.append(text(root.getDescription())).append('\n');
        if (version.getSelectableFields() != null
                && !version.getSelectableFields().isEmpty()) {
            page.append("\nField selectors: ");
            page.append(String.join(
                    ", ",
                    version.getSelectableFields().stream()
                            .map(field -> "`" + field.getJsonPath().substring(1) + "`")
                            .toList()));
            page.append(".\n");
        }
        rules(page, root);
        Map<String, JSONSchemaProps> parts = new TreeMap<>(root.getProperties());
        parts.forEach((name, part) -> object(page, name, part));
    }

    private static void object(StringBuilder page, String path, JSONSchemaProps object) {
        page.append("\n### ").append(path).append("\n\n");
        if (object.getDescription() != null) {
            page.append(text(object.getDescription())).append("\n\n");
        }
        page.append("| field | type | bounds | default | meaning |\n|---|---|---|---|---|\n");
        object.getProperties()
                .forEach((name, field) -> page.append("| `")
                        .append(name)
                        .append('`')
                        .append(
                                object.getRequired() != null
                                                && object.getRequired().contains(name)
                                        ? " (required)"
                                        : "")
                        .append(" | ")
                        .append(type(field))
                        .append(" | ")
                        .append(bounds(field))
                        .append(" | ")
                        .append(
                                field.getDefault() == null
                                        ? ""
                                        : code(field.getDefault().toString()))
                        .append(" | ")
                        .append(text(field.getDescription()))
                        .append(" |\n"));
        rules(page, object);
        object.getProperties().forEach((name, field) -> {
            if (field.getProperties() != null && !field.getProperties().isEmpty()) {
                object(page, path + "." + name, field);
            }
            JSONSchemaProps element =
                    field.getItems() == null ? null : field.getItems().getSchema();
            if (element != null
                    && element.getProperties() != null
                    && !element.getProperties().isEmpty()) {
                object(page, path + "." + name + "[]", element);
            }
        });
    }

    private static void rules(StringBuilder page, JSONSchemaProps schema) {
        List<ValidationRule> rules = schema.getXKubernetesValidations();
        if (rules == null || rules.isEmpty()) {
            return;
        }
        page.append("\nThe API server holds to this, whoever writes:\n");
        rules.stream()
                .map(ValidationRule::getMessage)
                .distinct() // some fields need several rules, and those say the same
                .forEach(message -> page.append("* ").append(text(message)).append('\n'));
    }

    private static String type(JSONSchemaProps schema) {
        if (Boolean.TRUE.equals(schema.getXKubernetesIntOrString())) {
            return "quantity";
        }
        return switch (schema.getType()) {
            case "array" ->
                "list of " + type(schema.getItems().getSchema())
                        + ("map".equals(schema.getXKubernetesListType())
                                ? ", by `" + schema.getXKubernetesListMapKeys().getFirst() + "`"
                                : "");
            case "object" ->
                schema.getAdditionalProperties() == null
                        ? "object"
                        : "map of " + type(schema.getAdditionalProperties().getSchema());
            case "string" -> "date-time".equals(schema.getFormat()) ? "time" : "string";
            default -> schema.getType();
        };
    }

    private static String bounds(JSONSchemaProps schema) {
        List<String> bounds = new ArrayList<>();
        if (schema.getEnum() != null && !schema.getEnum().isEmpty()) {
            bounds.add(String.join(
                    ", ",
                    schema.getEnum().stream()
                            .map(value -> "`" + value.asText() + "`")
                            .toList()));
        }
        range(bounds, schema.getMinLength(), schema.getMaxLength(), "characters");
        range(bounds, schema.getMinItems(), schema.getMaxItems(), "items");
        range(bounds, schema.getMinProperties(), schema.getMaxProperties(), "entries");
        range(bounds, whole(schema.getMinimum()), whole(schema.getMaximum()), "");
        if (schema.getPattern() != null) {
            bounds.add(code(schema.getPattern()));
        }
        if (schema.getItems() != null
                        && schema.getItems().getSchema() != null
                        && schema.getItems().getSchema().getProperties() == null
                || schema.getItems() != null
                        && schema.getItems().getSchema().getProperties().isEmpty()) {
            String each = bounds(schema.getItems().getSchema());
            if (!each.isEmpty()) {
                bounds.add("each " + each);
            }
        }
        if (schema.getXKubernetesValidations() != null) {
            schema.getXKubernetesValidations().forEach(rule -> bounds.add(text(rule.getMessage())));
        }
        return String.join("; ", bounds);
    }

    private static void range(List<String> bounds, Long least, Long most, String unit) {
        if (least == null && most == null) {
            return;
        }
        String range = least == null ? "at most " + most : most == null ? "at least " + least : least + " to " + most;
        bounds.add((range + " " + unit).strip());
    }

    private static Long whole(Double number) {
        return number == null ? null : number.longValue();
    }

    /** A vertical bar ends a cell, also in code. */
    private static String code(String text) {
        return "`" + text.replace("|", "\\|") + "`";
    }

    private static String text(String text) {
        return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*");
    }
}
