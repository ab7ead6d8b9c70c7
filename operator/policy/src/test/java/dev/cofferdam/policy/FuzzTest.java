package dev.cofferdam.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.cofferdam.api.v1alpha1.NetworkProtocol;
import dev.cofferdam.api.v1alpha1.StorageAccess;
import dev.cofferdam.policy.match.Address;
import dev.cofferdam.policy.match.AddressBlock;
import dev.cofferdam.policy.match.FilePath;
import dev.cofferdam.policy.match.HostName;
import dev.cofferdam.policy.match.HostPattern;
import dev.cofferdam.policy.match.PathPattern;
import dev.cofferdam.policy.match.PortRange;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Texts that nobody would write: no exception, and no time or memory beyond what their length explains. {@code -Dfuzz.texts=1000000} tries a million of each
 * kind; {@code -Dfuzz.seed} repeats a failure, whose seed is in its message.
 */
class FuzzTest {
    private static final int TEXTS = Integer.getInteger("fuzz.texts", 20_000);
    private static final long SEED = Long.getLong("fuzz.seed", new Random().nextLong());

    /** What filters have been walked around with. */
    private static final List<String> PARTS = List.of(
            "a",
            "example",
            ".com",
            ".",
            "..",
            "*",
            "**",
            "***",
            "/",
            "//",
            ":",
            "::",
            "[",
            "]",
            "%00",
            "\0",
            "\n",
            "xn--",
            "-",
            "0x7f",
            "127",
            "0",
            "255",
            "/8",
            "/33",
            "fs://",
            "fs:///",
            "workspace",
            "FILE_READ(",
            "NETWORK_CONNECT(",
            ")",
            "(",
            "ä",
            "K",
            "\ud83d",
            "１",
            "\u202e",
            "443",
            "8000-8100",
            "@",
            "?",
            "#",
            " ",
            "ffff:",
            "65536",
            "99999999999999999999",
            "\\",
            "{a,b}",
            "net_http",
            "İ");

    private static final Grants GRANTS = Policies.compiled("""
                    network: {allow: [{host: "*.example.com"}, {cidr: 10.0.0.0/8, port: 443}], deny: [{host: "*.a.example.com"}]}
                    storage: {allow: [{uri: "fs:///**/a/**/a/**/a", access: [read]}, {uri: "fs://*.a", access: [read]}], deny: [{uri: "fs:///**/b/**/b"}]}
                    exec: {allow: [{command: a}]}
                    """).grants();

    @TestFactory
    List<DynamicTest> noTextIsTooMuch() {
        return List.of(
                fuzz("hosts", text -> {
                    HostPattern.parse(text).found().ifPresent(pattern -> {
                        assertThat(HostPattern.parse(pattern.toString()).found())
                                .contains(pattern);
                    });
                    HostName.asked(text);
                }),
                fuzz("addresses", text -> {
                    Address.parse(text)
                            .ifPresent(address -> assertThat(Address.parse(address.toString()))
                                    .contains(address));
                    AddressBlock.parse(text)
                            .found()
                            .ifPresent(block -> assertThat(
                                            AddressBlock.parse(block.toString()).found())
                                    .contains(block));
                }),
                fuzz(
                        "ports",
                        text -> PortRange.parse(text)
                                .found()
                                .ifPresent(range -> assertThat(
                                                PortRange.isPort(range.first()) && PortRange.isPort(range.last()))
                                        .isTrue())),
                fuzz(
                        "uris",
                        text -> PathPattern.parseUri(text)
                                .found()
                                .ifPresent(pattern -> assertThat(PathPattern.parseUri(pattern.toString())
                                                .found())
                                        .contains(pattern))),
                fuzz("paths", FilePath::parse),
                fuzz(
                        "capabilities",
                        text -> Capability.parse(text).found().ifPresent(capability -> {
                            assertThat(capability).hasToString(text);
                            assertThat(Capability.parse(capability.canonical())
                                            .found()
                                            .orElseThrow()
                                            .canonical())
                                    .isEqualTo(capability.canonical());
                        })),
                fuzz(
                        "connections",
                        text -> GRANTS.connect(
                                new Destination(text, 443, NetworkProtocol.Https),
                                List.of(Address.of(new byte[] {8, 8, 8, 8})),
                                Floor.EVERYWHERE)),
                fuzz("files", text -> GRANTS.access("/" + text, StorageAccess.Read)),
                fuzz("programs", GRANTS::start),
                fuzz("durations", text -> Durations.parse(text)));
    }

    private static DynamicTest fuzz(String kind, Consumer<String> consumer) {
        return DynamicTest.dynamicTest(kind + " (seed " + SEED + ")", () -> {
            Random random = new Random(SEED ^ kind.hashCode());
            for (int at = 0; at < TEXTS; at++) {
                String text = text(random);
                assertThatCode(() -> consumer.accept(text)).as(text).doesNotThrowAnyException();
            }
        });
    }

    private static String text(Random random) {
        int parts = random.nextInt(12);
        return IntStream.range(0, parts)
                .mapToObj(at -> random.nextInt(20) == 0
                        ? Character.toString(random.nextInt(0x800))
                        : PARTS.get(random.nextInt(PARTS.size())))
                .collect(Collectors.joining());
    }

    /** The worst that a pattern and a path of full length can do to each other; a matcher that tries all ways needs longer than the universe has. */
    @Test
    void matchingTakesNoLongerThanTheLengthsExplain() {
        String deep = "/**/a".repeat(800);
        String path = "/a".repeat(2000);
        BiFunction<String, String, Boolean> matches = (pattern, file) -> PathPattern.parseUri("fs://" + pattern)
                .found()
                .orElseThrow()
                .denies(FilePath.parse(file).found().orElseThrow());

        assertThat(matches.apply(deep + "/b", path)).isFalse();
        assertThat(matches.apply(deep, path)).isTrue();
        assertThat(matches.apply("/" + "a".repeat(2000) + "*" + "a".repeat(2000), "/" + "a".repeat(3999)))
                .isFalse();
    }
}
