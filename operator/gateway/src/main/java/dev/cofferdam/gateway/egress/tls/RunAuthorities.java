package dev.cofferdam.gateway.egress.tls;

import dev.cofferdam.gateway.channel.Claim;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.ec.CustomNamedCurves;

/**
 * The authorities of runs, each of one pod of one run alone. Nothing of them is kept anywhere: the key follows from the session key, which all replicas share, and the
 * UIDs (HKDF, RFC 5869, to a key of P-256 by extra random bits, FIPS 186-5, A.2.1), so all replicas have the same. Thread-safe.
 */
public final class RunAuthorities {
    private static final String PURPOSE = "cofferdam inspection authority 1";

    /** 64 bits more than the order has, so that what is left of the bias is none. */
    private static final int BYTES = 40;

    private static final X9ECParameters CURVE = CustomNamedCurves.getByName("secp256r1");

    private final InstantSource clock;
    private volatile byte[] sessionKey = new byte[0];

    public RunAuthorities(InstantSource clock) {
        this.clock = clock;
    }

    /** From now on the authorities follow from this. Those of runs that have theirs stay at this replica. */
    public void use(byte[] key) {
        sessionKey = key.clone();
    }

    /** @throws IllegalStateException before there is a session key */
    public RunAuthority of(Claim claim) {
        if (sessionKey.length == 0) {
            throw new IllegalStateException("there is no session key");
        }
        return new RunAuthority(secret(sessionKey, claim), CURVE, clock.instant());
    }

    private static BigInteger secret(byte[] key, Claim claim) {
        // UIDs have no line feed, so no two pairs are the same text.
        String info = PURPOSE + "\n" + claim.runUid() + "\n" + claim.podUid();
        try {
            byte[] derived = KDF.getInstance("HKDF-SHA256")
                    .deriveData(HKDFParameterSpec.ofExtract()
                            .addIKM(key)
                            .thenExpand(info.getBytes(StandardCharsets.UTF_8), BYTES));
            return new BigInteger(1, derived)
                    .mod(CURVE.getN().subtract(BigInteger.ONE))
                    .add(BigInteger.ONE);
        } catch (GeneralSecurityException e) {
            throw new AssertionError("every Java has HKDF-SHA256", e);
        }
    }
}
