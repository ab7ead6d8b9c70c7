package dev.cofferdam.controller.reconcile;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** One label of namespaces, as far as the API server has told. Only those that have it are watched; one that loses it is seen going. */
final class NamespaceLabel<P extends HasMetadata> {
    private final String label;
    private final InformerEventSource<Namespace, P> namespaces;

    /** @param concerned what a change of it concerns, by the namespace's name */
    NamespaceLabel(
            String label,
            Class<P> primary,
            Function<String, Set<ResourceID>> concerned,
            EventSourceContext<P> context) {
        this.label = label;
        this.namespaces = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(Namespace.class, primary)
                        .withName("namespaces with " + label)
                        .withComparableResourceVersion(false)
                        .withLabelSelector(label)
                        .withPrimaryToSecondaryMapper((P there) -> Set.of())
                        .withSecondaryToPrimaryMapper(namespace ->
                                concerned.apply(namespace.getMetadata().getName()))
                        .build(),
                context);
    }

    EventSource<?, P> source() {
        return namespaces;
    }

    /** Its value; empty where the namespace does not have it. */
    Optional<String> of(String namespace) {
        return namespaces
                .get(new ResourceID(namespace))
                .map(there -> there.getMetadata().getLabels().getOrDefault(label, ""));
    }
}
