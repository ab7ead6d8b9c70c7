package dev.cofferdam.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.SandboxPolicySpec;
import dev.cofferdam.api.v1alpha1.ToolRunSpec;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;

/** Policies and runs from a few words of YAML. */
final class Policies {
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private Policies() {}

    /** @param yaml a spec under {@code spec:}, or else what stands under {@code spec.permissions} */
    static SandboxPolicySpec spec(String yaml) {
        try {
            JsonNode read = YAML.readTree(yaml.isBlank() ? "{}" : yaml);
            ObjectNode spec = YAML.createObjectNode();
            spec.set("permissions", read);
            return YAML.treeToValue(read.has("spec") ? read.get("spec") : spec, SandboxPolicySpec.class);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(yaml, e);
        }
    }

    static ToolRunSpec run(String yaml) {
        try {
            return YAML.readValue(yaml, ToolRunSpec.class);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(yaml, e);
        }
    }

    static Compilation compile(SandboxPolicySpec spec) {
        return compile(spec, Served.ALL);
    }

    static Compilation compile(SandboxPolicySpec spec, Served served) {
        SandboxPolicy policy = new SandboxPolicy();
        policy.setMetadata(
                new ObjectMetaBuilder().withName("p").withGeneration(1L).build());
        policy.setSpec(spec);
        return PolicyCompiler.compile(policy, served);
    }

    static Compilation compile(String yaml) {
        return compile(spec(yaml));
    }

    static CompiledPolicy compiled(String yaml) {
        Compilation compilation = compile(yaml);
        assertThat(compilation).as(yaml).isInstanceOf(Compilation.Compiled.class);
        return ((Compilation.Compiled) compilation).policy();
    }
}
