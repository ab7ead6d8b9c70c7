package dev.cofferdam.policy.match;

import inet.ipaddr.IPAddress;
import java.util.Optional;

/**
 * All addresses that begin with the same bits.
 *
 * @param first its first address; the bits after {@code bits} are 0
 * @param bits how many bits are the same: 0 to 32, in version 6 to 128
 */
public record AddressBlock(Address first, int bits) implements Target {
    public static final AddressBlock ALL_4 = of("0.0.0.0/0");
    public static final AddressBlock ALL_6 = of("::/0");

    private static final int TEXT_MOST = 64;
    private static final int DIGITS_MOST = 3;
    private static final String FORM = "; write one such as \"203.0.113.0/24\" or \"2001:db8::/32\"";

    /** A block as a policy writes it, in CIDR notation (RFC 4632, RFC 4291). */
    public static Parsed<AddressBlock> parse(String text) {
        if (Text.absent(text) || text.length() > TEXT_MOST) {
            return Parsed.bad(text, "is no range of addresses" + FORM);
        }
        int slash = text.indexOf('/');
        Optional<IPAddress> read = Address.read(slash < 0 ? text : text.substring(0, slash));
        if (read.isEmpty()) {
            return Parsed.bad(text, "is no range of addresses" + FORM);
        }
        if (slash < 0) {
            String single = text + "/" + read.get().getBitCount();
            return Parsed.bad(text, "has no length; for this one address write " + Text.quoted(single));
        }
        int bits = length(text.substring(slash + 1));
        Address first = Address.plain(read.get());
        if (read.get().isIPv6() && !first.v6()) {
            return Parsed.bad(text, "is IPv4 written as IPv6; write it as IPv4");
        }
        if (bits < 0 || bits > read.get().getBitCount()) {
            return Parsed.bad(text, "is no range of addresses: its length is none" + FORM);
        }
        AddressBlock block = new AddressBlock(masked(first, bits), bits);
        return block.first.equals(first)
                ? Parsed.good(block)
                : Parsed.bad(
                        text,
                        "has bits set after its length; write " + Text.quoted(block.toString())
                                + ", or a longer length");
    }

    /** The length, or -1. */
    private static int length(String text) {
        boolean digits =
                !text.isEmpty() && text.length() <= DIGITS_MOST && text.chars().allMatch(c -> c >= '0' && c <= '9');
        return digits && (text.length() == 1 || text.charAt(0) != '0') ? Integer.parseInt(text) : -1;
    }

    /** The block of one address. */
    public static AddressBlock of(Address address) {
        return new AddressBlock(address, address.v6() ? 128 : 32);
    }

    /** A block that is known to be one. */
    static AddressBlock of(String text) {
        return parse(text).found().orElseThrow(() -> new IllegalArgumentException(text));
    }

    public boolean contains(Address address) {
        return address.v6() == first.v6() && masked(address, bits).equals(first);
    }

    boolean covers(AddressBlock other) {
        return bits <= other.bits && contains(other.first);
    }

    private static Address masked(Address address, int bits) {
        return address.v6()
                ? new Address(
                        true, address.high() & ones(Math.min(bits, 64)), address.low() & ones(Math.max(bits - 64, 0)))
                : new Address(false, 0, address.low() & ones(bits) >>> 32);
    }

    private static long ones(int bits) {
        return bits == 0 ? 0 : -1L << 64 - bits;
    }

    @Override
    public String toString() {
        return first + "/" + bits;
    }
}
