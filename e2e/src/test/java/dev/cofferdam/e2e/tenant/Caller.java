package dev.cofferdam.e2e.tenant;

import dev.cofferdam.e2e.cluster.TestCluster;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReview;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.vertx.core.http.HttpClosedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Somebody who sends plain requests to the API server: what kubectl and client libraries would not let one say, too.
 *
 * @param user empty: the admin of the kubeconfig, as which all others are impersonated
 */
public record Caller(String user, List<String> groups) {
    public static final Caller ADMIN = new Caller("", List.of());

    /** Has the role {@code edit} where {@link Tenant#withDeveloper()} was called. */
    public static final Caller DEVELOPER = new Caller("e2e-developer", List.of("system:authenticated"));

    public static final Caller CONTROLLER = serviceAccount(Names.SYSTEM_NAMESPACE, Names.CONTROLLER);
    public static final Caller GATEWAY = serviceAccount(Names.SYSTEM_NAMESPACE, Names.GATEWAY);

    private static final long PATIENCE_SECONDS = 90;
    private static final int READ_AGAIN_MOST = 3;
    private static final Map<Caller, KubernetesClient> CLIENTS = new ConcurrentHashMap<>();

    /** HTTP status code and body. */
    public record Answer(int code, String body) {}

    /** The API server itself adds the groups of a service account. */
    public static Caller serviceAccount(String namespace, String name) {
        return new Caller("system:serviceaccount:" + namespace + ":" + name, List.of());
    }

    public static Caller node(String name) {
        return new Caller("system:node:" + name, List.of("system:nodes", "system:authenticated"));
    }

    /**
     * Whether the API server would let it, by what it knows by now: it learns of a role a moment after that is bound.
     *
     * @param resource and its subresource behind a slash, where it is one
     * @param name of one object; empty: of any
     */
    public boolean may(String verb, String group, String resource, String namespace, String name) {
        String[] parts = resource.split("/", 2);
        SubjectAccessReview asked = new SubjectAccessReviewBuilder()
                .withNewSpec()
                .withUser(user)
                .withGroups(groups)
                .withNewResourceAttributes()
                .withVerb(verb)
                .withGroup(group)
                .withResource(parts[0])
                .withSubresource(parts.length > 1 ? parts[1] : null)
                .withNamespace(namespace)
                .withName(name)
                .endResourceAttributes()
                .endSpec()
                .build();
        return Boolean.TRUE.equals(
                TestCluster.Holder.client().resource(asked).create().getStatus().getAllowed());
    }

    /** @param type content type of the body; both empty where there is none */
    public Answer send(String method, String path, String type, String body) {
        KubernetesClient client = CLIENTS.computeIfAbsent(this, Caller::connect);
        HttpRequest.Builder request = client.getHttpClient()
                .newHttpRequestBuilder()
                .uri(client.getMasterUrl().toString().replaceAll("/$", "") + path);
        if (!method.equals("GET")) {
            request.method(method, type.isEmpty() ? "application/json" : type, body);
        }
        return send(client.getHttpClient(), request.build(), READ_AGAIN_MOST);
    }

    private static Answer send(HttpClient client, HttpRequest request, int again) {
        try {
            HttpResponse<String> answer =
                    client.sendAsync(request, String.class).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            return new Answer(answer.code(), answer.bodyString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ExecutionException | TimeoutException e) {
            // A connection may be closed under a request; to read once more does no harm.
            if (e.getCause() instanceof HttpClosedException && request.method().equals("GET") && again > 0) {
                return send(client, request, again - 1);
            }
            throw new IllegalStateException("no answer to " + request.method() + " " + request.uri(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static KubernetesClient connect(Caller caller) {
        Config admin = TestCluster.Holder.client().getConfiguration();
        Config config = caller.user().isEmpty()
                ? admin
                : new ConfigBuilder(admin)
                        .withImpersonateUsername(caller.user())
                        .withImpersonateGroups(caller.groups().toArray(String[]::new))
                        .build();
        return new KubernetesClientBuilder().withConfig(config).build();
    }

    @Override
    public String toString() {
        return user.isEmpty() ? "the admin" : user.substring(user.lastIndexOf(':') + 1);
    }
}
