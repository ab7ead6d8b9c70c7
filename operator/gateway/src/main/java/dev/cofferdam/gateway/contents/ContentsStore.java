package dev.cofferdam.gateway.contents;

import dev.cofferdam.gateway.channel.ContentsOwner;
import dev.cofferdam.gateway.channel.KeptContents;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * A directory of files, each named by whose it is and by the SHA-256 of what is in it. What is there is whole: it is written beside, forced to the disk, and renamed. An attempt of
 * a run has one at most, all of them together are bounded, and nothing is believed of them when they are read: a file whose content is not as its name says is none. Replicas
 * may share the directory. Every method may block. Thread-safe.
 */
public final class ContentsStore {
    private static final String PART = ".part";

    /** Clocks of two machines may differ: what was promised is there for a little longer. */
    private static final Duration GRACE = Duration.ofMinutes(5);

    /** No intake takes as long. */
    private static final Duration PART_LIFE = Duration.ofHours(1);

    /** A run is known for a long time before it has changed anything: what is nobody's and as old stays nobody's. */
    private static final Duration ORPHAN_LIFE = Duration.ofMinutes(10);

    private static final int BUFFER_BYTES = 128 << 10;

    private final Path directory;
    private final String instance;
    private final Duration ttl;
    private final InstantSource clock;
    private final Room room;
    private final Set<Path> coming = ConcurrentHashMap.newKeySet();

    /**
     * @param directory is made where it is not there
     * @param instance what no other replica that shares the directory is called
     * @param most bytes of all files together
     * @param ttl how long each is kept
     */
    public ContentsStore(Path directory, String instance, long most, Duration ttl, InstantSource clock) {
        this.directory = directory;
        this.instance = instance;
        this.ttl = ttl;
        this.clock = clock;
        this.room = new Room(most);
    }

    /** What became of a piece. */
    public enum Taken {
        Yes,
        TooLarge,
        Full
    }

    /**
     * Begins to take what an attempt has changed, at most as many bytes. It must be kept or discarded. What the attempt has brought before stays until this is kept, since facts may
     * name it already; of what is measured now it is no part.
     */
    public Intake begin(ContentsOwner owner, long bytesMost) throws IOException {
        Files.createDirectories(directory);
        measure(owner);
        return new Intake(owner, directory.resolve(instance + "." + UUID.randomUUID() + PART), bytesMost);
    }

    /** One that is on its way. Thread-safe, so that it can be given up while a piece is written. */
    public final class Intake {
        private final ContentsOwner owner;
        private final Path part;
        private final long bytesMost;
        private final FileChannel file;
        private final MessageDigest digest = sha256();
        private long bytes;
        private boolean over;

        private Intake(ContentsOwner owner, Path part, long bytesMost) throws IOException {
            this.owner = owner;
            this.part = part;
            this.bytesMost = bytesMost;
            coming.add(part);
            try {
                this.file = FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            } catch (IOException e) {
                coming.remove(part);
                throw e;
            }
        }

        public synchronized Taken write(byte[] piece) throws IOException {
            if (over) {
                return Taken.Full;
            }
            if (bytes + piece.length > bytesMost) {
                return Taken.TooLarge;
            }
            if (!room.grows(owner.namespace(), bytes, bytes + piece.length)) {
                return Taken.Full;
            }
            bytes += piece.length;
            digest.update(piece);
            ByteBuffer buffer = ByteBuffer.wrap(piece);
            while (buffer.hasRemaining()) {
                file.write(buffer);
            }
            return Taken.Yes;
        }

        /** When this returns, it stays also where the machine stops now, and is all that is kept of the attempt. */
        public synchronized KeptContents keep() throws IOException {
            String sha256 = HexFormat.of().formatHex(digest.digest());
            try {
                file.force(true);
                synchronized (room) {
                    Files.move(part, directory.resolve(KeptFile.name(owner, sha256)), StandardCopyOption.ATOMIC_MOVE);
                    end(true);
                }
                try (FileChannel names = FileChannel.open(directory)) {
                    names.force(true);
                }
                remove(kept -> kept.owner().equals(owner) && !kept.sha256().equals(sha256));
            } finally {
                discard();
            }
            return new KeptContents(sha256, bytes, clock.instant().plus(ttl));
        }

