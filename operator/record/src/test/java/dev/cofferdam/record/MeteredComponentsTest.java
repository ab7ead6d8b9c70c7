package dev.cofferdam.record;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MeteredComponentsTest {
    @Test
    void tellsSoManyApartAndNoneMore() {
        MeteredComponents components = new MeteredComponents();
        for (int i = 0; i < MeteredComponents.MOST; i++) {
            assertThat(components.label("policy/" + i)).isEqualTo("policy/" + i);
        }

        assertThat(components.label("policy/new")).isEqualTo(MeteredComponents.OTHER);
        assertThat(components.label("policy/0")).isEqualTo("policy/0");
    }
}
