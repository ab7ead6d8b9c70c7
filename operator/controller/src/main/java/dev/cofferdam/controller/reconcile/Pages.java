package dev.cofferdam.controller.reconcile;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.client.dsl.Listable;
import java.util.stream.Stream;

/** Reads a long list a page at a time, so that neither side ever holds all of it. */
final class Pages {
    private Pages() {}

    static <T extends HasMetadata, L extends KubernetesResourceList<T>> Stream<T> of(Listable<L> list, long size) {
        L first = list.list(new ListOptionsBuilder().withLimit(size).build());
        return Stream.iterate(first, page -> page != null, page -> next(list, page, size))
                .flatMap(page -> page.getItems().stream());
    }

    private static <T extends HasMetadata, L extends KubernetesResourceList<T>> L next(
            Listable<L> list, L page, long size) {
        String from = page.getMetadata().getContinue();
        return from == null || from.isEmpty()
                ? null
                : list.list(new ListOptionsBuilder()
                        .withLimit(size)
                        .withContinue(from)
                        .build());
    }
}
