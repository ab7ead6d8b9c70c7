package dev.cofferdam.gateway.egress.http;

import dev.cofferdam.policy.HttpAccess;
import dev.cofferdam.record.AccessReason;
import dev.cofferdam.record.Quoted;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A request that can be taken for one thing only.
 *
 * @param path from the first slash, with the query
 * @param old whether whoever asked knows HTTP/1.0 alone
 * @param expects whether whoever asked waits for a word before it sends the body (RFC 9110, 10.1.1)
 * @param closes whether the connection is to end after it
 * @param onward the fields that go on
 */
public record Request(
        Scheme scheme,
        String method,
        Authority authority,
        String path,
        Framing framing,
        boolean old,
        boolean expects,
        boolean closes,
        List<Map.Entry<String, String>> onward) {
    /** How a connection speaks HTTP. */
    public enum Scheme {
        Http(80),
        Https(443);

        private final int port;

        Scheme(int port) {
            this.port = port;
        }

        int port() {
            return port;
        }

        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What comes of a head. */
    sealed interface Reading {
        record Good(Request request) implements Reading {}

        /**
         * @param reason a word
         * @param method where it is known, else empty
         * @param url where it is known, else empty
         */
        record Refused(String reason, String message, String method, String url) implements Reading {}
    }

    private static final String MALFORMED = AccessReason.RequestMalformed.name();
    private static final int URL_SHOWN_MOST = 512;
    private static final String ANY = "*";
    private static final String HTTP2 = "h2c";

    /** What a parameter is called, and no secret that stands alone: its end may look like a value that is empty. */
    private static final Pattern NAME = Pattern.compile("([A-Za-z0-9_.\\-\\[\\]]{1,32})=(?!=*$).*");

    /** By which frameworks let a client say that it means another method. */
    private static final Set<String> OTHER_METHOD =
            Set.of("x-http-method-override", "x-http-method", "x-method-override");

    /** Where most credentials go: beside one in another field it would be a second one. */
    private static final String AUTHORIZATION = "authorization";

    /** By which a client asks for a part of an answer, or for one in a coding (RFC 9110, 12.5.3 and 14.2; RFC 3229, 10.5.3). */
    private static final Set<String> OF_PARTS = Set.of("range", "if-range", "accept-encoding", "a-im");

    /** By which proxies tell some servers another path. */
    private static final Set<String> OTHER_PATH = Set.of(
            "x-original-url",
            "x-rewrite-url",
            "x-original-uri",
            "x-forwarded-uri",
            "x-forwarded-prefix",
            "script-name",
            "path-info");

    public Request {
        onward = List.copyOf(onward);
    }

    static Reading read(Head.Request head, Scheme scheme) {
        String method = head.method();
        // One asks for a tunnel of its own, the other for an echo of what was sent, and of what was added to it.
        if (method.equals("CONNECT") || method.equals("TRACE")) {
            return new Reading.Refused(
                    AccessReason.MethodNotAllowed.name(),
                    "a request with a method that is let through for nobody",
                    method,
                    "");
        }
        List<String> hosts = head.headers().getAll(HttpHeaderNames.HOST);
        Optional<Authority> authority =
                hosts.size() == 1 ? Authority.parse(hosts.getFirst(), scheme.port()) : Optional.empty();
        if (authority.isEmpty()) {
            return new Reading.Refused(MALFORMED, "not one Host that is a name or an address", method, "");
        }
        Optional<String> path = path(head.target(), method, authority.get(), scheme);
        if (path.isEmpty()) {
            return new Reading.Refused(
                    MALFORMED, "a target that is no path, or a URL of another host than Host says", method, "");
        }
        String url = url(scheme, authority.get(), path.get());
        // Clients that know HTTP/2 offer it, and go on without where nobody takes it up; the offer ends here.
        if (head.headers().getAll(HttpHeaderNames.UPGRADE).stream().anyMatch(to -> !to.equalsIgnoreCase(HTTP2))) {
            return new Reading.Refused(
                    AccessReason.UpgradeNotAllowed.name(), "an upgrade to another protocol", method, url);
        }
        List<String> expects = head.headers().getAll(HttpHeaderNames.EXPECT);
        if (expects.size() > 1 || expects.size() == 1 && !"100-continue".equalsIgnoreCase(expects.getFirst())) {
            return new Reading.Refused(MALFORMED, "an expectation that nobody knows", method, url);
        }
        return Framing.ofRequest(head.headers(), head.old())
                .<Reading>map(framing -> new Reading.Good(new Request(
                        scheme,
                        method,
                        authority.get(),
                        path.get(),
                        framing,
                        head.old(),
                        !expects.isEmpty() && !head.old(),
                        Headers.closes(head.headers(), head.old()),
                        Headers.onward(head.headers()))))
                .orElseGet(() -> new Reading.Refused(
                        MALFORMED, "a body whose end is said twice, or not as it must be", method, url));
    }

    /** The target in origin form (RFC 9112, 3.2): of a whole URL, what follows the authority, which must be the one that Host says. */
    private static Optional<String> path(String target, String method, Authority authority, Scheme scheme) {
        if (target.isEmpty() || !target.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '#')) {
            return Optional.empty();
        }
        if (target.startsWith("/")) {
            return Optional.of(target);
        }
        if (target.equals(ANY)) {
            return method.equals("OPTIONS") ? Optional.of(target) : Optional.empty();
        }
        String prefix = scheme.text() + "://";
        if (!target.regionMatches(true, 0, prefix, 0, prefix.length())) {
            return Optional.empty();
        }
        String rest = target.substring(prefix.length());
        int end = 0;
        while (end < rest.length() && rest.charAt(end) != '/' && rest.charAt(end) != '?') {
            end++;
        }
        if (!Authority.parse(rest.substring(0, end), scheme.port()).equals(Optional.of(authority))) {
            return Optional.empty();
        }
        String path = rest.substring(end);
        return Optional.of(path.startsWith("/") ? path : "/" + path);
    }

    /**
     * The same with a credential, and no other in its place or beside it: with a session of the tool's own, a server might do for that one what the credential may. The
     * answer is to come as it is, and whole: of what comes in parts, none may look like what is to be masked.
     *
     * @param name of a field, in lower case
     */
    public Request credited(String name, String value) {
        List<Map.Entry<String, String>> fields = new ArrayList<>(onward.stream()
                .filter(field -> {
                    String known = Headers.asRead(field.getKey());
                    return !known.equals(Headers.asRead(name))
                            && !known.equals(AUTHORIZATION)
                            && !OF_PARTS.contains(known)
                            && !Headers.isOfSession(field);
                })
                .toList());
        fields.add(Map.entry(name, value));
        fields.add(Map.entry("Accept-Encoding", "identity"));
        return new Request(scheme, method, authority, path, framing, old, expects, closes, fields);
    }

    /** What it asks for, and whether it asks a server to take it for something else. */
    public HttpAccess access() {
        int mark = path.indexOf('?');
        return new HttpAccess(method, mark < 0 ? path : path.substring(0, mark), has(OTHER_METHOD), has(OTHER_PATH));
    }

    private boolean has(Set<String> names) {
        return onward.stream().anyMatch(field -> names.contains(Headers.asRead(field.getKey())));
    }

    /** For the record: of a query the names, not what they are given, and none of what may be no name. */
    String url() {
        return url(scheme, authority, path);
    }

    private static String url(Scheme scheme, Authority authority, String path) {
        int mark = path.indexOf('?');
        String shown = mark < 0
                ? path
                : path.substring(0, mark + 1)
                        + Stream.of(path.substring(mark + 1).split("&", -1))
                                .map(NAME::matcher)
                                .filter(Matcher::matches)
                                .map(pair -> pair.group(1))
                                .collect(Collectors.joining("&"));
        return Quoted.bounded(
                scheme.text() + "://" + authority.text(scheme.port()) + (path.equals(ANY) ? "" : shown),
                URL_SHOWN_MOST);
    }

    /** The head as the server gets it. */
    byte[] head() {
        HeadWriter writer =
                new HeadWriter(method + " " + path + " HTTP/1.1").field("Host", authority.text(scheme.port()));
        onward.forEach(field -> writer.field(field.getKey(), field.getValue()));
        return writer.framing(framing).closing(closes).bytes();
    }
}
