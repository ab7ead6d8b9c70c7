package dev.cofferdam.gateway.egress.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Which fields of a head go on, and which are a matter of one connection alone (RFC 9110, 7.6.1). */
final class Headers {
    /** What we say ourselves, and what only concerns whoever is next. All that begins with {@link #PROXY}, too. */
    private static final Set<String> OF_ONE_CONNECTION = Set.of(
            "connection",
            "keep-alive",
            "te",
            "trailer",
            "transfer-encoding",
            "content-length",
            "expect",
            "upgrade",
            "http2-settings",
            "host");

    /** By which a server goes on knowing whoever has shown it a credential, and is told so (RFC 6265, 4; RFC 2965, 3; RFC 9110, 11.6.3). */
    private static final Set<String> OF_SESSIONS =
            Set.of("cookie", "cookie2", "set-cookie", "set-cookie2", "authentication-info");

    private static final String PROXY = "proxy-";
    private static final Pattern SIGN = Pattern.compile("[^a-z0-9]");

    private Headers() {}

    /** In the order in which they came. */
    static List<Map.Entry<String, String>> onward(HttpHeaders headers) {
        Set<String> named = connection(headers).map(Headers::asRead).collect(Collectors.toSet());
        return headers.entries().stream()
                .filter(field -> {
                    String name = asRead(field.getKey());
                    return !OF_ONE_CONNECTION.contains(name) && !name.startsWith(PROXY) && !named.contains(name);
                })
                .toList();
    }

    /** The name by which a server may know a field: many turn each sign of one into the same (RFC 3875, 4.1.18), and so take one field for another. */
    static String asRead(String name) {
        return SIGN.matcher(name.toLowerCase(Locale.ROOT)).replaceAll("-");
    }

    /** Whether that field may stand for a credential that was shown before. */
    static boolean isOfSession(Map.Entry<String, String> field) {
        return OF_SESSIONS.contains(asRead(field.getKey()));
    }

    /** Whether the connection is to end after this message. */
    static boolean closes(HttpHeaders headers, boolean old) {
        return old || connection(headers).anyMatch("close"::equals);
    }

    private static Stream<String> connection(HttpHeaders headers) {
        return headers.getAll(HttpHeaderNames.CONNECTION).stream()
                .flatMap(value -> Stream.of(value.split(",", -1)))
                .map(word -> word.strip().toLowerCase(Locale.ROOT))
                .filter(word -> !word.isEmpty());
    }
}
