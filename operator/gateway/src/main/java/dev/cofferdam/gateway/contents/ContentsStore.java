package dev.cofferdam.gateway.contents;

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
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A directory of files that are named by the SHA-256 of what is in them. What is there is whole: it is written beside, forced to the disk, and renamed. It is bounded in all
 * and in time, and nothing is believed of it when it is read: a file whose content is not its name is none. Replicas may share the directory. Every method may block.
 * Thread-safe.
 */
public final class ContentsStore {
    private static final String PART = ".part";

    /** Clocks of two machines may differ: what was promised is there for a little longer. */
    private static final Duration GRACE = Duration.ofMinutes(5);

    /** No intake takes as long. */
    private static final Duration PART_LIFE = Duration.ofHours(1);

    private static final int BUFFER_BYTES = 128 << 10;

    private final Path directory;
    private final long most;
    private final Duration ttl;
    private final InstantSource clock;
    private final AtomicLong coming = new AtomicLong();
    private final AtomicLong whole = new AtomicLong();

    /**
     * @param directory is made where it is not there
     * @param most bytes of all files together
     * @param ttl how long each is kept
     */
    public ContentsStore(Path directory, long most, Duration ttl, InstantSource clock) {
        this.directory = directory;
        this.most = most;
        this.ttl = ttl;
        this.clock = clock;
    }

    /** What became of a piece. */
    public enum Taken {
        Yes,
        TooLarge,
        Full
    }

    /** Begins to take contents, at most as many bytes. It must be kept or discarded. */
    public Intake begin(long bytesMost) throws IOException {
        Files.createDirectories(directory);
        synchronized (whole) {
            whole.set(stored());
        }
        return new Intake(directory.resolve(UUID.randomUUID() + PART), bytesMost);
    }

    /** One that is on its way. Thread-safe, so that it can be given up while a piece is written. */
    public final class Intake {
        private final Path part;
        private final long bytesMost;
        private final FileChannel file;
        private final MessageDigest digest = sha256();
        private long bytes;

        private Intake(Path part, long bytesMost) throws IOException {
            this.part = part;
            this.bytesMost = bytesMost;
            this.file = FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        }

        public synchronized Taken write(byte[] piece) throws IOException {
            if (!file.isOpen()) {
                return Taken.Full;
            }
            if (bytes + piece.length > bytesMost) {
                return Taken.TooLarge;
            }
            if (whole.get() + coming.addAndGet(piece.length) > most) {
                coming.addAndGet(-piece.length);
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

        /** When this returns, it stays also where the machine stops now. */
        public synchronized KeptContents keep() throws IOException {
            String name = HexFormat.of().formatHex(digest.digest());
            long all = bytes;
            try {
                file.force(true);
                file.close();
                synchronized (whole) {
                    Files.move(part, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
                    whole.addAndGet(all);
                }
                try (FileChannel names = FileChannel.open(directory)) {
                    names.force(true);
                }
            } finally {
                discard();
            }
            return new KeptContents(name, all, clock.instant().plus(ttl));
        }

        public synchronized void discard() throws IOException {
            if (file.isOpen()) {
                file.close();
            }
            Files.deleteIfExists(part);
            coming.addAndGet(-bytes);
            bytes = 0;
        }
    }

    /**
     * The file of these contents, after all of it was read.
     *
     * @param sha256 64 hexadecimal digits
     * @return empty where it is not here, or is not what its name says
     */
    public Optional<Path> verified(String sha256, long bytes) throws IOException {
        Path file = directory.resolve(sha256);
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

    /** Removes what is over, and what was never finished. */
    public void sweep() throws IOException {
        Instant now = clock.instant();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                Duration life = file.toString().endsWith(PART) ? PART_LIFE : ttl.plus(GRACE);
                if (isOlder(file, now.minus(life))) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (NoSuchFileException none) {
            // Nothing was kept yet.
        }
    }

    private static boolean isOlder(Path file, Instant than) throws IOException {
        try {
            return Files.getLastModifiedTime(file).toInstant().isBefore(than);
        } catch (NoSuchFileException gone) {
            return false;
        }
    }

    /** Bytes of what is whole; what is coming here is counted as it comes. */
    private long stored() throws IOException {
        long all = 0;
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(directory, file -> !file.toString().endsWith(PART))) {
            for (Path file : files) {
                try {
                    all += Files.size(file);
                } catch (NoSuchFileException gone) {
                    // Swept meanwhile.
                }
            }
        }
        return all;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }
}
