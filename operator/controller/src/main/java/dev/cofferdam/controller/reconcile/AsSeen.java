package dev.cofferdam.controller.reconcile;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;

/** What is done to an object only in the version that was seen: what has changed since, or was made anew under the name, is looked at again before. */
final class AsSeen {
    private AsSeen() {}

    /** Deletes an object; false where it has changed since it was seen, or is gone. */
    static boolean delete(KubernetesClient client, HasMetadata seen) {
        try {
            client.resource(seen)
                    .lockResourceVersion(seen.getMetadata().getResourceVersion())
                    .delete();
            return true;
        } catch (KubernetesClientException e) {
            if (isOvertaken(e)) {
                return false;
            }
            throw e;
        }
    }

    /** Whether the API server says that the object has changed since it was seen, or is gone. */
    static boolean isOvertaken(KubernetesClientException answer) {
        return answer.getCode() == HttpURLConnection.HTTP_CONFLICT
                || answer.getCode() == HttpURLConnection.HTTP_NOT_FOUND;
    }
}
