package dev.cofferdam.controller.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** The manifest grants what the code needs, and nothing else. */
@EnabledIf("hasManifest")
class PermissionTest {
    private static final Path MANIFEST = Path.of("../../manifests/base/controller-rbac.yaml");

    static boolean hasManifest() {
        return MANIFEST.toFile().exists();
    }

    @Test
    void inEveryNamespace() throws IOException {
        assertThat(granted("ClusterRole")).isEqualTo(pairs(Permission.CLUSTER));
    }

    @Test
    void inTheSystemNamespace() throws IOException {
        assertThat(granted("Role")).isEqualTo(pairs(Permission.SYSTEM));
    }

    private static Set<String> pairs(Set<Permission> permissions) {
        return permissions.stream()
                .flatMap(p -> p.verbs().stream().map(verb -> pair(p.group(), p.resource(), p.name(), verb)))
                .collect(Collectors.toSet());
    }

    private static Set<String> granted(String kind) throws IOException {
        Set<String> granted = new HashSet<>();
        YAMLMapper yaml = new YAMLMapper();
        try (var documents = yaml.readerFor(JsonNode.class).<JsonNode>readValues(MANIFEST.toFile())) {
            while (documents.hasNext()) {
                JsonNode document = documents.next();
                if (document.path("kind").asText().equals(kind)) {
                    document.path("rules").forEach(rule -> granted.addAll(pairs(rule)));
                }
            }
        }
        return granted;
    }

    private static Set<String> pairs(JsonNode rule) {
        List<String> names = texts(rule.path("resourceNames"));
        Set<String> pairs = new HashSet<>();
        for (String group : texts(rule.path("apiGroups"))) {
            for (String resource : texts(rule.path("resources"))) {
                for (String name : names.isEmpty() ? List.of("") : names) {
                    texts(rule.path("verbs")).forEach(verb -> pairs.add(pair(group, resource, name, verb)));
                }
            }
        }
        return pairs;
    }

    private static List<String> texts(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }

    private static String pair(String group, String resource, String name, String verb) {
        return verb + " " + group + "/" + resource + (name.isEmpty() ? "" : " " + name);
    }
}
