package dev.cofferdam.api.v1alpha1;

/** Decodes enum values so that an object of another version never stops an informer: what is not known becomes {@code Unrecognized}. */
final class Unrecognizable {
    private Unrecognizable() {}

    static <E extends Enum<E>> E parse(Class<E> type, String text, E unrecognized) {
        for (E value : type.getEnumConstants()) {
            if (value != unrecognized && value.name().equals(text)) {
                return value;
            }
        }
        return unrecognized;
    }
}
