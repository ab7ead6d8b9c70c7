package dev.cofferdam.gateway.egress.tls;

import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;

/** Why TLS failed, for the record: what the libraries say of it. */
public final class Failures {
    private static final int DEPTH_MOST = 16;

    private Failures() {}

    /** The innermost cause that has words. */
    public static String words(Throwable failure) {
        String words = String.valueOf(failure.getMessage());
        int depth = 0;
        for (Throwable cause = failure; cause != null && depth < DEPTH_MOST; cause = cause.getCause()) {
            if (cause.getMessage() != null) {
                words = cause.getMessage();
            }
            depth++;
        }
        return words;
    }

    /** Whether it was about what the server showed. */
    public static boolean isTrust(Throwable failure) {
        int depth = 0;
        for (Throwable cause = failure; cause != null && depth < DEPTH_MOST; cause = cause.getCause()) {
            if (cause instanceof CertificateException || cause instanceof CertPathValidatorException) {
                return true;
            }
            depth++;
        }
        return false;
    }
}
