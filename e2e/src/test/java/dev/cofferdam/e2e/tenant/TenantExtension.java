package dev.cofferdam.e2e.tenant;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives each test method that asks for a {@link Tenant} one of its own, and removes it afterwards. */
public final class TenantExtension implements ParameterResolver {
    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Tenant.class;
    }

    @Override
    public Tenant resolveParameter(ParameterContext parameter, ExtensionContext context) {
        // The store closes what is AutoCloseable in it when the test method ends.
        return context.getStore(Namespace.create(TenantExtension.class, context.getUniqueId()))
                .computeIfAbsent(Tenant.class, ignored -> Tenant.create(), Tenant.class);
    }
}
