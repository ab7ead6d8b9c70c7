package dev.cofferdam.policy;

/**
 * A credential of the admin's that is added to requests. The policy only names it: what it is, and where it may be used, is not the policy's to say.
 *
 * @param name a label (RFC 1123)
 * @param header the field of a head, in lower case
 */
public record Credential(String name, String header) implements Comparable<Credential> {
    @Override
    public int compareTo(Credential other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
        return header + "=" + name;
    }
}