        public synchronized void discard() throws IOException {
            if (!over) {
                end(false);
                Files.deleteIfExists(part);
            }
        }

        private void end(boolean whole) throws IOException {
            over = true;
            coming.remove(part);
            room.over(owner.namespace(), bytes, whole);
            file.close();
        }
    }

    /**
     * The file of these contents, after all of it was read.
     *
     * @param sha256 64 hexadecimal digits
     * @return empty where it is not here, or is not what its name says
     */
    public Optional<Path> verified(ContentsOwner owner, String sha256, long bytes) throws IOException {
        Path file = directory.resolve(KeptFile.name(owner, sha256));
        MessageDigest digest = sha256();
        byte[] buffer = new byte[BUFFER_BYTES];
        long seen = 0;
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
                seen += read;
            }
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        boolean holds =
                seen == bytes && HexFormat.of().formatHex(digest.digest()).equals(sha256);
        if (!holds) {
            Files.deleteIfExists(file);
        }
        return holds ? Optional.of(file) : Optional.empty();
    }

    /** Removes what a run has changed: nobody will ask for it any more. */
    public void forget(String runUid) throws IOException {
        remove(kept -> kept.isOf(runUid));
    }

    /**
     * Removes what is over, what was never finished, and what is of no run that somebody may still commit.
     *
     * @param undecided tells by its UID whether a run may
     */
    public void sweep(Predicate<String> undecided) throws IOException {
        Instant now = clock.instant();
        for (Path file : all()) {
            Optional<KeptFile> kept = KeptFile.of(name(file));
            boolean ownRuin =
                    name(file).startsWith(instance + ".") && name(file).endsWith(PART) && !coming.contains(file);
            Duration life = name(file).endsWith(PART) ? PART_LIFE : ttl.plus(GRACE);
            boolean orphan =
                    kept.isPresent() && kept.get().runUid().filter(undecided).isEmpty();
            if (ownRuin || isOlder(file, now.minus(orphan ? ORPHAN_LIFE : life))) {
                Files.deleteIfExists(file);
            }
        }
    }

    private void remove(Predicate<KeptFile> which) throws IOException {
        for (Path file : all()) {
            if (KeptFile.of(name(file)).filter(which).isPresent()) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** Looks what is there: other replicas may have written it, and removed what we have. What is coming here is counted as it comes. */
    private void measure(ContentsOwner but) throws IOException {
        synchronized (room) {
            room.found(found(but));
        }
    }

    private Map<String, Long> found(ContentsOwner but) throws IOException {
        Map<String, Long> bytes = new HashMap<>();
        for (Path file : all()) {
            Optional<KeptFile> whole = KeptFile.of(name(file));
            if (!coming.contains(file)
                    && whole.filter(kept -> kept.owner().equals(but)).isEmpty()) {
                String namespace = whole.map(kept -> kept.owner().namespace()).orElse("");
                try {
                    bytes.merge(namespace, Room.blocks(Files.size(file)), Long::sum);
                } catch (NoSuchFileException gone) {
                    // Swept meanwhile.
                }
            }
        }
        return bytes;
    }

    private List<Path> all() throws IOException {
        List<Path> all = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            files.forEach(all::add);
        } catch (NoSuchFileException none) {
            // Nothing was kept yet.
        }
        return all;
    }

    private static String name(Path file) {
        return file.getFileName().toString();
    }

    private static boolean isOlder(Path file, Instant than) throws IOException {
        try {
            return Files.getLastModifiedTime(file).toInstant().isBefore(than);
        } catch (NoSuchFileException gone) {
            return false;
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }
}
