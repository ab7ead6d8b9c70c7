package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Quantity;
import java.io.IOException;

/** Reads any text as a quantity, also what is none: the compiler refuses it by name, where a failing decoder would stop every policy from being seen. */
final class AnyQuantity extends JsonDeserializer<Quantity> {
    @Override
    public Quantity deserialize(JsonParser parser, DeserializationContext context) throws IOException {
        JsonNode value = parser.readValueAsTree();
        String text = value.isTextual() ? value.textValue() : value.toString();
        try {
            return Quantity.parse(text);
        } catch (IllegalArgumentException noQuantity) {
            return new Quantity(text, "");
        }
    }
}
