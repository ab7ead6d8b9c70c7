package dev.cofferdam.certificates;

import dev.cofferdam.certificates.Material.SessionKey;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** {@link Material} as the data of the Secret (base64, as the API has it) and of the ConfigMap. The gateway's pods mount only the first three keys. */
final class SecretData {
    static final String GATEWAY_CERTIFICATE = "tls.crt";
    static final String GATEWAY_KEY = "tls.key";
    static final String SESSION_KEY = "session.key";
    static final String AUTHORITY = "ca";
    static final String SUCCESSOR = "ca-next";
    static final String FORMER_AUTHORITY = "ca-former.crt";

    /** Key of the bundle in the ConfigMap. */
    static final String BUNDLE = "ca.crt";

    private SecretData() {}

    static Material read(Map<String, String> secret, Map<String, String> configMap) {
        return new Material(
                keyed(secret, AUTHORITY + ".crt", AUTHORITY + ".key"),
                keyed(secret, SUCCESSOR + ".crt", SUCCESSOR + ".key"),
                text(secret, FORMER_AUTHORITY)
                        .map(Pem::certificates)
                        .flatMap(found -> found.stream().findFirst()),
                keyed(secret, GATEWAY_CERTIFICATE, GATEWAY_KEY),
                bytes(secret, SESSION_KEY)
                        .filter(bytes -> bytes.length == SessionKey.LENGTH)
                        .map(SessionKey::new),
                Pem.certificates(configMap.getOrDefault(BUNDLE, "")));
    }

    static Map<String, String> ofSecret(Material material) {
        var data = new TreeMap<String, String>();
        material.authority().ifPresent(authority -> put(data, AUTHORITY + ".crt", AUTHORITY + ".key", authority));
        material.successor().ifPresent(successor -> put(data, SUCCESSOR + ".crt", SUCCESSOR + ".key", successor));
        material.formerAuthority()
                .ifPresent(former -> data.put(FORMER_AUTHORITY, encode(Pem.ofCertificates(List.of(former)))));
        material.gateway().ifPresent(gateway -> put(data, GATEWAY_CERTIFICATE, GATEWAY_KEY, gateway));
        material.sessionKey()
                .ifPresent(key -> data.put(SESSION_KEY, Base64.getEncoder().encodeToString(key.bytes())));
        return data;
    }

    static Map<String, String> ofConfigMap(Material material) {
        return Map.of(BUNDLE, Pem.ofCertificates(material.bundle()));
    }

    private static void put(Map<String, String> data, String certificateName, String keyName, KeyedCertificate keyed) {
        data.put(certificateName, encode(Pem.ofCertificates(List.of(keyed.certificate()))));
        data.put(keyName, encode(Pem.ofKey(keyed.key())));
    }

    private static Optional<KeyedCertificate> keyed(Map<String, String> data, String certificateName, String keyName) {
        var certificate = text(data, certificateName)
                .map(Pem::certificates)
                .flatMap(found -> found.stream().findFirst());
        var key = text(data, keyName).flatMap(Pem::key);
        return certificate.flatMap(c -> key.map(k -> new KeyedCertificate(c, k)));
    }

    private static Optional<String> text(Map<String, String> data, String name) {
        return bytes(data, name).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    private static Optional<byte[]> bytes(Map<String, String> data, String name) {
        try {
            return Optional.ofNullable(data.get(name)).map(Base64.getDecoder()::decode);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String encode(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
