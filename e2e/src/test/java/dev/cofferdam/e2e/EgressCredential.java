package dev.cofferdam.e2e;

import dev.cofferdam.e2e.tenant.Tenant;

/** A credential that the admin gives to the gateway and declares, beside those of others, for as long as a test. */
final class EgressCredential implements AutoCloseable {
    private static final String NAME = "cofferdam-egress-credentials";

    private final GatewayKey value;
    private final GatewayKey declaration;

    private EgressCredential(GatewayKey value, GatewayKey declaration) {
        this.value = value;
        this.declaration = declaration;
    }

    /** @param name unlike all others */
    static EgressCredential in(Tenant tenant, String name, String place, String value) {
        return in(tenant, name, tenant.namespace(), place, value);
    }

    /** @param namespace for which it is declared */
    static EgressCredential in(Tenant tenant, String name, String namespace, String place, String value) {
        String declared = "credentials: [{name: %s, namespaces: [%s], hosts: ['%s'], prefix: 'Bearer '}]\n"
                .formatted(name, namespace, place);
        return new EgressCredential(
                GatewayKey.secret(tenant, NAME, name, value),
                GatewayKey.config(tenant, NAME, name + ".yaml", declared));
    }

    @Override
    public void close() {
        declaration.close();
        value.close();
    }
}
