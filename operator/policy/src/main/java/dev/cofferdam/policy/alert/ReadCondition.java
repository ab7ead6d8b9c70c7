package dev.cofferdam.policy.alert;

/** What became of the text of a condition. */
public sealed interface ReadCondition {
    /** It can be asked. */
    record Good(AlertCondition condition) implements ReadCondition {}

    /**
     * It cannot.
     *
     * @param column of the mistake in the text, from 1
     * @param message what is wrong there, and what to write; text of the condition in it is bounded and escaped
     */
    record Bad(int column, String message) implements ReadCondition {}
}
