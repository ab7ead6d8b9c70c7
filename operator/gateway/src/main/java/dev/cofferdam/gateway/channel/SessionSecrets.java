package dev.cofferdam.gateway.channel;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Session secrets: how a supervisor that lost its connection shows that it is the one that got the job. Stateless, so that every replica with the same key
 * knows them, also after a restart: base64url of a nonce and its HMAC-SHA256 together with the UIDs of pod and run. Thread-safe.
 */
public final class SessionSecrets {
    /** Fewer would be guessable. */
    public static final int KEY_BYTES_LEAST = 32;

    /** A replaced key still opens the sessions that were made with it. */
    private static final int KEYS_KEPT = 2;

    private static final int NONCE_BYTES = 16;
    private static final int MAC_BYTES = 32;
    private static final String ALGORITHM = "HmacSHA256";

    private final SecureRandom random = new SecureRandom();
    private volatile List<byte[]> keys = List.of();

    /** Makes this the key of new sessions. */
    public synchronized void use(byte[] key) {
        if (key.length < KEY_BYTES_LEAST) {
            throw new IllegalArgumentException(
                    "the session key has " + key.length + " bytes; it needs at least " + KEY_BYTES_LEAST);
        }
        if (!keys.isEmpty() && MessageDigest.isEqual(keys.getFirst(), key)) {
            return;
        }
        List<byte[]> next = new ArrayList<>();
        next.add(key.clone());
        keys.stream().limit(KEYS_KEPT - 1L).forEach(next::add);
        keys = List.copyOf(next);
    }

    String issue(Claim claim) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        byte[] secret = Arrays.copyOf(nonce, NONCE_BYTES + MAC_BYTES);
        System.arraycopy(mac(keys.getFirst(), nonce, claim), 0, secret, NONCE_BYTES, MAC_BYTES);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
    }

    boolean verify(String session, Claim claim) {
        byte[] secret;
        try {
            secret = Base64.getUrlDecoder().decode(session);
        } catch (IllegalArgumentException e) {
            return false;
        }
        if (secret.length != NONCE_BYTES + MAC_BYTES) {
            return false;
        }
        byte[] nonce = Arrays.copyOf(secret, NONCE_BYTES);
        byte[] given = Arrays.copyOfRange(secret, NONCE_BYTES, secret.length);
        boolean valid = false;
        for (byte[] key : keys) {
            valid |= MessageDigest.isEqual(mac(key, nonce, claim), given);
        }
        return valid;
    }

    private static byte[] mac(byte[] key, byte[] nonce, Claim claim) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            mac.update(nonce);
            // UIDs have no line feed, so no two pairs are the same text.
            return mac.doFinal((claim.podUid() + "\n" + claim.runUid()).getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new AssertionError("every Java has " + ALGORITHM, e);
        }
    }
}
