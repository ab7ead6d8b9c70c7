package dev.cofferdam.controller.reconcile;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.ListMeta;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Listable;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** Reads a long list a page at a time, so that neither side ever holds all of it. */
final class Pages {
    /** Where a list begins, and what comes behind its last page. */
    static final String END = "";

    private Pages() {}

    /** @param next where the next page begins; {@link #END} behind the last */
    record Page<T>(List<T> items, String next) {}

    static <T extends HasMetadata, L extends KubernetesResourceList<T>> Stream<T> of(Listable<L> list, long size) {
        return Stream.iterate(
                        page(list, size, END),
                        Objects::nonNull,
                        (Page<T> page) -> page.next().equals(END) ? null : page(list, size, page.next()))
                .flatMap(page -> page.items().stream());
    }

    /**
     * One page. Where the API server no longer knows the list as it was when it began, because that takes more than some minutes, the page is empty, and the next one is of the list as it is
     * now, from there on: what was there all the time is in one of the pages.
     *
     * @param from where it begins
     */
    static <T extends HasMetadata, L extends KubernetesResourceList<T>> Page<T> page(
            Listable<L> list, long size, String from) {
        try {
            L page = list.list(new ListOptionsBuilder()
                    .withLimit(size)
                    .withContinue(from.equals(END) ? null : from)
                    .build());
            return new Page<>(page.getItems(), next(page.getMetadata()).orElse(END));
        } catch (KubernetesClientException e) {
            Optional<String> onward = e.getCode() == HttpURLConnection.HTTP_GONE
                    ? Optional.ofNullable(e.getStatus())
                            .map(Status::getMetadata)
                            .flatMap(Pages::next)
                    : Optional.empty();
            return new Page<>(List.of(), onward.orElseThrow(() -> e));
        }
    }

    private static Optional<String> next(ListMeta list) {
        return Optional.ofNullable(list.getContinue()).filter(token -> !token.isEmpty());
    }
}
