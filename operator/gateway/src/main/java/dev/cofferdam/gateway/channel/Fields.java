package dev.cofferdam.gateway.channel;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;

/** Members of an object of a frame: of exactly their kind and within their bounds, or the frame is none. */
final class Fields {
    private Fields() {}

    static String text(JsonNode node, String key) throws MalformedException {
        JsonNode value = node.get(key);
        require(value != null && value.isTextual(), key + " is a string");
        return value.textValue();
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
