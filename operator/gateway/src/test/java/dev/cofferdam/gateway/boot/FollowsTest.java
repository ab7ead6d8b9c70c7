package dev.cofferdam.gateway.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FollowsTest {
    @Test
    void whatOneOfThemThrowsIsNothingToTheOthers() {
        List<String> looked = new ArrayList<>();

        new Follows(List.of(
                        () -> looked.add("one"),
                        () -> {
                            throw new IllegalStateException("a file that is none");
                        },
                        () -> looked.add("three")))
                .all();

        assertThat(looked).containsExactly("one", "three");
    }
}
