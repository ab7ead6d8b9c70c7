package dev.cofferdam.policy;

import java.util.Comparator;
import java.util.Optional;

/**
 * What is granted of connections whose TLS ends at the gateway.
 *
 * @param requests that are let through
 * @param credential that is added to them
 */
record Inspection(RequestShape requests, Optional<Credential> credential) implements Comparable<Inspection> {
    private static final Comparator<Inspection> ORDER = Comparator.comparing(Inspection::requests)
            .thenComparing(inspection ->
                    inspection.credential.map(Credential::toString).orElse(""));

    @Override
    public int compareTo(Inspection other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return requests + credential.map(added -> " with " + added).orElse("");
    }
}
