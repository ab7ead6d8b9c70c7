package dev.cofferdam.controller.reconcile;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.cofferdam.api.v1alpha1.Api;
import io.fabric8.kubernetes.api.model.ListMeta;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.net.HttpURLConnection;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;

/** Which runs of a policy there are, by their metadata alone: a run may hold a whole result, and there may be many. */
public final class RunList {
    private static final int PAGE = 500;
    private static final String METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

    private final KubernetesClient client;

    public RunList(KubernetesClient client) {
        this.client = client;
    }

    @JsonIgnoreProperties(ignoreUnknown = true)
    private record Page(ListMeta metadata, List<Item> items) {
        Page {
            // So the API server writes an empty list of metadata.
            items = items == null ? List.of() : items;
        }
    }

    @JsonIgnoreProperties(ignoreUnknown = true)
    private record Item(ObjectMeta metadata) {}

    /** Those that were let through or wait for their turn: decided, and not denied. */
    public Stream<Rates.Passed> passed(String namespace, String policy) {
        List<Rates.Passed> passed = new ArrayList<>();
        String next = "";
        do {
            Page page = page(namespace, "spec.policyRef.name=" + policy + ",status.phase!=Denied,status.phase!=", next);
            page.items()
                    .forEach(item -> passed.add(new Rates.Passed(
                            item.metadata().getUid(),
                            Instant.parse(item.metadata().getCreationTimestamp()))));
            next = page.metadata() == null || page.metadata().getContinue() == null
                    ? ""
                    : page.metadata().getContinue();
        } while (!next.isEmpty());
        return passed.stream();
    }

    private Page page(String namespace, String fields, String next) {
        String uri = client.getMasterUrl() + "apis/" + Api.GROUP + "/" + Api.VERSION + "/namespaces/" + namespace
                + "/toolruns?limit=" + PAGE
                + "&fieldSelector=" + encoded(fields)
                + (next.isEmpty() ? "" : "&continue=" + encoded(next));
        try {
            HttpResponse<String> answer = client.getHttpClient()
                    .sendAsync(
                            client.getHttpClient()
                                    .newHttpRequestBuilder()
                                    .uri(uri)
                                    .header("Accept", METADATA)
                                    .build(),
                            String.class)
                    .join();
            if (answer.code() != HttpURLConnection.HTTP_OK) {
                throw new KubernetesClientException("listing the runs of a policy: HTTP " + answer.code());
            }
            return Serialization.unmarshal(answer.body(), Page.class);
        } catch (CompletionException e) {
            throw new KubernetesClientException("listing the runs of a policy: " + e.getMessage(), e);
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
