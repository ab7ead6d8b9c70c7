package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

/** Who is next where some have a lot to do. */
class RoundsTest {
    private final Queue<Runnable> thread = new ArrayDeque<>();
    private final Rounds rounds = new Rounds(thread::add);
    private final List<String> done = new ArrayList<>();

    @Test
    void whoHasALotToDoKeepsNobodyWaiting() {
        add("large", "a", 100);
        add("large", "b", 100);
        thread.remove().run();
        add("small", "c", 2);
        add("other", "d", 1);

        run(6);

        assertThat(done).containsExactly("a", "a", "c", "d", "a", "c", "a");
    }

    @Test
    void allOfItIsDoneAndNothingAgain() {
        add("x", "a", 3);
        add("x", "b", 1);
        add("y", "c", 2);
        run(6);

        assertThat(thread).isEmpty();
        assertThat(done).containsExactly("a", "c", "a", "c", "a", "b");

        add("x", "d", 1);
        run(1);
        assertThat(done).endsWith("d");
        assertThat(thread).isEmpty();
    }

    private void add(String namespace, String name, int pieces) {
        int[] left = {pieces};
        rounds.add(namespace, () -> {
            done.add(name);
            left[0]--;
            return left[0] == 0;
        });
    }

    private void run(int pieces) {
        for (int piece = 0; piece < pieces; piece++) {
            thread.remove().run();
        }
    }
}
