package dev.cofferdam.gateway.egress;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class InspectedSharesTest {
    @Test
    void aNamespaceHasAQuarterAndAllHaveNoMoreThanThereIs() {
        InspectedShares shares = new InspectedShares(8);
        for (String namespace : new String[] {"a", "b", "c"}) {
            assertThat(shares.enter(namespace)).isTrue();
            assertThat(shares.enter(namespace)).isTrue();
            assertThat(shares.enter(namespace)).isFalse();
        }
        assertThat(shares.enter("d")).isTrue();
        assertThat(shares.enter("e")).isTrue();
        assertThat(shares.enter("f")).isFalse();
        shares.leave("a");
        assertThat(shares.enter("b")).isFalse();
        assertThat(shares.enter("f")).isTrue();
        shares.leave("b");
        assertThat(shares.enter("b")).isTrue();
    }
}
