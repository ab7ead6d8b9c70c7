package dev.cofferdam.api.v1alpha1.schema;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRun;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.crdv2.generator.CRDGenerator.AbstractCRDOutput;
import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/** The custom resource definitions, generated from the records. */
final class Definitions {
    static final String HEADER =
            "# Generated from the records in crds/src/main/java: change those, then run what crds/README.md says.\n";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ObjectMapper YAML = new ObjectMapper(YAMLFactory.builder()
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .enable(YAMLGenerator.Feature.INDENT_ARRAYS_WITH_INDICATOR)
            .disable(YAMLGenerator.Feature.SPLIT_LINES)
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .build());

    private Definitions() {}

    /** By name, like {@code toolruns.cofferdam.dev}. */
    static Map<String, CustomResourceDefinition> generate() {
        Map<String, CustomResourceDefinition> definitions = new TreeMap<>();
        new CRDGenerator()
                .customResourceClasses(SandboxPolicy.class, ToolRun.class)
                .forCRDVersions("v1")
                .withPostProcessor(new CRDPostProcessor() {
                    @Override
                    public HasMetadata process(HasMetadata generated, String version) {
                        CustomResourceDefinition definition = Finish.finish((CustomResourceDefinition) generated);
                        definitions.put(definition.getMetadata().getName(), definition);
                        return definition;
                    }
                })
                .withOutput(new AbstractCRDOutput<ByteArrayOutputStream>() {
                    @Override
                    protected ByteArrayOutputStream createStreamFor(String name) throws IOException {
                        return new ByteArrayOutputStream();
                    }
                })
                .generate();
        return definitions;
    }

    /** The text of the checked-in file. */
    static String yaml(CustomResourceDefinition definition) {
        try {
            return HEADER + YAML.writeValueAsString(wholeNumbers(JSON.valueToTree(definition)));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Bounds are doubles in the model; here all of them are whole, and shall look so. */
    private static JsonNode wholeNumbers(JsonNode node) {
        switch (node) {
            case ObjectNode object ->
                object.properties().forEach(entry -> entry.setValue(wholeNumbers(entry.getValue())));
            case ArrayNode array -> {
                for (int i = 0; i < array.size(); i++) {
                    array.set(i, wholeNumbers(array.get(i)));
                }
            }
            default -> {
                if (node.isDouble() && node.doubleValue() == Math.rint(node.doubleValue())) {
                    return LongNode.valueOf((long) node.doubleValue());
                }
            }
        }
        return node;
    }
}
