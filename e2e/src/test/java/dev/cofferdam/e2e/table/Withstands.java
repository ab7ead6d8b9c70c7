package dev.cofferdam.e2e.table;

import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** An attack that a test makes, and that nothing comes of. A row of docs/security/attacks.md, which is written from these. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@Repeatable(Withstands.All.class)
public @interface Withstands {
    /** Who tries what, in words. */
    String value();

    Aim at();

    /** What stops it, in the order in which it is met: the first one does in this test, and each of the others where those before it are open. */
    Gate[] by();

    /** {@code Class.method} of the test in which the same attack succeeds because its one gate is open; or {@link #unopened()} says why there is none. */
    String opened() default "";

    String unopened() default "";

    /** Name of the admission policy whose attacks these are, where the test goes through a list of them. */
    String policy() default "";

    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.METHOD)
    @interface All {
        Withstands[] value();
    }
}
