package dev.cofferdam.gateway.contents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.gateway.channel.ContentsOwner;
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
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContentsStoreTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration TTL = Duration.ofHours(24);
    private static final String HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    private static final int BLOCK = 4096;
    private static final int MUCH = 100 * BLOCK;
    private static final ContentsOwner OWNER = new ContentsOwner("ns", "cofferdam-uid-1");
    private static final ContentsOwner ANOTHER = new ContentsOwner("ns", "cofferdam-another-1");
    private static final ContentsOwner OF_OTHERS = new ContentsOwner("other", "cofferdam-o-1");
    private static final ContentsOwner OF_YET_OTHERS = new ContentsOwner("yet-other", "cofferdam-y-1");
    private static final String KEPT = "ns.cofferdam-uid-1." + HELLO;
    private static final String KEPT_OF_ANOTHER = "ns.cofferdam-another-1." + HELLO;

    @TempDir
    private Path folder;

    @Test
    void whatIsKeptIsThereUnderItsDigest() throws IOException {
        ContentsStore store = store(MUCH);

        KeptContents kept = keep(store, OWNER, "hel", "lo");

        assertThat(kept).isEqualTo(new KeptContents(HELLO, 5, NOW.plus(TTL)));
        assertThat(store.verified(OWNER, HELLO, 5))
                .hasValueSatisfying(file -> assertThat(file).hasContent("hello"));
        assertThat(names()).containsExactly(KEPT);
    }

    @Test
    void whatIsNotWhatItsNameSaysIsGone() throws IOException {
        ContentsStore store = store(MUCH);
        keep(store, OWNER, "hello");
        Files.writeString(folder.resolve(KEPT), "hellO");

        assertThat(store.verified(OWNER, HELLO, 5)).isEmpty();
        assertThat(folder).isEmptyDirectory();
        assertThat(store.verified(OWNER, HELLO, 5)).isEmpty();
    }

    @Test
    void whatHasAnotherSizeOrIsAnothersIsNotGiven() throws IOException {
        ContentsStore store = store(MUCH);
        keep(store, OWNER, "hello");

        assertThat(store.verified(new ContentsOwner("ns", "cofferdam-uid-2"), HELLO, 5))
                .isEmpty();
        assertThat(store.verified(new ContentsOwner("other", "cofferdam-uid-1"), HELLO, 5))
                .isEmpty();
        assertThat(store.verified(OWNER, HELLO, 4)).isEmpty();
    }

    @Test
    void whoBringsAgainHasOnlyThat() throws IOException {
        ContentsStore store = store(MUCH);
        keep(store, OWNER, "hello");
        keep(store, ANOTHER, "hello");

        keep(store, OWNER, "hello yourself");

        assertThat(names()).hasSize(2).contains(KEPT_OF_ANOTHER).doesNotContain(KEPT);
        assertThat(store.verified(ANOTHER, HELLO, 5)).isPresent();
    }

    @Test
    void oneIsBounded() throws IOException {
        try (var closing = new Discarded(store(MUCH).begin(OWNER, 4))) {
            assertThat(closing.intake.write(bytes("hell"))).isEqualTo(Taken.Yes);
            assertThat(closing.intake.write(bytes("o"))).isEqualTo(Taken.TooLarge);
        }
        assertThat(folder).isEmptyDirectory();
    }

    /** A file of a byte takes a block, so many of them are as much as a large one. */
    @Test
    void allTogetherAreBoundedInBlocks() throws IOException {
        ContentsStore store = store(4 * BLOCK);
        keep(store, OWNER, "x");
        keep(store, ANOTHER, "x");

        try (var one = new Discarded(store.begin(OF_OTHERS, MUCH));
                var other = new Discarded(store.begin(OF_YET_OTHERS, MUCH))) {
            assertThat(one.intake.write(new byte[BLOCK])).isEqualTo(Taken.Yes);
            assertThat(other.intake.write(new byte[BLOCK])).isEqualTo(Taken.Yes);
            assertThat(other.intake.write(new byte[1])).isEqualTo(Taken.Full);
            one.intake.discard();
            assertThat(other.intake.write(new byte[BLOCK])).isEqualTo(Taken.Yes);
            assertThat(other.intake.write(new byte[1])).isEqualTo(Taken.Full);
        }
        assertThat(names()).hasSize(2);
    }

    @Test
    void noNamespaceHasMoreThanHalf() throws IOException {
        ContentsStore store = store(4 * BLOCK);
        keep(store, OWNER, "x");

        try (var one = new Discarded(store.begin(ANOTHER, MUCH));
                var other = new Discarded(store.begin(OF_OTHERS, MUCH))) {
            assertThat(one.intake.write(new byte[BLOCK])).isEqualTo(Taken.Yes);
            assertThat(one.intake.write(new byte[1])).isEqualTo(Taken.Full);
            assertThat(other.intake.write(new byte[2 * BLOCK])).isEqualTo(Taken.Yes);
        }
    }

    /** Also what another replica that shares the directory has on its way, or has left. */
    @Test
    void whatOthersHaveThereCounts() throws IOException {
        Files.write(folder.resolve("another." + UUID.randomUUID() + ".part"), new byte[2 * BLOCK]);
        Files.write(folder.resolve("other.cofferdam-o-1." + HELLO), new byte[1]);

        try (var one = new Discarded(store(4 * BLOCK).begin(OWNER, MUCH))) {
            assertThat(one.intake.write(new byte[BLOCK])).isEqualTo(Taken.Yes);
            assertThat(one.intake.write(new byte[1])).isEqualTo(Taken.Full);
        }
    }

    @Test
    void whatIsGivenUpTakesNoMore() throws IOException {
        Intake intake = store(MUCH).begin(OWNER, 10);
        intake.discard();

        assertThat(intake.write(bytes("a"))).isEqualTo(Taken.Full);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void whatIsOverIsSweptAndWhatIsNotStays() throws IOException {
        ContentsStore store = store(MUCH);
        keep(store, OWNER, "hello");
        keep(store, ANOTHER, "hello yourself");
        aged(folder.resolve(KEPT), TTL.plusMinutes(6));
        aged(Files.writeString(folder.resolve("another.old.part"), "x"), Duration.ofMinutes(61));
        aged(Files.writeString(folder.resolve("another.new.part"), "x"), Duration.ofMinutes(59));

        store.sweep(run -> true);

        assertThat(names()).hasSize(2).contains("another.new.part").doesNotContain(KEPT);
    }

    @Test
    void whatIsOfNoRunThatWaitsIsSweptAfterAWhile() throws IOException {
        ContentsStore store = store(MUCH);
        keep(store, OWNER, "hello");
        keep(store, ANOTHER, "hello");

        store.sweep("uid"::equals);
        assertThat(names()).as("not known yet, perhaps").hasSize(2);

        aged(folder.resolve(KEPT), Duration.ofMinutes(11));
        aged(folder.resolve(KEPT_OF_ANOTHER), Duration.ofMinutes(11));
        store.sweep("uid"::equals);
        assertThat(names()).containsExactly(KEPT);
    }

    @Test
    void whatIsSettledIsGoneAtOnce() throws IOException {
        ContentsStore store = store(MUCH);
        keep(store, OWNER, "hello");
        keep(store, ANOTHER, "hello");

        store.forget("uid");

        assertThat(names()).containsExactly(KEPT_OF_ANOTHER);
    }

    /** A replica that was killed starts again under its name. */
    @Test
    void whatItLeftUnfinishedIsSweptWhenItComesAgain() throws IOException {
        store(MUCH).begin(OWNER, 10).write(bytes("hello"));
        ContentsStore again = store(MUCH);
        try (var coming = new Discarded(again.begin(ANOTHER, 10))) {
            assertThat(names()).hasSize(2);

            again.sweep(run -> true);

            assertThat(names()).hasSize(1);
            assertThat(coming.intake.keep().sha256()).isNotEmpty();
        }
        assertThat(names()).hasSize(1);
    }

    @Test
    void nothingIsSweptBeforeTheFirstIsKept() throws IOException {
        new ContentsStore(folder.resolve("later"), "gateway", 1, TTL, () -> NOW).sweep(run -> true);
    }

    private List<String> names() {
        return List.of(folder.toFile().list());
    }

    private static void aged(Path file, Duration age) throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(NOW.minus(age)));
    }

    private ContentsStore store(long most) {
        return new ContentsStore(folder, "gateway", most, TTL, () -> NOW);
    }

    private static KeptContents keep(ContentsStore store, ContentsOwner owner, String... pieces) throws IOException {
        Intake intake = store.begin(owner, 100);
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
