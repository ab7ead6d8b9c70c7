package dev.cofferdam.policy.match;

import java.util.Locale;

/** A host's name in the form in which names are compared: ASCII, lower case, without the final dot. RFC 952 and 1123. */
public final class HostName {
    private static final int MOST = 253;

    private HostName() {}

    /** A name in a policy, where everything that is not plainly one is a mistake. */
    public static Parsed<String> written(String text) {
        if (Text.absent(text)) {
            return Parsed.bad(text, "is no host; write a name such as \"api.example.com\"");
        }
        String why = text.contains("://")
                ? "has a scheme; write the host alone, and the scheme as protocol"
                : text.indexOf('/') >= 0
                        ? "has a path; write the host alone, or a range of addresses as cidr"
                        : text.indexOf(':') >= 0
                                ? "has a port, or is an IPv6 address; write the host alone and the port as port, or the address as cidr"
                                : text.indexOf('@') >= 0
                                        ? "has a user; write the host alone"
                                        : text.indexOf('*') >= 0
                                                ? "has a * in the wrong place; write * alone, or *. before a domain, such as \"*.example.com\""
                                                : text.chars().anyMatch(c -> c > 0x7e)
                                                        ? "is not ASCII; write its A-label form, which begins with \"xn--\""
                                                        : text.endsWith(".") ? "ends with a dot; leave it out" : "";
        return why.isEmpty() ? read(text) : Parsed.bad(text, why);
    }

    /** A name that a tool asked for: the one spelling that also a resolver takes, the final dot, is taken here too, so that no rule can be walked around by it. */
    public static Parsed<String> asked(String text) {
        return text != null && text.endsWith(".") && text.length() > 1
                ? read(text.substring(0, text.length() - 1))
                : read(text);
    }

    private static Parsed<String> read(String text) {
        if (Text.absent(text) || text.length() > MOST) {
            return Parsed.bad(text, "is no host name; one has 1 to 253 characters");
        }
        if (text.chars().anyMatch(c -> c > 0x7e)) {
            // Before the case is changed: the Kelvin sign, for one, becomes a k.
            return Parsed.bad(text, "is not ASCII; write its A-label form, which begins with \"xn--\"");
        }
        String name = text.toLowerCase(Locale.ROOT);
        if (!Text.isSubdomain(name)) {
            return Parsed.bad(
                    text, "is no host name; one has labels of letters, digits and inner hyphens, with dots between");
        }
        return isNumber(name.substring(name.lastIndexOf('.') + 1))
                ? Parsed.bad(text, "ends like an address, not like a name; write an address as cidr, in full")
                : Parsed.good(name);
    }

    /** What some resolvers take as part of an IPv4 address: decimal, octal or hexadecimal. */
    private static boolean isNumber(String label) {
        if (label.startsWith("0x")) {
            return label.chars().skip(2).allMatch(c -> Character.digit(c, 16) >= 0);
        }
        return label.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
