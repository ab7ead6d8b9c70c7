package dev.cofferdam.controller.reconcile;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Executor;

/**
 * Long work, of which a piece is done at a time, of each namespace in turn: one with a lot to do keeps no other one waiting for longer than a piece. One after the
 * other within a namespace. Thread-safe.
 */
final class Rounds {
    private final Executor thread;

    /** Those whose turn comes first are first. */
    private final Map<String, Queue<Work>> namespaces = new LinkedHashMap<>();

    /** What takes long. */
    interface Work {
        /** Does a piece. Must not throw. @return whether that was the last */
        boolean piece();
    }

    /** @param thread does one thing at a time */
    Rounds(Executor thread) {
        this.thread = thread;
    }

    synchronized void add(String namespace, Work work) {
        namespaces.computeIfAbsent(namespace, name -> new ArrayDeque<>()).add(work);
        thread.execute(this::next);
    }

    /** For each work that is not done there is one of these to come, of whosever turn it is then. */
    private void next() {
        String namespace;
        Work work;
        synchronized (this) {
            namespace = namespaces.keySet().iterator().next();
            Queue<Work> all = namespaces.remove(namespace);
            namespaces.put(namespace, all);
            work = all.peek();
        }
        if (!work.piece()) {
            thread.execute(this::next);
            return;
        }
        synchronized (this) {
            Queue<Work> all = namespaces.get(namespace);
            all.remove();
            if (all.isEmpty()) {
                namespaces.remove(namespace);
            }
        }
    }
}
