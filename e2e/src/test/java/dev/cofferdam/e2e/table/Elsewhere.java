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
                    "the tool takes, changes or covers an address or a port of its box, pings, or speaks raw IP",
                    "TestTheToolCannotTakeOrChangeTheBoxesNetwork",
                    BOX + "egress_attacks_test.go"),
            new Elsewhere(
                    "the tool connects to the gateway, the pod or what else `/proc/net/tcp` names",
                    "TestTheToolReachesNeitherTheGatewayNorThePod",
                    BOX + "egress_attacks_test.go"),
            new Elsewhere(
                    "the tool asks a name server: by UDP, TCP, TLS, HTTPS or QUIC, or by its own for another's name",
                    "TestNoNameServerIsReached",
                    BOX + "egress_attacks_test.go"),
            new Elsewhere(
                    "the tool connects to the clouds' metadata, in nineteen spellings",
                    "TestNoSpellingLeadsToTheCloudsMetadata",
                    BOX + "egress_attacks_test.go"),
            new Elsewhere(
                    "the tool floods what is refused, to push others out of the record",
                    "TestFloodsAreCountedExactly",
                    BOX + "egress_attacks_test.go"),
            new Elsewhere(
                    "a supervisor that was taken over asks the gateway for the clouds' metadata, in 21 spellings",
                    "metadataHasNoSpellingThatIsReached",
                    CHANNEL + "TunnelNamesTest.java"),
            new Elsewhere(
                    "the same asks for what differs from a rule in one element, with zones, users, paths, 8000 letters",
                    "whatIsOneElementOffIsRefusedAndNobodyHearsOfIt",
                    CHANNEL + "TunnelNamesTest.java"),
            new Elsewhere(
                    "a name server with a time to live of none alternates between a good and a bad answer",
                    "aNameThatRebindsIsHeldToTheAnswerOfEachConnection",
                    CHANNEL + "TunnelNamesTest.java"),
            new Elsewhere(
                    "the same mixes a bad answer among the good ones: private, loopback, IPv6, NAT64",
                    "oneAnswerThatMustNotBeReachedDeniesThemAll",
                    CHANNEL + "TunnelNamesTest.java"),
            new Elsewhere(
                    "a name server answers that another one, at an address of its choice, is to be asked",
                    "aReferralIsAskedOfTheClustersServersAlone",
                    CHANNEL + "TunnelNamesTest.java"),
            new Elsewhere(
                    "TLS by another server name, by none, none at all, in pieces, too long, too slow",
                    "tlsGreetsTheServerThatWasNamedBeforeAnyServerHearsOfIt",
                    CHANNEL + "TunnelTest.java"),
            new Elsewhere(
                    "another run's session asks for a tunnel", "nobodyElseHasATunnel", CHANNEL + "TunnelTest.java"),
            new Elsewhere(
                    "a session asks for a tunnel after its run's end",
                    "theEndOfTheRunClosesWhatIsOpenAndHasItOnRecord",
                    CHANNEL + "TunnelEndsTest.java"),
            new Elsewhere(
                    "some eighty requests of HTTP that two servers read differently: `Host`, whole URLs, users, NUL, CR, LF, lengths, CONNECT, upgrades",
                    "whatCouldBeReadInTwoWaysIsRefusedAndNobodyHearsOfIt",
                    CHANNEL + "HttpSmugglingTest.java"),
            new Elsewhere(
                    "the second request of a connection is for another host",
                    "theSecondRequestIsLookedAtAsTheFirst",
                    CHANNEL + "HttpSmugglingTest.java"),
            new Elsewhere(
                    "a head of 40 000 bytes, or one that does not come to its end",
                    "whatIsTooLongOrTooSlowIsRefused",
                    CHANNEL + "HttpSmugglingTest.java"),
            new Elsewhere(
                    "all that inside TLS, where it is inspected",
                    "smugglingAndOtherProtocolsAreRefusedInsideTlsToo",
                    CHANNEL + "InspectTunnelTest.java"),
            new Elsewhere(
                    "records of TLS that say nothing, without end",
                    "recordsThatSayNothingAreFew",
                    CHANNEL + "InspectBoundsTest.java"),
            new Elsewhere(
                    "connections whose TLS ends at the gateway, kept after their answers to take them from others",
                    "whoeverAsksForNothingMoreIsLetGoInOrder",
                    CHANNEL + "InspectBoundsTest.java"),
            new Elsewhere(
                    "the same, held by requests of which nobody says anything any more",
                    "aServerThatDoesNotAnswerIsNotWaitedForWithoutEnd",
                    CHANNEL + "InspectSilenceTest.java"),
            new Elsewhere(
                    "the same, held by requests that say a byte now and then: as long as the run lasts, and no more than its share and its namespace's",
                    "aNamespaceHasAQuarterAndARunAQuarterOfThat",
                    "operator/gateway/src/test/java/dev/cofferdam/gateway/egress/SharesTest.java"),
            new Elsewhere(
                    "a supervisor that was taken over asks for a host name, a session or a field of 64 KiB, a field of a million bytes, or thousands of fields",
                    "whatIsTooLongIsRefusedAndNothingOfItIsSaid",
                    CHANNEL + "HostileRequestTest.java"),
            new Elsewhere(
                    "the same asks for a target with line feeds, NUL, escapes or quotes, to forge a line of the record, or for two targets",
                    "whatWouldForgeALineIsRefusedAndEscaped",
                    CHANNEL + "HostileRequestTest.java"),
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
