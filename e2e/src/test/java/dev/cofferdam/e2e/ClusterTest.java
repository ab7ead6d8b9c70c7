package dev.cofferdam.e2e;

import dev.cofferdam.e2e.tenant.TenantExtension;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/** Tests that need a cluster with Cofferdam installed. */
@Tag("cluster")
@ExtendWith(TenantExtension.class)
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface ClusterTest {
    /** {@link org.junit.jupiter.api.Order} of a class that takes minutes, much of it in one method: what begins last makes all others wait that come one at a time. */
    int EARLY = 1;
}
