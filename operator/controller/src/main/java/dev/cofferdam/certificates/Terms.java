package dev.cofferdam.certificates;

import java.time.Duration;

/**
 * How long things live, and how early they are replaced.
 *
 * @param authorityLife the life of an authority
 * @param announceBefore the successor of an authority is made and published when no more than this remains of its life; must be longer than the life of a
 *     certificate
 * @param overlap how long a new authority is published before it signs, and an old one stays published after that. Longer than any run: a supervisor keeps the
 *     bundle that its pod was made with
 * @param certificateLife the life of the gateway's certificate
 * @param renewBefore the certificate is replaced when no more than this remains of its life
 */
record Terms(
        Duration authorityLife,
        Duration announceBefore,
        Duration overlap,
        Duration certificateLife,
        Duration renewBefore) {
    static final Terms DEFAULT = new Terms(
            Duration.ofDays(3650),
            Duration.ofDays(365),
            Duration.ofHours(48),
            Duration.ofDays(90),
            Duration.ofDays(30));

    Terms {
        if (announceBefore.compareTo(certificateLife) <= 0) {
            throw new IllegalArgumentException(
                    "a successor must be announced earlier than one certificate's life before the end");
        }
        if (announceBefore.compareTo(authorityLife) > 0) {
            throw new IllegalArgumentException(
                    "announce-before must be at most the authority's life, " + authorityLife);
        }
        if (overlap.isNegative()) {
            throw new IllegalArgumentException("overlap must be at least zero");
        }
        if (renewBefore.isNegative() || renewBefore.compareTo(certificateLife) >= 0) {
            throw new IllegalArgumentException(
                    "renew-before must be at least zero and less than the certificate's life, " + certificateLife);
        }
    }

    Terms withRenewBefore(Duration value) {
        return new Terms(authorityLife, announceBefore, overlap, certificateLife, value);
    }

    Terms withAnnounceBefore(Duration value) {
        return new Terms(authorityLife, value, overlap, certificateLife, renewBefore);
    }

    /** Shorter than the longest run, a run under way may lose the gateway. */
    Terms withOverlap(Duration value) {
        return new Terms(authorityLife, announceBefore, value, certificateLife, renewBefore);
    }
}
