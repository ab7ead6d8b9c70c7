package dev.cofferdam.policy;

/**
 * What is granted of connections whose TLS ends at the gateway.
 *
 * @param requests that are let through
 */
record Inspection(RequestShape requests) implements Comparable<Inspection> {
    @Override
    public int compareTo(Inspection other) {
        return requests.compareTo(other.requests);
    }

    @Override
    public String toString() {
        return requests.toString();
    }
}
