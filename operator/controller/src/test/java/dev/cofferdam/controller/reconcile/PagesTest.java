package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ConfigMapList;
import io.fabric8.kubernetes.api.model.ConfigMapListBuilder;
import io.fabric8.kubernetes.api.model.ListOptions;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Listable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class PagesTest {
    private final List<String> asked = new ArrayList<>();

    @Test
    void allPagesComeOneAfterTheOther() {
        assertThat(names(from -> switch (from) {
                    case "" -> page("more", "a", "b");
                    case "more" -> page("last", "c");
                    default -> page("", "d");
                }))
                .containsExactly("a", "b", "c", "d");
        assertThat(asked).containsExactly("", "more", "last");
    }

    /** A token is good for some minutes; with one that is too old the API server gives another one, for the rest of the list as it is now. */
    @Test
    void whatIsNotKnownAsItWasGoesOnAsItIs() {
        assertThat(names(from -> switch (from) {
                    case "" -> page("old", "a");
                    case "old" -> throw gone("onward");
                    default -> page("", "b");
                }))
                .containsExactly("a", "b");
        assertThat(asked).containsExactly("", "old", "onward");
    }

    @Test
    void whereNothingGoesOnNothingIsLeftOutInSilence() {
        assertThatThrownBy(() -> names(from -> {
                    throw gone(null);
                }))
                .isInstanceOf(KubernetesClientException.class);
    }

    private List<String> names(Function<String, ConfigMapList> server) {
        Listable<ConfigMapList> list = new Listable<>() {
            @Override
            public ConfigMapList list() {
                return list(new ListOptions());
            }

            @Override
            @SuppressWarnings("deprecation")
            public ConfigMapList list(Integer limit, String from) {
                throw new UnsupportedOperationException();
            }

            @Override
            public ConfigMapList list(ListOptions options) {
                String from = options.getContinue() == null ? "" : options.getContinue();
                asked.add(from);
                return server.apply(from);
            }
        };
        return Pages.<ConfigMap, ConfigMapList>of(list, 2)
                .map(each -> each.getMetadata().getName())
                .toList();
    }

    private static ConfigMapList page(String next, String... names) {
        return new ConfigMapListBuilder()
                .withNewMetadata()
                .withContinue(next)
                .endMetadata()
                .withItems(List.of(names).stream()
                        .map(name -> new ConfigMapBuilder()
                                .withNewMetadata()
                                .withName(name)
                                .endMetadata()
                                .build())
                        .toList())
                .build();
    }

    private static KubernetesClientException gone(String onward) {
        return new KubernetesClientException(new StatusBuilder()
                .withCode(410)
                .withNewMetadata()
                .withContinue(onward)
                .endMetadata()
                .build());
    }
}
