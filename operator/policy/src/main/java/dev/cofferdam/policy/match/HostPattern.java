package dev.cofferdam.policy.match;

/** Names of hosts that a rule is about. It matches names only, never an address. */
public sealed interface HostPattern extends Target {
    /** Every name. */
    record Any() implements HostPattern {
        @Override
        public String toString() {
            return "*";
        }
    }

    /** One name. */
    record Exact(String name) implements HostPattern {
        @Override
        public String toString() {
            return name;
        }
    }

    /** Every name below a domain, at every depth; not the domain itself. */
    record Below(String domain) implements HostPattern {
        @Override
        public String toString() {
            return "*." + domain;
        }
    }

    static Parsed<HostPattern> parse(String text) {
        if ("*".equals(text)) {
            return Parsed.good(new Any());
        }
        return text != null && text.startsWith("*.")
                ? switch (HostName.written(text.substring(2))) {
                    case Parsed.Good<String> domain -> Parsed.good(new Below(domain.value()));
                    case Parsed.Bad<String> bad -> new Parsed.Bad<>(bad.why() + " (after \"*.\")");
                }
                : HostName.written(text).map(Exact::new);
    }

    /** Whether every name that the other one matches is matched by this one. */
    default boolean covers(HostPattern other) {
        return switch (this) {
            case Any any -> true;
            case Exact exact -> equals(other);
            case Below below ->
                switch (other) {
                    case Any any -> false;
                    case Exact exact -> exact.name().endsWith("." + below.domain());
                    case Below deeper -> ("." + deeper.domain()).endsWith("." + below.domain());
                };
        };
    }
}
