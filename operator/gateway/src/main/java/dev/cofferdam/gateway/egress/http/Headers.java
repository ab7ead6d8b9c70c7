package dev.cofferdam.gateway.egress.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
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
            "upgrade",
            "http2-settings",
            "host");

    private static final String PROXY = "proxy-";

    private Headers() {}

    /** In the order in which they came. */
    static List<Map.Entry<String, String>> onward(HttpHeaders headers) {
        Set<String> named = new HashSet<>(connection(headers).toList());
        return headers.entries().stream()
                .filter(field -> {
                    String name = field.getKey().toLowerCase(Locale.ROOT);
                    return !OF_ONE_CONNECTION.contains(name) && !name.startsWith(PROXY) && !named.contains(name);
                })
                .toList();
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
