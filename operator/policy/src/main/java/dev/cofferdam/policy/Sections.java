package dev.cofferdam.policy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import java.util.Collection;
import java.util.Optional;

/** Reads parts of the permissions that the schema does not describe yet, so that nothing has checked them. Nothing is taken for what it is not: "443" is no number. */
final class Sections {
    private static final JsonMapper STRICT = strict();

    private final Problems problems;

    Sections(Problems problems) {
        this.problems = problems;
    }

    private static JsonMapper strict() {
        JsonMapper.Builder builder = JsonMapper.builder()
                .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT);
        for (LogicalType type : new LogicalType[] {LogicalType.Textual, LogicalType.Enum}) {
            builder.withCoercionConfig(
                    type,
                    coercion -> coercion.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail));
        }
        return builder.build();
    }

    /**
     * Reads one part.
     *
     * @param raw as it came with the object; null is absent
     * @return empty where it is absent, and where it has another shape, which is a problem
     */
    <T> Optional<T> read(String path, Object raw, Class<T> type) {
        try {
            return raw == null ? Optional.empty() : Optional.of(STRICT.treeToValue(STRICT.valueToTree(raw), type));
        } catch (MismatchedInputException e) {
            problems.add(path + place(e), "is not " + wanted(e.getTargetType()) + "; write one");
        } catch (JsonProcessingException | IllegalArgumentException e) {
            problems.add(
                    path + (e instanceof JsonMappingException mapping ? place(mapping) : ""),
                    "has a value that does not belong there; see the description of its fields");
        }
        return Optional.empty();
    }

    private static String place(JsonMappingException e) {
        StringBuilder place = new StringBuilder();
        for (JsonMappingException.Reference step : e.getPath()) {
            if (step.getFieldName() != null) {
                place.append('.').append(step.getFieldName());
            } else if (step.getIndex() >= 0) {
                place.append('[').append(step.getIndex()).append(']');
            }
        }
        return place.toString();
    }

    private static String wanted(Class<?> type) {
        if (type == null) {
            return "what belongs there";
        }
        if (Number.class.isAssignableFrom(type)) {
            return "a whole number";
        }
        if (Collection.class.isAssignableFrom(type)) {
            return "a list";
        }
        return type == String.class || type.isEnum()
                ? "a text"
                : type.isRecord() ? "a map of fields" : "what belongs there";
    }
}
