package dev.cofferdam.api.v1alpha1.schema;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code kubectl explain} describes every field, and nothing in an object is unbounded. */
class CoverageTest {
    static Collection<CustomResourceDefinition> definitions() {
        return Definitions.generate().values();
    }

    @ParameterizedTest
    @MethodSource("definitions")
    void everyFieldIsDescribed(CustomResourceDefinition definition) {
        assertThat(fields(definition).filter(field -> !field.isElement()))
                .hasSizeGreaterThan(10)
                .allSatisfy(field -> assertThat(field.schema().getDescription())
                        .as(field.path())
                        .matches("\\p{L}.{10,}\\."));
    }

    @ParameterizedTest
    @MethodSource("definitions")
    void everyFieldIsBounded(CustomResourceDefinition definition) {
        assertThat(fields(definition)).allSatisfy(field -> {
            JSONSchemaProps schema = field.schema();
            boolean bounded = schema.getXKubernetesIntOrString() != null
                    ? schema.getMaxLength() != null
                    : switch (schema.getType()) {
                        case "string" ->
                            schema.getMaxLength() != null
                                    || (schema.getEnum() != null
                                            && !schema.getEnum().isEmpty());
                        case "array" -> schema.getMaxItems() != null && schema.getXKubernetesListType() != null;
                        case "integer" -> schema.getMinimum() != null;
                        case "number" -> schema.getMinimum() != null && schema.getMaximum() != null;
                        case "object" -> schema.getAdditionalProperties() == null || schema.getMaxProperties() != null;
                        case "boolean" -> true;
                        default -> false;
                    };
            assertThat(bounded).as(field.path()).isTrue();
        });
    }

    /** A misspelt permission must be seen by the compiler; anywhere else the API server drops what it does not know. */
    @ParameterizedTest
    @MethodSource("definitions")
    void unknownFieldsAreKeptWhereTheCompilerSeesThemAndNowhereElse(CustomResourceDefinition definition) {
        assertThat(fields(definition))
                .allSatisfy(
                        field -> assertThat(Boolean.TRUE.equals(field.schema().getXKubernetesPreserveUnknownFields()))
                                .as(field.path())
                                .isEqualTo(field.path().equals(Finish.ARGS_SCHEMA)
                                        || Finish.isReadWhole(field.path(), field.schema())));
    }

    @ParameterizedTest
    @MethodSource("definitions")
    void noEnumOffersUnrecognized(CustomResourceDefinition definition) {
        assertThat(fields(definition).filter(field -> field.schema().getEnum() != null))
                .allSatisfy(field -> assertThat(field.schema().getEnum())
                        .as(field.path())
                        .noneMatch(value -> value.asText().equals("Unrecognized")));
    }

    private record Field(String path, JSONSchemaProps schema, boolean isElement) {
        @Override
        public String toString() {
            return path;
        }
    }

    private static Stream<Field> fields(CustomResourceDefinition definition) {
        List<Field> fields = new ArrayList<>();
        definition
                .getSpec()
                .getVersions()
                .getFirst()
                .getSchema()
                .getOpenAPIV3Schema()
                .getProperties()
                .forEach((name, schema) -> collect(name, schema, false, fields));
        return fields.stream();
    }

    private static void collect(String path, JSONSchemaProps schema, boolean isElement, List<Field> fields) {
        fields.add(new Field(path, schema, isElement));
        if (schema.getProperties() != null) {
            schema.getProperties().forEach((name, property) -> collect(path + "." + name, property, false, fields));
        }
        if (schema.getItems() != null && schema.getItems().getSchema() != null) {
            collect(path + "[]", schema.getItems().getSchema(), true, fields);
        }
        if (schema.getAdditionalProperties() != null) {
            collect(path + "{}", schema.getAdditionalProperties().getSchema(), true, fields);
        }
    }
}
