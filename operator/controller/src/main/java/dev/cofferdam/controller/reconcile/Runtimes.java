package dev.cofferdam.controller.reconcile;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeRuntimeHandler;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClass;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** Says whether a runtime class is there, is gVisor's, and has a node that can run it. Good news is kept for a short while, bad news never. */
public final class Runtimes {
    private static final Duration KEPT = Duration.ofSeconds(10);

    /** Bad news is asked for at most this often, so that a wave of runs does not list all nodes each. */
    private static final Duration NODES_KEPT = Duration.ofSeconds(2);

    private static final long PAGE = 500;

    private record Handlers(Set<String> names, Instant until) {}

    private final KubernetesClient client;
    private final Set<String> accepted;
    private final Clock clock;
    private final Map<String, Instant> good = new ConcurrentHashMap<>();
    private volatile Handlers handlers = new Handlers(Set.of(), Instant.MIN);

    /** @param accepted handlers that are gVisor's, wherever they are installed under which name */
    public Runtimes(KubernetesClient client, Set<String> accepted, Clock clock) {
        this.client = client;
        this.accepted = Set.copyOf(accepted);
        this.clock = clock;
    }

    /** Why runs of this runtime class cannot run now; empty where they can. */
    public Optional<String> unavailable(String runtimeClassName) {
        Instant now = clock.instant();
        if (now.isBefore(good.getOrDefault(runtimeClassName, Instant.MIN))) {
            return Optional.empty();
        }
        Optional<String> why = look(runtimeClassName, now);
        if (why.isEmpty()) {
            good.put(runtimeClassName, now.plus(KEPT));
        }
        return why;
    }

    private Optional<String> look(String name, Instant now) {
        RuntimeClass runtimeClass =
                client.resources(RuntimeClass.class).withName(name).get();
        if (runtimeClass == null) {
            return Optional.of("there is no RuntimeClass \"" + name
                    + "\"; install it, or correct spec.isolation.runtimeClassName of the policy");
        }
        String handler = runtimeClass.getHandler();
        if (!accepted.contains(handler)) {
            return Optional.of("the RuntimeClass \"" + name + "\" has the handler \"" + handler
                    + "\", which is not gVisor's here (accepted: "
                    + String.join(", ", accepted.stream().sorted().toList()) + "); name another in the policy");
        }
        return nodeHandlers(now).contains(handler)
                ? Optional.empty()
                : Optional.of("no node has the handler \"" + handler + "\" of the RuntimeClass \"" + name
                        + "\"; install gVisor on a node");
    }

    private Set<String> nodeHandlers(Instant now) {
        Handlers known = handlers;
        if (now.isBefore(known.until())) {
            return known.names();
        }
        Set<String> names = Pages.of(client.nodes(), PAGE)
                .map(Node::getStatus)
                .flatMap(status -> status.getRuntimeHandlers().stream())
                .map(NodeRuntimeHandler::getName)
                .collect(Collectors.toUnmodifiableSet());
        handlers = new Handlers(names, now.plus(NODES_KEPT));
        return names;
    }
}
