package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Of whom something is forgotten where there is too much to remember. */
class OfPoliciesTest {
    private final OfPolicies<String> policies = new OfPolicies<>(5);
    private final List<String> made = new ArrayList<>();

    @Test
    void whoMakesPoliciesMakesNobodyElseForget() {
        ask("quiet", "q1");
        ask("quiet", "q2");
        for (int policy = 0; policy < 1000; policy++) {
            ask("loud", "l" + policy);
        }
        made.clear();

        ask("quiet", "q1");
        ask("quiet", "q2");
        assertThat(made).isEmpty();
        ask("loud", "l999");
        ask("loud", "l998");
        ask("loud", "l997");
        assertThat(made).isEmpty();
        ask("loud", "l996");
        assertThat(made).containsExactly("l996");
    }

    @Test
    void whatIsAskedForIsKeptBeforeWhatIsNot() {
        for (int policy = 0; policy < 5; policy++) {
            ask("n", "p" + policy);
        }
        ask("n", "p0");
        ask("n", "p5");
        made.clear();

        ask("n", "p0");
        assertThat(made).isEmpty();
        ask("n", "p1");
        assertThat(made).containsExactly("p1");
    }

    /** One policy each, and one too many. */
    @Test
    void manyNamespacesAreBoundedToo() {
        for (int namespace = 0; namespace < 6; namespace++) {
            ask("n" + namespace, "p" + namespace);
        }
        made.clear();

        for (int namespace = 5; namespace > 0; namespace--) {
            ask("n" + namespace, "p" + namespace);
        }
        assertThat(made).isEmpty();
        ask("n0", "p0");
        assertThat(made).containsExactly("p0");
    }

    private void ask(String namespace, String uid) {
        String known = policies.get(namespace, uid, anew -> {
            made.add(anew);
            return anew;
        });
        assertThat(known).isEqualTo(uid);
    }
}
