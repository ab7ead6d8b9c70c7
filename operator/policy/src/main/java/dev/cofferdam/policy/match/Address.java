package dev.cofferdam.policy.match;

import inet.ipaddr.AddressStringParameters.RangeParameters;
import inet.ipaddr.IPAddress;
import inet.ipaddr.IPAddressString;
import inet.ipaddr.IPAddressStringParameters;
import inet.ipaddr.ipv4.IPv4Address;
import inet.ipaddr.ipv6.IPv6Address;
import java.util.Arrays;
import java.util.Optional;

/**
 * One IP address. An IPv4 address in IPv6 clothes ({@code ::ffff:a.b.c.d}) is the IPv4 address, so that there is one spelling of each.
 *
 * @param v6 whether it is of version 6
 * @param high the upper 64 bits; 0 in version 4
 * @param low the lower 64 bits; in version 4 the 32 of the address
 */
public record Address(boolean v6, long high, long low) {
    private static final int TEXT_MOST = 64;
    private static final long MAPPED = 0xffffL;

    /** Full dotted decimal, or RFC 4291; no zone, no leading zeros, no octal, no shortened IPv4, no wildcard: each has been used to walk around a filter. */
    private static final IPAddressStringParameters STRICT = strict();

    private static IPAddressStringParameters strict() {
        return new IPAddressStringParameters.Builder()
                .allowEmpty(false)
                .allowAll(false)
                .allowSingleSegment(false)
                .allowWildcardedSeparator(false)
                .allowMask(false)
                .allowPrefix(false)
                .allowPrefixOnly(false)
                .setRangeOptions(RangeParameters.NO_RANGE)
                .getIPv4AddressParametersBuilder()
                .allow_inet_aton(false)
                .allowLeadingZeros(false)
                .allowUnlimitedLeadingZeros(false)
                .allowBinary(false)
                .getParentBuilder()
                .getIPv6AddressParametersBuilder()
                .allowZone(false)
                .allowBase85(false)
                .allowBinary(false)
                .allowUnlimitedLeadingZeros(false)
                .getParentBuilder()
                .toParams();
    }

    /** An address as text, an IPv6 one also in brackets; empty where it is none, a name for example. */
    public static Optional<Address> parse(String text) {
        if (Text.absent(text) || text.length() > TEXT_MOST) {
            return Optional.empty();
        }
        boolean brackets = text.startsWith("[") && text.endsWith("]") && text.indexOf(':') > 0;
        String bare = brackets ? text.substring(1, text.length() - 1) : text;
        return read(bare).map(Address::plain);
    }

    /** An address from its 4 or 16 bytes. */
    public static Address of(byte[] bytes) {
        if (bytes.length == 4) {
            return new Address(false, 0, number(bytes, 0, 4));
        }
        if (bytes.length != 16) {
            throw new IllegalArgumentException("an address has 4 or 16 bytes, not " + bytes.length);
        }
        Address six = new Address(true, number(bytes, 0, 8), number(bytes, 8, 8));
        return six.high == 0 && six.low >>> 32 == MAPPED ? new Address(false, 0, six.low & 0xffff_ffffL) : six;
    }

    static Optional<IPAddress> read(String text) {
        return text.isEmpty() || !looksLikeOne(text)
                ? Optional.empty()
                : Optional.ofNullable(new IPAddressString(text, STRICT).getAddress());
    }

    static Address plain(IPAddress address) {
        return of(address.getBytes());
    }

    /** Only what an address is made of goes to the library, so that none of its other spellings has to be known here. */
    private static boolean looksLikeOne(String text) {
        return text.chars().allMatch(c -> c == '.' || c == ':' || Character.digit(c, 16) >= 0 && c < 0x7f);
    }

    private static long number(byte[] bytes, int from, int count) {
        long number = 0;
        for (int at = from; at < from + count; at++) {
            number = number << 8 | bytes[at] & 0xff;
        }
        return number;
    }

    private byte[] bytes() {
        byte[] bytes = new byte[16];
        for (int at = 0; at < 8; at++) {
            bytes[at] = (byte) (high >>> 56 - 8 * at);
            bytes[8 + at] = (byte) (low >>> 56 - 8 * at);
        }
        return v6 ? bytes : Arrays.copyOfRange(bytes, 12, 16);
    }

    /** The canonical text: RFC 5952 in version 6. */
    @Override
    public String toString() {
        return v6 ? new IPv6Address(bytes()).toCanonicalString() : new IPv4Address(bytes()).toCanonicalString();
    }
}
