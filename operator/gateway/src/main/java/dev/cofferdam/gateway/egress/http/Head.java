package dev.cofferdam.gateway.egress.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The head of a message: looked at byte by byte for what two readers could differ on, then read by Netty's own decoder. */
sealed interface Head {
    /** Bytes of a request's head. */
    int REQUEST_MOST = 32 << 10;

    /** Bytes of a response's head. */
    int RESPONSE_MOST = 64 << 10;

    HttpHeaders headers();

    /** Whether it is of HTTP/1.0. */
    boolean old();

    record Request(String method, String target, boolean old, HttpHeaders headers) implements Head {}

    /** @param status 100 to 599 */
    record Response(int status, String reason, boolean old, HttpHeaders headers) implements Head {}

    /** @param bytes to the empty line */
    static Optional<Request> request(byte[] bytes) {
        String first = firstLine(bytes);
        String[] words = first.split(" ", -1);
        if (words.length != 3 || !isToken(words[0]) || !isVersion(words[2]) || !isWhole(bytes, first)) {
            return Optional.empty();
        }
        return decode(bytes, new RequestDecoder())
                .map(HttpRequest.class::cast)
                .filter(read ->
                        read.method().name().equals(words[0]) && read.uri().equals(words[1]))
                .map(read -> new Request(words[0], words[1], isOld(words[2]), read.headers()));
    }

    /** @param bytes to the empty line */
    static Optional<Response> response(byte[] bytes) {
        String first = firstLine(bytes);
        String[] words = first.split(" ", 3);
        if (words.length < 2
                || !isVersion(words[0])
                || !isStatus(words[1])
                || !first.chars().allMatch(c -> isOfValue((byte) c))
                || !isWhole(bytes, first)) {
            return Optional.empty();
        }
        int status = Integer.parseInt(words[1]);
        return decode(bytes, new ResponseDecoder())
                .map(HttpResponse.class::cast)
                .filter(read -> read.status().code() == status)
                .map(read -> new Response(status, words.length > 2 ? words[2] : "", isOld(words[0]), read.headers()));
    }

    /** Every message begins with the first letter of a method or version. */
    static boolean isBeginning(byte first) {
        return first > 0 && isToken(String.valueOf((char) first));
    }

    private static boolean isVersion(String word) {
        return word.equals("HTTP/1.1") || isOld(word);
    }

    private static boolean isOld(String word) {
        return word.equals("HTTP/1.0");
    }

    private static boolean isStatus(String word) {
        return word.length() == 3
                && word.charAt(0) >= '1'
                && word.charAt(0) <= '5'
                && word.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static String firstLine(byte[] bytes) {
        int end = 0;
        while (end < bytes.length && bytes[end] != '\r') {
            end++;
        }
        return new String(bytes, 0, end, StandardCharsets.ISO_8859_1);
    }

    private static boolean isWhole(byte[] bytes, String first) {
        int end = first.length() + 1;
        return end < bytes.length && bytes[end] == '\n' && areLinesWhole(bytes, end + 1, bytes.length);
    }

    /** Lines of {@code name: value}, each with its CR LF, to an empty one; no line goes on in the next, no space before a colon, no control character. */
    static boolean areLinesWhole(byte[] bytes, int from, int end) {
        int at = from;
        while (at < end - 2) {
            int colon = at;
            while (colon < end && isTokenByte(bytes[colon])) {
                colon++;
            }
            if (colon == at || colon == end || bytes[colon] != ':') {
                return false;
            }
            int stop = colon + 1;
            while (stop < end && isOfValue(bytes[stop])) {
                stop++;
            }
            if (stop + 1 >= end || bytes[stop] != '\r' || bytes[stop + 1] != '\n') {
                return false;
            }
            at = stop + 2;
        }
        return at == end - 2 && bytes[at] == '\r' && bytes[at + 1] == '\n';
    }

    private static boolean isOfValue(byte one) {
        return one == '\t' || one < 0 || one >= ' ' && one != 0x7f;
    }

    static boolean isToken(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c < 0x80 && isTokenByte((byte) c));
    }

    private static boolean isTokenByte(byte one) {
        return one >= '0' && one <= '9'
                || one >= 'a' && one <= 'z'
                || one >= 'A' && one <= 'Z'
                || one > 0 && "!#$%&'*+-.^_`|~".indexOf(one) >= 0;
    }

    private static Optional<HttpMessage> decode(byte[] bytes, ChannelHandler decoder) {
        EmbeddedChannel channel = new EmbeddedChannel(decoder);
        try {
            channel.writeInbound(Unpooled.wrappedBuffer(bytes));
            Object read = channel.readInbound();
            return read instanceof HttpMessage message
                            && message.decoderResult().isSuccess()
                    ? Optional.of(message)
                    : Optional.empty();
        } finally {
            channel.finishAndReleaseAll();
        }
    }

    private static HttpDecoderConfig strict() {
        return new HttpDecoderConfig()
                .setMaxInitialLineLength(RESPONSE_MOST)
                .setMaxHeaderSize(RESPONSE_MOST)
                .setAllowDuplicateContentLengths(false)
                .setStrictLineParsing(true);
    }

    /** Of one head: what follows it is never shown to it. */
    final class RequestDecoder extends HttpRequestDecoder {
        private RequestDecoder() {
            super(strict());
        }

        @Override
        protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
            // Left as it is: what has both is refused.
        }
    }

    /** Of one head: what follows it is never shown to it. */
    final class ResponseDecoder extends HttpResponseDecoder {
        private ResponseDecoder() {
            super(strict());
        }

        @Override
        protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
            // Left as it is: what has both is refused.
        }
    }
}
