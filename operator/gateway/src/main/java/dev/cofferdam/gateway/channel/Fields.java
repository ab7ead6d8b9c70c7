package dev.cofferdam.gateway.channel;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.re2j.Pattern;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.stream.Stream;

/** Members of an object of a frame: of exactly their kind and within their bounds, or the frame is none. */
final class Fields {
    static final String SHA256 = "sha256";

    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

    private Fields() {}

    static String text(JsonNode node, String key) throws MalformedException {
        JsonNode value = node.get(key);
        require(value != null && value.isTextual(), key + " is a string");
        return value.textValue();
    }

    /** @param what names the text in the rule */
    static String bounded(String what, String text, int bytesMost) throws MalformedException {
        require(
                !text.isEmpty() && text.getBytes(StandardCharsets.UTF_8).length <= bytesMost,
                what + " has 1 to " + bytesMost + " bytes");
        return text;
    }

    /** The digest of a file's content, in hexadecimal. */
    static String sha256(JsonNode node) throws MalformedException {
        String text = text(node, SHA256);
        require(DIGEST.matches(text), SHA256 + " is 64 hexadecimal digits");
        return text;
    }

    static boolean truth(JsonNode node, String key) throws MalformedException {
        JsonNode value = node.get(key);
        require(value != null && value.isBoolean(), key + " is true or false");
        return value.booleanValue();
    }

    static JsonNode list(JsonNode node, String key, int most) throws MalformedException {
        JsonNode value = node.get(key);
        require(value != null && value.isArray() && value.size() <= most, key + " is a list of at most " + most);
        return value;
    }

    static long integer(JsonNode node, String key, long least, long most) throws MalformedException {
        JsonNode value = node.get(key);
        require(value != null && value.isIntegralNumber() && value.canConvertToLong(), key + " is a whole number");
        require(value.longValue() >= least && value.longValue() <= most, key + " is from " + least + " to " + most);
        return value.longValue();
    }

    /** One of a set of words, spelt as the contract has it. */
    static <E extends Enum<E>> E word(JsonNode node, String key, E[] words) throws MalformedException {
        String text = text(node, key);
        return Stream.of(words)
                .filter(word -> word.name().equals(text))
                .findFirst()
                .orElseThrow(() -> new MalformedException(key + " is one of the contract"));
    }

    static void exactly(JsonNode node, Set<String> keys) throws MalformedException {
        require(
                node.size() == keys.size() && keys.stream().allMatch(node::has),
                "a frame has exactly the keys of its type");
    }

    static void require(boolean holds, String rule) throws MalformedException {
        if (!holds) {
            throw new MalformedException(rule);
        }
    }
}
