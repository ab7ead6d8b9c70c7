package dev.cofferdam.controller.alert;

import dev.cofferdam.record.Digest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;

/**
 * The hosts that the runs of a policy have asked for, the newest {@value #MOST}: one that was forgotten is new again. Of each eight bytes of a hash are kept,
 * too many for a tool to find a name that passes for one that is known.
 */
final class KnownHosts {
    static final int MOST = 256;

    private final SequencedSet<Long> hashes;

    private KnownHosts(SequencedSet<Long> hashes) {
        this.hashes = new LinkedHashSet<>(hashes);
    }

    /** @param told as {@link #told()}; what cannot be read knows nothing */
    static KnownHosts of(String told) {
        SequencedSet<Long> hashes = new LinkedHashSet<>();
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(told == null ? "" : told));
            while (bytes.remaining() >= Long.BYTES && hashes.size() < MOST) {
                hashes.add(bytes.getLong());
            }
        } catch (IllegalArgumentException e) {
            hashes.clear();
        }
        return new KnownHosts(hashes);
    }

    /** @param salt the policy's own, so that a hash says nothing elsewhere */
    static long hash(String salt, String host) {
        return HexFormat.fromHexDigitsToLong(Digest.id(salt + " " + host));
    }

    /** Those of them that were not known; all of them are from now on, and are the newest. */
    List<Long> meet(List<Long> asked) {
        List<Long> fresh = new ArrayList<>();
        for (long hash : asked) {
            if (!hashes.remove(hash)) {
                fresh.add(hash);
            }
            hashes.add(hash);
            if (hashes.size() > MOST) {
                hashes.removeFirst();
            }
        }
        return fresh;
    }

    /** Null where there are none. */
    String told() {
        if (hashes.isEmpty()) {
            return null;
        }
        ByteBuffer bytes = ByteBuffer.allocate(hashes.size() * Long.BYTES);
        hashes.forEach(bytes::putLong);
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
