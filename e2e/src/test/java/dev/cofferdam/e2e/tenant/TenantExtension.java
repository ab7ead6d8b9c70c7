package dev.cofferdam.e2e.tenant;

import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives each test method that asks for a {@link Tenant} one of its own, and removes it afterwards. A test that fails says what was there. */
public final class TenantExtension implements ParameterResolver, AfterTestExecutionCallback {
    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Tenant.class;
    }

    @Override
    public Tenant resolveParameter(ParameterContext parameter, ExtensionContext context) {
        // The store closes what is AutoCloseable in it when the test method ends.
        return store(context).computeIfAbsent(Tenant.class, ignored -> Tenant.create(), Tenant.class);
    }

    @Override
    public void afterTestExecution(ExtensionContext context) {
        Tenant tenant = store(context).get(Tenant.class, Tenant.class);
        if (tenant != null) {
            context.getExecutionException().ifPresent(failure -> failure.addSuppressed(remains(tenant)));
        }
    }

    private static Throwable remains(Tenant tenant) {
        try {
            Throwable remains = new AssertionError(Remains.of(tenant));
            remains.setStackTrace(new StackTraceElement[0]);
            return remains;
        } catch (RuntimeException e) {
            return e;
        }
    }

    private static ExtensionContext.Store store(ExtensionContext context) {
        return context.getStore(Namespace.create(TenantExtension.class, context.getUniqueId()));
    }
}
