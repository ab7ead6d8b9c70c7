package dev.cofferdam.gateway.channel;

import dev.cofferdam.api.v1alpha1.Outcome;
import dev.cofferdam.gateway.channel.SupervisorFrame.Stream;
import dev.cofferdam.policy.Job;
import java.util.Optional;
import java.util.Set;

/**
 * What one supervisor has said so far. Pure: {@code started}, then {@code output} as often as it takes, then {@code result}, once. Where nothing ran, only
 * {@code result}.
 *
 * @param outputBytes how many bytes of each stream may travel
 * @param closed what may be told to be open, as {@link Gate.Address} has it
 * @param secrets what may be told to be missing
 * @param files what the tool sees of a workspace: where it has no view of one, it changes nothing
 * @param events how many events there were so far
 */
record ChannelState(
        int outputBytes,
        Set<String> closed,
        Set<String> secrets,
        Job.Files files,
        Stage stage,
        Kept stdout,
        Kept stderr,
        int events,
        Optional<SupervisorFrame.Changes> changes,
        Optional<SupervisorFrame.Outputs> outputs) {
    /** Most events of one run: a supervisor counts what happens again. */
    static final int EVENTS_MOST = 4096;

    enum Stage {
        Waiting,
        Running,
        Ended
    }

    /** What follows from a frame. */
    sealed interface Step {
        /** Nothing but the new state. */
        record Advanced(ChannelState state) implements Step {}

        /** The tool runs from now on. */
        record ToolStarted(ChannelState state) implements Step {}

        /**
         * The tool did something that is to be on record.
         *
         * @param number of the event in the supervisor's story, from 1: the same event has the same number when it is told again
         */
        record Happened(ChannelState state, SupervisorFrame.Event event, int number) implements Step {}

        /** The end, and what is kept of both streams. */
        record ToolEnded(
                ChannelState state,
                SupervisorFrame.Result result,
                Optional<SupervisorFrame.Changes> changes,
                Optional<SupervisorFrame.Outputs> outputs,
                byte[] stdout,
                byte[] stderr)
                implements Step {
            /** The same of a tool whose end is not its own. */
            ToolEnded stopped() {
                return new ToolEnded(state, result.stopped(), changes, outputs, stdout, stderr);
            }
        }

        /** No honest supervisor sends this now; {@code rule} says why. */
        record Violation(String rule) implements Step {}
    }

    static ChannelState fresh(int outputBytes, Set<String> closed, Set<String> secrets, Job.Files files) {
        return new ChannelState(
                outputBytes,
                closed,
                secrets,
                files,
                Stage.Waiting,
                Kept.NOTHING,
                Kept.NOTHING,
                0,
                Optional.empty(),
                Optional.empty());
    }

    /** The same, before anything was said. */
    ChannelState again() {
        return fresh(outputBytes, closed, secrets, files);
    }

    private ChannelState at(Stage other) {
        return new ChannelState(outputBytes, closed, secrets, files, other, stdout, stderr, events, changes, outputs);
    }

    Step receive(SupervisorFrame frame) {
        if (stage == Stage.Ended) {
            return new Step.Violation("nothing follows the result");
        }
        return switch (frame) {
            case SupervisorFrame.Started ignored ->
                stage == Stage.Waiting
                        ? new Step.ToolStarted(at(Stage.Running))
                        : new Step.Violation("a tool starts once");
            case SupervisorFrame.Output output -> output(output);
            case SupervisorFrame.Event event -> event(event);
            case SupervisorFrame.Changes told -> changes(told);
            case SupervisorFrame.Outputs told -> outputs(told);
            case SupervisorFrame.Result result -> result(result);
        };
    }

    private Step output(SupervisorFrame.Output output) {
        if (stage != Stage.Running || changes.isPresent()) {
            return new Step.Violation("output comes after started, and before what was changed");
        }
        if (output.data().length == 0) {
            // Bounds the number of frames by the bytes that may travel.
            return new Step.Violation("a piece of output has at least one byte");
        }
        Kept so = output.stream() == Stream.stdout ? stdout : stderr;
        if (so.size() + output.data().length > outputBytes) {
            return new Step.Violation("at most outputBytes of each stream travel");
        }
        Kept now = so.add(output.data());
        return new Step.Advanced(
                output.stream() == Stream.stdout
                        ? new ChannelState(
                                outputBytes, closed, secrets, files, stage, now, stderr, events, changes, outputs)
                        : new ChannelState(
                                outputBytes, closed, secrets, files, stage, stdout, now, events, changes, outputs));
    }

    private Step event(SupervisorFrame.Event event) {
        if (stage != Stage.Running || changes.isPresent()) {
            return new Step.Violation("events come after started, and before what was changed");
        }
        if (events == EVENTS_MOST) {
            return new Step.Violation("a run has at most " + EVENTS_MOST + " events");
        }
        ChannelState now = new ChannelState(
                outputBytes, closed, secrets, files, stage, stdout, stderr, events + 1, changes, outputs);
        return new Step.Happened(now, event, now.events);
    }

    private Step changes(SupervisorFrame.Changes told) {
        if (stage != Stage.Running || changes.isPresent()) {
            return new Step.Violation("what was changed is told once, after started");
        }
        if (!files.hasView()) {
            return new Step.Violation("scratch space does not change");
        }
        return ChangesRule.broken(told, files)
                .<Step>map(Step.Violation::new)
                .orElseGet(() -> new Step.Advanced(new ChannelState(
                        outputBytes,
                        closed,
                        secrets,
                        files,
                        stage,
                        stdout,
                        stderr,
                        events,
                        Optional.of(told),
                        outputs)));
    }

    private Step outputs(SupervisorFrame.Outputs told) {
        if (changes.isEmpty() || outputs.isPresent()) {
            return new Step.Violation("outputs are told once, after what was changed");
        }
        return told.files().size() == files.outputs().size()
                ? new Step.Advanced(new ChannelState(
                        outputBytes, closed, secrets, files, stage, stdout, stderr, events, changes, Optional.of(told)))
                : new Step.Violation("outputs are those that the job asks for");
    }

    private Step result(SupervisorFrame.Result result) {
        if (stage == Stage.Running && result.nothingRan()) {
            return new Step.Violation("a tool that started was found and could be executed");
        }
        if (result.open().filter(open -> !closed.contains(open)).isPresent()) {
            return new Step.Violation("open is one of the addresses that the job wants closed");
        }
        if (!secrets.containsAll(result.secrets())) {
            return new Step.Violation("secrets are of those that the job names");
        }
        if (stage == Stage.Waiting && !result.nothingRan() && !endsWhatHasNotBegun(result.outcome())) {
            return new Step.Violation("a tool that ended has started");
        }
        if (stage == Stage.Waiting && (result.durationMillis() | result.cpuMillis() | result.peakMemoryBytes()) != 0) {
            return new Step.Violation("where nothing ran, nothing was used");
        }
        if (!plausible(result.stdoutBytes(), stdout) || !plausible(result.stderrBytes(), stderr)) {
            return new Step.Violation("totals match what was sent");
        }
        ChannelState ended = new ChannelState(
                outputBytes,
                closed,
                secrets,
                files,
                Stage.Ended,
                Kept.NOTHING,
                Kept.NOTHING,
                events,
                Optional.empty(),
                Optional.empty());
        return new Step.ToolEnded(ended, result, changes, outputs, stdout.bytes(), stderr.bytes());
    }

    /** An order to stop, and a network that was open from the beginning. */
    private static boolean endsWhatHasNotBegun(Outcome outcome) {
        return outcome == Outcome.Stopped || outcome == Outcome.NetworkNotIsolated;
    }

    /** Exactly the first bytes travelled, as many as may. */
    private boolean plausible(long total, Kept kept) {
        return kept.size() == Math.min(total, outputBytes);
    }
}
