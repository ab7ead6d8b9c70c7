package dev.cofferdam.gateway.egress.credentials;

import dev.cofferdam.gateway.egress.credentials.Forms.Pattern;
import dev.cofferdam.gateway.egress.http.Mask;
import java.util.Arrays;
import java.util.List;

/**
 * Masks a credential in a stream as it comes: each byte of an occurrence becomes an asterisk, so lengths stay as they were. Holds back the bytes of a word that has not
 * ended, less than three times as many as the longest form has. Not thread-safe.
 */
public final class Redaction implements Mask {
    private static final byte MASK = '*';
    private static final byte[] NOTHING = {};

    /** One reading of the stream, in which a character may take several bytes. */
    private static final class Reading {
        private final List<Pattern> patterns;

        /** Patterns by their first byte: only these can begin. */
        private final int[][] first = new int[1 << Byte.SIZE][];

        /** How much of each is there; of most, nothing. */
        private final int[] depth;

        /** Those of which something is. */
        private int[] active = {};

        /** Where the last characters begin, from the beginning of what is held; as many as the longest pattern has. */
        private final int[] from;

        /** Where of these the next one goes: of a body of any length, an index. */
        private int end;

        private Reading(List<Pattern> patterns) {
            this.patterns = patterns;
            this.depth = new int[patterns.size()];
            Arrays.fill(first, new int[0]);
            for (int i = 0; i < depth.length; i++) {
                int begin = Byte.toUnsignedInt(patterns.get(i).text()[0]);
                first[begin] = with(first[begin], i);
            }
            this.from = new int
                    [1
                            + patterns.stream()
                                    .mapToInt(each -> each.text().length)
                                    .max()
                                    .orElse(0)];
        }

        /** Where the longest form begins that this character completes; -1 for none. */
        private int next(byte character, int at) {
            from[end] = at;
            end = (end + 1) % from.length;
            int found = -1;
            int[] still = {};
            for (int i : active) {
                Pattern pattern = patterns.get(i);
                depth[i] = pattern.step(depth[i], character);
                if (depth[i] == pattern.text().length) {
                    int begin = begin(depth[i]);
                    found = found < 0 ? begin : Math.min(found, begin);
                    depth[i] = pattern.fall()[depth[i] - 1];
                }
                still = depth[i] > 0 ? with(still, i) : still;
            }
            for (int i : first[Byte.toUnsignedInt(character)]) {
                if (depth[i] == 0) {
                    depth[i] = 1;
                    still = with(still, i);
                }
            }
            active = still;
            return found;
        }

        private static int[] with(int[] some, int one) {
            int[] more = Arrays.copyOf(some, some.length + 1);
            more[some.length] = one;
            return more;
        }

        private int begin(int characters) {
            return from[Math.floorMod(end - characters, from.length)];
        }

        /** Where what the end cuts off of a form begins; -1 where too much of it is missing. */
        private int cutOff() {
            int longest = 0;
            for (int i : active) {
                longest = depth[i] >= patterns.get(i).enough() ? Math.max(longest, depth[i]) : longest;
            }
            return longest == 0 ? -1 : begin(longest);
        }

        /** So many bytes are no longer held. */
        private void forget(int bytes) {
            for (int i = 0; i < from.length; i++) {
                from[i] -= bytes;
            }
        }
    }

    private final Forms forms;
    private final Reading plain;
    private final Reading unescaped;
    private byte[] held = NOTHING;

    /** How much of an escape has come: '%', and one digit. */
    private int escape;

    Redaction(Forms forms) {
        this.forms = forms;
        plain = new Reading(forms.plain());
        unescaped = new Reading(forms.unescaped());
    }

    @Override
    public String text(String text) {
        return forms.redact(text);
    }

    /** Takes what comes next, and gives what can be passed on. */
    @Override
    public byte[] take(byte[] piece) {
        int at = held.length;
        held = Arrays.copyOf(held, held.length + piece.length);
        System.arraycopy(piece, 0, held, at, piece.length);
        byte[] original = held.clone();
        for (; at < held.length; at++) {
            mask(plain.next(original[at], at), at + 1);
            unescape(original, at);
        }
        return release(held.length - waiting());
    }

    /** How many bytes are held back. It shows, so it does not depend on the credential: whoever has a server say texts of his choice would learn from it whether his guess of a beginning is right. */
    private int waiting() {
        int most = Math.min(held.length, forms.longestBeginning());
        int count = 0;
        while (count < most && forms.mayHave(held[held.length - 1 - count])) {
            count++;
        }
        return count;
    }

    /** Reads %XX as one byte, and everything else as it is. */
    private void unescape(byte[] text, int at) {
        byte next = text[at];
        if (escape == 0 && next == '%' || escape == 1 && digit(next) >= 0) {
            escape++;
        } else if (escape == 2 && digit(next) >= 0) {
            escape = 0;
            byte meant = (byte) (digit(text[at - 1]) << 4 | digit(next));
            mask(unescaped.next(meant, at - 2), at + 1);
        } else {
            // What seemed to be an escape was none.
            for (int begin = at - escape; begin < at; begin++) {
                mask(unescaped.next(text[begin], begin), begin + 1);
            }
            escape = next == '%' ? 1 : 0;
            if (escape == 0) {
                mask(unescaped.next(next, at), at + 1);
            }
        }
    }

    private static int digit(byte c) {
        return c < 0 ? -1 : Character.digit(c, 16);
    }

    private void mask(int from, int end) {
        if (from >= 0) {
            Arrays.fill(held, from, end, MASK);
        }
    }

    /** The stream is over: what is left of it. */
    @Override
    public byte[] rest() {
        mask(plain.cutOff(), held.length);
        mask(unescaped.cutOff(), held.length);
        escape = 0;
        return release(held.length);
    }

    private byte[] release(int count) {
        byte[] ready = Arrays.copyOf(held, count);
        held = Arrays.copyOfRange(held, count, held.length);
        plain.forget(count);
        unescaped.forget(count);
        return ready;
    }
}
