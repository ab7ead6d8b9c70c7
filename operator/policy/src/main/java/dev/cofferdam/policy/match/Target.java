package dev.cofferdam.policy.match;

/** What a rule of the network is about: names of hosts, or a block of addresses. Its text is the one spelling by which equal targets are known. */
public sealed interface Target permits HostPattern, AddressBlock {
    /** Whether it leaves nothing out: every name, or every address of its version. */
    default boolean isCatchAll() {
        return switch (this) {
            case HostPattern host -> host instanceof HostPattern.Any;
            case AddressBlock block -> block.bits() == 0;
        };
    }

    /** Whether everything that the other one is about, this one is about too, as far as that is known without resolving a name. */
    default boolean covers(Target other) {
        return switch (this) {
            case HostPattern host -> other instanceof HostPattern inner && host.covers(inner);
            case AddressBlock block -> other instanceof AddressBlock inner && block.covers(inner);
        };
    }
}
