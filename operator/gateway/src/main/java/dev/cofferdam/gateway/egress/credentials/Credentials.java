package dev.cofferdam.gateway.egress.credentials;

import dev.cofferdam.policy.Credential;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the admin has given and declared, as it is now. Thread-safe. */
public final class Credentials {
    private static final int BYTES_LEAST = 8;
    private static final int BYTES_MOST = 4096;

    /** What comes of asking for one. */
    public sealed interface Asked {
        /**
         * It may be used.
         *
         * @param field the whole of the field's value
         * @param forms what must not come back
         */
        record Usable(String field, Forms forms) implements Asked {
            @Override
            public String toString() {
                return "Usable[secret]";
            }
        }

        /** @param reason for the record */
        record Refused(String reason) implements Asked {}
    }

    private record State(List<Declared> declared, Map<String, byte[]> values) {}

    private volatile State state = new State(List.of(), Map.of());

    /**
     * From now on these, and no others.
     *
     * @param declarations texts of YAML, by the names of their files
     * @param values by name
     * @return the names of those that are declared
     * @throws IllegalArgumentException where one of the declarations is none; then there are no credentials at all
     */
    public List<String> use(Map<String, byte[]> declarations, Map<String, byte[]> values) {
        state = new State(List.of(), Map.of());
        List<Declared> declared = Declared.readAll(declarations);
        state = new State(declared, Map.copyOf(values));
        return declared.stream().map(Declared::name).toList();
    }

    /**
     * Asks for one.
     *
     * @param place the host that was connected to, with its port
     */
    public Asked ask(Credential wanted, String namespace, String place) {
        State now = state;
        Optional<Declared> declared = now.declared().stream()
                .filter(each -> each.name().equals(wanted.name())
                        && each.namespaces().contains(namespace)
                        && each.hosts().contains(place)
                        && each.headers().contains(wanted.header()))
                .findFirst();
        if (declared.isEmpty()) {
            // Whether it is there for others is nobody's business here.
            return new Asked.Refused(
                    "the credential \"" + wanted.name() + "\" is not declared for the namespace " + namespace
                            + ", the host " + place + " and the field " + wanted.header()
                            + "; the cluster's admin can do that (docs/operations.md)");
        }
        Optional<String> value = Optional.ofNullable(now.values().get(wanted.name()))
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8).strip())
                .filter(Credentials::isField);
        return value.<Asked>map(text -> new Asked.Usable(declared.get().prefix() + text, Forms.of(text)))
                .orElseGet(() -> new Asked.Refused("the credential \"" + wanted.name()
                        + "\" is declared, and its value is missing, or is not " + BYTES_LEAST + " to " + BYTES_MOST
                        + " visible characters of ASCII"));
    }

    private static boolean isField(String text) {
        return text.length() >= BYTES_LEAST
                && text.length() <= BYTES_MOST
                && text.chars().allMatch(c -> c >= ' ' && c < 0x7f);
    }
}
