package dev.cofferdam.record;

/** What the object keeps of both streams of a tool. */
public record OutputRecord(StreamRecord stdout, StreamRecord stderr) {
    /** Everything in a result but the streams, with room to spare. */
    private static final int OTHER_FIELDS_BYTES = 2 << 10;

    /** Both records, cut further until the whole result fits into {@link Budgets#RESULT_BYTES}. */
    public static OutputRecord of(StreamRecord stdout, StreamRecord stderr) {
        return within(stdout, stderr, Budgets.RESULT_BYTES - OTHER_FIELDS_BYTES);
    }

    /** No more than {@code bytes} in all: a stream that needs less than half gets what it needs, the other one the rest. */
    static OutputRecord within(StreamRecord stdout, StreamRecord stderr, long bytes) {
        long half = bytes / 2;
        long forStderr = Math.max(half, bytes - stdout.jsonBytes());
        StreamRecord shorterStderr = stderr.within(forStderr);
        return new OutputRecord(stdout.within(bytes - shorterStderr.jsonBytes()), shorterStderr);
    }
}
