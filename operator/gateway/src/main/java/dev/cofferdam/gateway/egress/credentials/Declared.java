package dev.cofferdam.gateway.egress.credentials;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.cofferdam.gateway.egress.http.Authority;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What the admin has declared of one credential: all must fit, and what is not named does not.
 *
 * @param name of its file, too
 * @param namespaces whose policies may name it
 * @param hosts as whole names, each with its port, or without for 443
 * @param headers fields that it may be added as, in lower case
 * @param prefix what stands before it in the field, such as {@code "Bearer "}; part of no secret
 */
record Declared(String name, Set<String> namespaces, Set<String> hosts, Set<String> headers, String prefix) {
    private static final int MOST = 256;
    private static final int HTTPS = 443;

    /** Nothing is guessed: not a key that is not known, nor a number where a name belongs. */
    private static final ObjectReader STRICT = YAMLMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .build()
            .readerFor(Document.class);

    private record Document(@JsonProperty(required = true) List<Entry> credentials) {}

    private record Entry(
            String name, List<String> namespaces, List<String> hosts, List<String> headers, String prefix) {}

    /**
     * Reads all declarations, whole or not at all.
     *
     * @param texts by the names of their files; an empty one declares nothing
     * @throws IllegalArgumentException where one of them is none; the message is for the admin
     */
    static List<Declared> readAll(Map<String, byte[]> texts) {
        List<Declared> all = new ArrayList<>();
        Set<String> names = new HashSet<>();
        texts.forEach((file, yaml) -> {
            for (Declared each : yaml.length == 0 ? List.<Declared>of() : read(file, yaml)) {
                if (!names.add(each.name())) {
                    throw new IllegalArgumentException("two credentials have the name " + each.name());
                }
                all.add(each);
            }
        });
        return List.copyOf(all);
    }

    private static List<Declared> read(String file, byte[] yaml) {
        try {
            return read(yaml);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
        }
    }

    private static List<Declared> read(byte[] yaml) {
        Document document;
        try {
            document = STRICT.readValue(yaml);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    e instanceof JsonProcessingException shape ? shape.getOriginalMessage() : e.getMessage());
        }
        if (document == null
                || document.credentials() == null
                || document.credentials().size() > MOST) {
            throw new IllegalArgumentException("it has no list of credentials, or one of more than " + MOST);
        }
        return document.credentials().stream()
                .map(entry -> {
                    if (entry == null || entry.name() == null) {
                        throw new IllegalArgumentException("a credential without a name");
                    }
                    return of(entry);
                })
                .toList();
    }

    private static Declared of(Entry entry) {
        String prefix = entry.prefix() == null ? "" : entry.prefix();
        if (!prefix.chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
            throw new IllegalArgumentException(entry.name() + " has a prefix with what is not visible");
        }
        return new Declared(
                entry.name(),
                some(entry, "namespaces", entry.namespaces()),
                Set.copyOf(some(entry, "hosts", entry.hosts()).stream()
                        .map(host -> place(entry, host))
                        .toList()),
                entry.headers() == null
                        ? Set.of("authorization")
                        : Set.copyOf(some(entry, "headers", entry.headers()).stream()
                                .map(header -> header.toLowerCase(Locale.ROOT))
                                .toList()),
                prefix);
    }

    private static Set<String> some(Entry entry, String key, List<String> list) {
        if (list == null || list.isEmpty() || list.stream().anyMatch(each -> each == null || each.isEmpty())) {
            throw new IllegalArgumentException(entry.name() + " has no " + key + ", or an empty one");
        }
        return Set.copyOf(new HashSet<>(list));
    }

    private static String place(Entry entry, String host) {
        return Authority.parse(host.contains(":") ? host : host + ":" + HTTPS)
                .filter(known -> known.address().isEmpty())
                .map(Authority::toString)
                .orElseThrow(() -> new IllegalArgumentException(
                        entry.name() + " has a host that is not one whole name, with or without a port"));
    }
}
