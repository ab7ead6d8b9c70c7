package dev.cofferdam.gateway.egress;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SharesTest {
    @Test
    void aNamespaceHasAQuarterAndARunAQuarterOfThat() {
        Shares shares = new Shares(32);
        for (String run : new String[] {"a", "b", "c", "d"}) {
            assertThat(shares.enter("one", run)).isTrue();
            assertThat(shares.enter("one", run)).isTrue();
            assertThat(shares.enter("one", run)).isFalse();
        }
        assertThat(shares.enter("one", "e")).isFalse();
        assertThat(shares.enter("two", "f")).isTrue();
        shares.leave("one", "a");
        assertThat(shares.enter("one", "b")).isFalse();
        assertThat(shares.enter("one", "e")).isTrue();
        shares.leave("one", "b");
        assertThat(shares.enter("one", "b")).isTrue();
    }

    @Test
    void allHaveNoMoreThanThereIs() {
        Shares shares = new Shares(18);
        for (int namespace = 0; namespace < 4; namespace++) {
            for (int run = 0; run < 4; run++) {
                assertThat(shares.enter("n" + namespace, namespace + "/" + run)).isTrue();
            }
        }
        assertThat(shares.enter("n4", "4/0")).isTrue();
        assertThat(shares.enter("n4", "4/1")).isTrue();
        assertThat(shares.enter("n4", "4/2")).isFalse();
        shares.leave("n0", "0/0");
        assertThat(shares.enter("n5", "5/0")).isTrue();
    }
}
