package dev.cofferdam.policy.match;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What is known of addresses before any policy is asked: which ones are never reached, and which ones are not the public internet (IANA special-purpose address
 * registries for IPv4 and IPv6, RFC 6890, as of 2026).
 */
public final class Ranges {
    /** No policy opens these: this host, everybody at once, and where clouds hand out credentials. */
    private static final List<AddressBlock> NEVER = blocks(
            "0.0.0.0/8",
            "127.0.0.0/8",
            "224.0.0.0/4",
            "255.255.255.255/32",
            "169.254.169.254/32",
            "169.254.170.2/32",
            "169.254.170.23/32",
            "100.100.100.200/32",
            "192.0.0.192/32",
            "168.63.129.16/32",
            "::/128",
            "::1/128",
            "ff00::/8",
            "fd00:ec2::254/128",
            "fd00:ec2::23/128",
            "fd20:ce::254/128");

    /** Private, link-local, shared, documentation, benchmarking and reserved ranges, and those in which an IPv4 address hides. */
    private static final List<AddressBlock> SPECIAL = blocks(
            "10.0.0.0/8",
            "100.64.0.0/10",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "240.0.0.0/4",
            "2001::/23",
            "2001:db8::/32",
            "2002::/16",
            "3fff::/20");

    /** All of IPv6 that is handed out for use on the internet; what is outside is special. */
    private static final AddressBlock GLOBAL_6 = AddressBlock.of("2000::/3");

    private static final AddressBlock SIX_TO_FOUR = AddressBlock.of("2002::/16");
    private static final AddressBlock TEREDO = AddressBlock.of("2001::/32");
    private static final AddressBlock NAT64 = AddressBlock.of("64:ff9b::/96");
    private static final AddressBlock COMPATIBLE = AddressBlock.of("::/96");

    private Ranges() {}

    /** Whether no policy can open it. An IPv4 address inside an IPv6 one counts. */
    public static boolean isNever(Address address) {
        return isIn(NEVER, address)
                || hidden(address).filter(four -> isIn(NEVER, four)).isPresent();
    }

    /** Whether a rule about names does not reach it: only one that names its range does. */
    public static boolean isSpecial(Address address) {
        return isIn(SPECIAL, address) || address.v6() && !GLOBAL_6.contains(address);
    }

    /** The IPv4 address to which a translator or a tunnel would carry what is sent to this one (RFC 3056, 4380, 6052). */
    public static Optional<Address> hidden(Address address) {
        if (!address.v6()) {
            return Optional.empty();
        }
        if (NAT64.contains(address) || COMPATIBLE.contains(address)) {
            return Optional.of(new Address(false, 0, address.low() & 0xffff_ffffL));
        }
        if (TEREDO.contains(address)) {
            return Optional.of(new Address(false, 0, ~address.low() & 0xffff_ffffL));
        }
        return SIX_TO_FOUR.contains(address)
                ? Optional.of(new Address(false, 0, address.high() >>> 16 & 0xffff_ffffL))
                : Optional.empty();
    }

    private static boolean isIn(List<AddressBlock> blocks, Address address) {
        for (AddressBlock block : blocks) {
            if (block.contains(address)) {
                return true;
            }
        }
        return false;
    }

    private static List<AddressBlock> blocks(String... texts) {
        return Stream.of(texts).map(AddressBlock::of).toList();
    }
}
