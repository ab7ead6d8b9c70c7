package dev.cofferdam.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NewestTest {
    /** By every way in which an entry comes. */
    @Test
    void whatIsInItForTheLongestIsForgotten() {
        Map<String, Integer> map = new Newest<>(2);
        map.put("a", 1);
        map.put("b", 1);
        map.put("a", 2);

        map.merge("c", 1, Integer::sum);
        assertThat(map.keySet()).containsExactly("b", "c");
        map.computeIfAbsent("d", key -> 1);
        assertThat(map.keySet()).containsExactly("c", "d");
    }

    @Test
    void byUseItIsWhatNobodyAskedForTheLongest() {
        Map<String, Integer> map = Newest.byUse(2);
        map.put("a", 1);
        map.put("b", 1);
        map.getOrDefault("a", 0);

        map.put("c", 1);

        assertThat(map.keySet()).containsExactly("a", "c");
    }

    @Test
    void aSetForgetsAsTheMapDoes() {
        Set<String> set = Newest.set(2);

        set.addAll(List.of("a", "b", "c"));

        assertThat(set).containsExactly("b", "c");
    }
}
