package dev.cofferdam.controller.reconcile;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.RequestConfigBuilder;
import java.time.Duration;

/** A client that asks once, and not for long: of what is looked at again anyway, and is old by the time of a second try. */
public final class ImpatientClient {
    private ImpatientClient() {}

    /**
     * The same client otherwise.
     *
     * @param patience for the answer to one request
     */
    public static KubernetesClient of(KubernetesClient client, Duration patience) {
        return client.newClient(
                        new RequestConfigBuilder(client.getConfiguration().getRequestConfig())
                                .withRequestRetryBackoffLimit(0)
                                .withRequestTimeout((int) patience.toMillis())
                                .build())
                .adapt(KubernetesClient.class);
    }
}
