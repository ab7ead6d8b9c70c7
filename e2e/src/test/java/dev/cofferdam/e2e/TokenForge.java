package dev.cofferdam.e2e;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;

/** Signs tokens of service accounts as the API server of the local cluster does: the only way to one that has expired, since nobody gets one for less than ten minutes. */
record TokenForge(PrivateKey key) {
    /** The key lies beside the admin's kubeconfig. */
    static TokenForge of(Path kubeconfig) {
        try {
            Process openssl = new ProcessBuilder(
                            "openssl",
                            "pkcs8",
                            "-topk8",
                            "-nocrypt",
                            "-outform",
                            "DER",
                            "-in",
                            kubeconfig.resolveSibling("sa.key").toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            byte[] der = openssl.getInputStream().readAllBytes();
            return new TokenForge(KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der)));
        } catch (IOException | GeneralSecurityException e) {
            throw new AssertionError("the key that signs tokens", e);
        }
    }

    /** The token with another end, and a beginning an hour before that. */
    String until(String token, Instant end) {
        String[] parts = token.split("\\.");
        try {
            ObjectMapper json = new ObjectMapper();
            ObjectNode claims =
                    (ObjectNode) json.readTree(Base64.getUrlDecoder().decode(parts[1]));
            long began = end.minusSeconds(3600).getEpochSecond();
            claims.put("exp", end.getEpochSecond()).put("iat", began).put("nbf", began);
            Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
            String signed = parts[0] + "." + base64.encodeToString(json.writeValueAsBytes(claims));
            Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
            signature.initSign(key);
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + base64.encodeToString(signature.sign());
        } catch (IOException | GeneralSecurityException e) {
            throw new AssertionError("a token can be signed", e);
        }
    }
}
