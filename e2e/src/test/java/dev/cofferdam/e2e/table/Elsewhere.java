package dev.cofferdam.e2e.table;

import java.util.List;

/**
 * An attack that tests of another module make: those have no annotation of ours.
 *
 * @param test name of the function
 * @param file its path from the repository's root
 */
public record Elsewhere(String attack, String test, String file) {
    private static final String BOX = "sandbox-image/boxtest/";
    private static final String CHANNEL = "operator/gateway/src/test/java/dev/cofferdam/gateway/channel/";
    private static final String CLUSTER = "operator/gateway/src/test/java/dev/cofferdam/gateway/cluster/";

    public static final List<Elsewhere> ALL = List.of(
            new Elsewhere(
                    "the tool calls what loosens a box: mounts, namespaces, ptrace, memfd, bpf, perf, io_uring …",
                    "TestForbiddenCalls",
                    BOX + "box_test.go"),
            new Elsewhere("the same under gVisor", "TestSeccompUnderGVisor", BOX + "python_test.go"),
            new Elsewhere(
                    "the tool looks for privilege it may have kept", "TestTheToolHasNoPrivilege", BOX + "box_test.go"),
            new Elsewhere("the tool writes to its root", "TestRootIsReadOnly", BOX + "box_test.go"),
            new Elsewhere("the tool looks for another way out than loopback", "TestOnlyLoopback", BOX + "box_test.go"),
            new Elsewhere(
                    "the tool looks for the pod around it: token, environment, files",
                    "TestNothingOfThePodIsVisible",
                    BOX + "box_test.go"),
            new Elsewhere("the tool looks for other processes", "TestProcShowsOnlyTheTool", BOX + "box_test.go"),
            new Elsewhere(
                    "the tool kills what it can name", "TestWhateverTheToolCanNameItCanKill", BOX + "box_test.go"),
            new Elsewhere("a fork bomb", "TestForkBombIsBounded", BOX + "box_test.go"),
            new Elsewhere("the tool fills its scratch space", "TestScratchIsBounded", BOX + "box_test.go"),
            new Elsewhere(
                    "the tool outlives itself by its children",
                    "TestBackgroundChildrenDieWithTheTool",
                    BOX + "box_test.go"),
            new Elsewhere(
                    "the tool hides an end of its output in a socket",
                    "TestAPipeEndHiddenInASocketDoesNotHoldTheRun",
                    BOX + "python_test.go"),
            new Elsewhere(
                    "a gateway that is none sends a frame against the contract",
                    "TestAFrameAgainstTheContractIsNoOrder",
                    BOX + "channel_test.go"),
            new Elsewhere(
                    "every frame of `sandbox-image/channel/golden/refused`",
                    "everythingElseIsRefusedAndNeverEchoed",
                    CHANNEL + "GoldenTest.java"),
            new Elsewhere(
                    "facts that are on their way when their run is deleted and made again",
                    "aRunThatIsOverOrAnotherOrHasNotClaimedThePodTakesNone",
                    CLUSTER + "FactsReductionTest.java"),
            new Elsewhere(
                    "a session by another key, of another pod, of another run",
                    "aSecretHoldsForItsPodAndRunOnly",
                    CHANNEL + "SessionSecretsTest.java"),
            new Elsewhere(
                    "a channel on which nothing is heard",
                    "aChannelOnWhichNothingIsHeardIsClosed",
                    CHANNEL + "HostileClientTest.java"),
            new Elsewhere(
                    "a peer that pings and never reads",
                    "whoeverPingsAndNeverReadsIsClosed",
                    CHANNEL + "HostileClientTest.java"),
            new Elsewhere(
                    "a flood of refused requests, to push others out of the record",
                    "aFloodOfOneAddressIsCountedInFullAndLeavesTheLinesOfOthers",
                    CHANNEL + "RefusalsTest.java"));
}
