package dev.cofferdam.gateway.contents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.gateway.channel.KeptContents;
import dev.cofferdam.gateway.contents.ContentsStore.Intake;
import dev.cofferdam.gateway.contents.ContentsStore.Taken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContentsStoreTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration TTL = Duration.ofHours(24);
    private static final String HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    @TempDir
    private Path folder;

    @Test
    void whatIsKeptIsThereUnderItsDigest() throws IOException {
        ContentsStore store = store(100);

        KeptContents kept = keep(store, "hel", "lo");

        assertThat(kept).isEqualTo(new KeptContents(HELLO, 5, NOW.plus(TTL)));
        assertThat(store.verified(HELLO, 5))
                .hasValueSatisfying(file -> assertThat(file).hasContent("hello"));
        assertThat(folder.toFile().list()).containsExactly(HELLO);
    }

    @Test
    void whatIsNotWhatItsNameSaysIsGone() throws IOException {
        ContentsStore store = store(100);
        keep(store, "hello");
        Files.writeString(folder.resolve(HELLO), "hellO");

        assertThat(store.verified(HELLO, 5)).isEmpty();
        assertThat(folder).isEmptyDirectory();
        assertThat(store.verified(HELLO, 5)).isEmpty();
    }

    @Test
    void whatHasAnotherSizeIsNotGiven() throws IOException {
        ContentsStore store = store(100);
        keep(store, "hello");

        assertThat(store.verified(HELLO, 4)).isEmpty();
    }

    @Test
    void oneIsBoundedAndSoAreAllTogether() throws IOException {
        ContentsStore store = store(10);
        keep(store, "hello");

        try (var closing = new Discarded(store.begin(4))) {
            assertThat(closing.intake.write(bytes("hell"))).isEqualTo(Taken.Yes);
            assertThat(closing.intake.write(bytes("o"))).isEqualTo(Taken.TooLarge);
        }
        try (var one = new Discarded(store.begin(100));
                var other = new Discarded(store.begin(100))) {
            assertThat(one.intake.write(bytes("abc"))).isEqualTo(Taken.Yes);
            assertThat(other.intake.write(bytes("de"))).isEqualTo(Taken.Yes);
            assertThat(other.intake.write(bytes("f"))).isEqualTo(Taken.Full);
            one.intake.discard();
            assertThat(other.intake.write(bytes("fgh"))).isEqualTo(Taken.Yes);
            assertThat(other.intake.write(bytes("i"))).isEqualTo(Taken.Full);
        }
        assertThat(folder.toFile().list()).containsExactly(HELLO);
    }

    @Test
    void whatIsGivenUpTakesNoMore() throws IOException {
        Intake intake = store(10).begin(10);
        intake.discard();

        assertThat(intake.write(bytes("a"))).isEqualTo(Taken.Full);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void whatIsOverIsSweptAndWhatIsNotStays() throws IOException {
        ContentsStore store = store(100);
        keep(store, "hello");
        keep(store, "hello yourself");
        aged(folder.resolve(HELLO), TTL.plusMinutes(6));
        aged(Files.writeString(folder.resolve("old.part"), "x"), Duration.ofMinutes(61));
        aged(Files.writeString(folder.resolve("new.part"), "x"), Duration.ofMinutes(59));

        store.sweep();

        assertThat(folder.toFile().list()).hasSize(2).contains("new.part").doesNotContain(HELLO);
    }

    @Test
    void nothingIsSweptBeforeTheFirstIsKept() throws IOException {
        new ContentsStore(folder.resolve("later"), 1, TTL, () -> NOW).sweep();
    }

    private static void aged(Path file, Duration age) throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(NOW.minus(age)));
    }

    private ContentsStore store(long most) {
        return new ContentsStore(folder, most, TTL, () -> NOW);
    }

    private static KeptContents keep(ContentsStore store, String... pieces) throws IOException {
        Intake intake = store.begin(100);
        for (String piece : pieces) {
            assertThat(intake.write(bytes(piece))).isEqualTo(Taken.Yes);
        }
        return intake.keep();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private record Discarded(Intake intake) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            intake.discard();
        }
    }
}
