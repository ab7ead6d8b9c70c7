package dev.cofferdam.policy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.google.re2j.Pattern;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import dev.cofferdam.record.Quoted;
import dev.cofferdam.record.Reason;
import java.util.List;
import java.util.Optional;

/**
 * What the arguments of a tool must look like: JSON Schema (2020-12) over the list of them. Of its keywords those are served that say something of a list of
 * texts; {@link ArgumentSchemaForm} refuses all others, so that nothing is fetched, no reference goes in circles, and no pattern takes longer than its input.
 */
public final class ArgumentSchema {
    private static final int SHOWN_MOST = 200;
    private static final int ERRORS_MOST = 8;

    private final JsonNode written;
    private final Schema schema;

    private ArgumentSchema(JsonNode written, Schema schema) {
        this.written = written;
        this.schema = schema;
    }

    /** Made when the first policy has a schema: most have none. */
    private static final class Library {
        static final SchemaRegistry REGISTRY = SchemaRegistry.withDefaultDialect(
                SpecificationVersion.DRAFT_2020_12,
                builder -> builder.schemaRegistryConfig(SchemaRegistryConfig.builder()
                                .regularExpressionFactory(Library::linear)
                                .build())
                        .schemaLoader(loader -> loader.fetchRemoteResources(false)));

        static final Schema OF_SCHEMAS =
                REGISTRY.getSchema(SchemaLocation.of("https://json-schema.org/draft/2020-12/schema"));

        private static com.networknt.schema.regex.RegularExpression linear(String expression) {
            Pattern pattern = Pattern.compile(expression);
            return text -> pattern.matcher(text).find();
        }
    }

    /** @return empty where there is none, and where it cannot be enforced, which is a problem */
    static Optional<ArgumentSchema> compile(String path, JsonNode written, Problems problems) {
        if (written == null || written.isNull() || written.isObject() && written.isEmpty()) {
            return Optional.empty();
        }
        Problems own = new Problems();
        ArgumentSchemaForm.check(path, written, own);
        if (own.all().isEmpty()) {
            // Below the bounds of form only: the library may follow what it is given.
            for (Error error : Library.OF_SCHEMAS.validate(written)) {
                own.add(
                        path + error.getInstanceLocation().toString().replace('/', '.'),
                        "is not what JSON Schema has there: " + Quoted.bounded(error.getMessage(), SHOWN_MOST));
            }
        }
        problems.addAll(own);
        return own.all().isEmpty()
                ? Optional.of(new ArgumentSchema(written, Library.REGISTRY.getSchema(written)))
                : Optional.empty();
    }

    /** @param tool the tool's name */
    void check(String tool, List<String> arguments, Reasons reasons) {
        ArrayNode instance = JsonNodeFactory.instance.arrayNode();
        arguments.forEach(instance::add);
        schema.validate(instance).stream()
                .limit(ERRORS_MOST)
                .forEach(error -> reasons.add(Reason.ArgumentsRefused, place(error), message(tool, error)));
    }

    private static String place(Error error) {
        String location = error.getInstanceLocation().toString();
        return location.isEmpty() ? "spec.args" : "spec.args[" + location.substring(1) + "]";
    }

    /** Says what is wanted, not what was given: the run has that, and it may be hostile or secret. */
    private String message(String tool, Error error) {
        String rule = error.getSchemaLocation().getFragment().toString();
        int last = rule.lastIndexOf('/');
        String description = written.at(last < 0 ? "" : rule.substring(0, last))
                .path("description")
                .asText();
        return place(error) + " does not fit argsSchema of the tool " + Quoted.of(tool, SHOWN_MOST) + ": "
                + rule.substring(last + 1) + " is " + Quoted.bounded(String.valueOf(error.getSchemaNode()), SHOWN_MOST)
                + (description.isEmpty() ? "" : " (" + Quoted.bounded(description, SHOWN_MOST) + ")")
                + "; correct the arguments";
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ArgumentSchema same && written.equals(same.written);
    }

    @Override
    public int hashCode() {
        return written.hashCode();
    }

    @Override
    public String toString() {
        return written.toString();
    }
}
