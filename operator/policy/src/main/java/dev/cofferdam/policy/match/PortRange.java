package dev.cofferdam.policy.match;

/** Ports from first to last, 1 to 65535, both included. */
public record PortRange(int first, int last) implements Comparable<PortRange> {
    public static final PortRange ALL = new PortRange(1, 65_535);

    private static final int DIGITS_MOST = 5;
    private static final String FORM = "; write a number from 1 to 65535, or a range such as \"8000-8100\"";

    public static boolean isPort(int number) {
        return number >= ALL.first && number <= ALL.last;
    }

    public static Parsed<PortRange> of(int port) {
        return isPort(port) ? Parsed.good(new PortRange(port, port)) : new Parsed.Bad<>(port + " is no port" + FORM);
    }

    /** {@code 8080} or {@code 8000-8100}. */
    public static Parsed<PortRange> parse(String text) {
        int hyphen = text == null ? -1 : text.indexOf('-');
        int first = number(hyphen < 0 ? text : text.substring(0, hyphen));
        int last = hyphen < 0 ? first : number(text.substring(hyphen + 1));
        if (first < 0 || last < 0) {
            return Parsed.bad(text, "is no port" + FORM);
        }
        return first <= last
                ? Parsed.good(new PortRange(first, last))
                : Parsed.bad(text, "ends before it begins; write the lower port first");
    }

    /** The port, or -1. */
    private static int number(String text) {
        if (Text.absent(text)
                || text.length() > DIGITS_MOST
                || text.charAt(0) == '0'
                || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return -1;
        }
        int number = Integer.parseInt(text);
        return isPort(number) ? number : -1;
    }

    @Override
    public int compareTo(PortRange other) {
        return first != other.first ? Integer.compare(first, other.first) : Integer.compare(last, other.last);
    }

    @Override
    public String toString() {
        return first == last ? Integer.toString(first) : first + "-" + last;
    }
}
