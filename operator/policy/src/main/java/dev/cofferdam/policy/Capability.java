package dev.cofferdam.policy;

import dev.cofferdam.policy.match.Address;
import dev.cofferdam.policy.match.AddressBlock;
import dev.cofferdam.policy.match.HostPattern;
import dev.cofferdam.policy.match.Parsed;
import dev.cofferdam.policy.match.PathPattern;
import dev.cofferdam.policy.match.PortRange;
import dev.cofferdam.policy.match.Ports;
import dev.cofferdam.policy.match.Target;
import dev.cofferdam.policy.match.Text;
import java.util.List;
import java.util.Optional;

/**
 * What a tool needs, or a run asks to have, of one kind: {@code TYPE(resource)}, or {@code TYPE} alone for all of that kind that the lists grant. It never grants
 * more than they do.
 *
 * @param written as it was written; {@link #toString} gives it back
 */
public record Capability(String written, CapabilityType type, Resource resource) {
    /** Of the written form, in characters: more than the schema allows, so that a canonical form, which may be longer, is read again. */
    private static final int MOST = 768;

    private static final String HTTP_ONLY = "net_http";

    /** What it is about. */
    public sealed interface Resource {
        /** All that the lists grant. */
        record All() implements Resource {}

        /** {@code FILE_READ(src/**)}, relative to /workspace; or absolute. */
        record Files(PathPattern pattern) implements Resource {}

        /** {@code NETWORK_CONNECT(api.github.com:443)}; without a port, all that the lists grant there. */
        record Network(Target target, Ports ports, boolean httpOnly) implements Resource {
            Reach reach() {
                return new Reach(ports, ports, httpOnly ? Ports.NONE : ports);
            }
        }

        record Secret(String name) implements Resource {}

        record Program(String command) implements Resource {}
    }

    public static Parsed<Capability> parse(String text) {
        if (Text.absent(text) || text.length() > MOST) {
            return Parsed.bad(text, "is no capability; write one such as \"FILE_READ(src/**)\"");
        }
        int open = text.indexOf('(');
        String name = open < 0 ? text : text.substring(0, open);
        Optional<CapabilityType> type = CapabilityType.of(name);
        if (type.isEmpty()) {
            return Parsed.bad(
                    text,
                    "is a capability of a type that is not known here; write one such as \"FILE_READ(src/**)\"; the types are "
                            + Text.list(List.of(CapabilityType.values()).stream()
                                    .map(Enum::name)
                                    .toList()));
        }
        if (open >= 0 && (!text.endsWith(")") || text.length() == open + 2)) {
            return Parsed.bad(
                    text, "is no capability; write the resource in brackets, or leave out the brackets for all");
        }
        Parsed<Resource> resource = open < 0 && !name.equals(HTTP_ONLY)
                ? Parsed.good(new Resource.All())
                : resource(type.get(), open < 0 ? "*" : text.substring(open + 1, text.length() - 1), name);
        return resource.map(found -> new Capability(text, type.get(), found));
    }

    private static Parsed<Resource> resource(CapabilityType type, String text, String name) {
        return switch (type) {
            case FILE_READ, FILE_WRITE ->
                (text.startsWith("fs://") ? PathPattern.parseUri(text) : PathPattern.parse(text))
                        .map(Resource.Files::new);
            case NETWORK_CONNECT -> network(text, name.equals(HTTP_ONLY));
            case SECRET_ACCESS ->
                SecretsCompiler.isName(text)
                        ? Parsed.good(new Resource.Secret(text))
                        : Parsed.bad(
                                text, "is not the name of a secret; write the one under which the policy grants it");
            case EXTERNAL_COMMAND -> Programs.parse(text).map(Resource.Program::new);
        };
    }

    /** {@code host}, {@code host:port}, {@code block}, {@code block:port}; IPv6 with a port in brackets. */
    private static Parsed<Resource> network(String text, boolean httpOnly) {
        boolean brackets = text.startsWith("[") && text.indexOf(']') > 0;
        int colon = text.lastIndexOf(':');
        boolean hasPort = brackets ? text.indexOf("]:") > 0 : colon > 0 && text.indexOf(':') == colon;
        String bare = hasPort ? text.substring(0, colon) : text;
        if (brackets && !bare.endsWith("]")) {
            return Parsed.bad(text, "is no host with a port; write one such as \"api.example.com:443\"");
        }
        Parsed<Target> target = target(brackets ? bare.substring(1, bare.length() - 1) : bare);
        Parsed<Ports> ports = hasPort
                ? PortRange.parse(text.substring(colon + 1)).map(range -> Ports.of(List.of(range)))
                : Parsed.good(Ports.ALL);
        return switch (ports) {
            case Parsed.Bad<Ports> bad -> new Parsed.Bad<>(bad.why());
            case Parsed.Good<Ports> good -> target.map(found -> new Resource.Network(found, good.value(), httpOnly));
        };
    }

    private static Parsed<Target> target(String text) {
        if (text.indexOf('/') >= 0) {
            return AddressBlock.parse(text).map(Target.class::cast);
        }
        Optional<Address> address = Address.parse(text);
        return address.isPresent()
                ? Parsed.good(AddressBlock.of(address.get()))
                : HostPattern.parse(text).map(Target.class::cast);
    }

    /** The one spelling by which equal capabilities are known. */
    public String canonical() {
        return switch (resource) {
            case Resource.All all -> type.name();
            case Resource.Files files -> type + "(" + files.pattern().toString().substring("fs://".length()) + ")";
            case Resource.Network network -> {
                String target = network.target().toString();
                String port = network.ports().equals(Ports.ALL) ? "" : ":" + network.ports();
                boolean six = !port.isEmpty() && target.indexOf(':') >= 0;
                yield (network.httpOnly() ? HTTP_ONLY : type.name()) + "(" + (six ? "[" + target + "]" : target) + port
                        + ")";
            }
            case Resource.Secret secret -> type + "(" + secret.name() + ")";
            case Resource.Program program -> type + "(" + program.command() + ")";
        };
    }

    @Override
    public String toString() {
        return written;
    }
}
