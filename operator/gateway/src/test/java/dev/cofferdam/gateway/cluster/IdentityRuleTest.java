package dev.cofferdam.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.gateway.channel.Claim;
import dev.cofferdam.gateway.channel.Gate;
import dev.cofferdam.gateway.channel.Identification;
import dev.cofferdam.gateway.channel.Identification.Identified;
import dev.cofferdam.gateway.channel.Identification.Refused;
import dev.cofferdam.gateway.channel.Identification.Undecided;
import dev.cofferdam.gateway.channel.Refusal;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class IdentityRuleTest {
    private static final TokenSubject SUBJECT = new TokenSubject("ns", Given.POD_NAME, Given.POD_UID);
    private final ClusterView view = new ClusterView();

    @Test
    void thePodOfAClaimedRunIsIdentified() {
        view.put(Given.pod(Given.ADDRESS));
        view.put(Given.claimed(", audit: {sources: [{source: controller, total: 3}, {source: gateway/g, total: 2}]}"));
        assertThat(judge(Given.ADDRESS)).isInstanceOfSatisfying(Identified.class, identified -> {
            assertThat(identified.claim().run()).isEqualTo("run");
            assertThat(identified.claim().outputBytes()).isEqualTo(10);
            assertThat(identified.claim().factsStored()).isFalse();
            assertThat(identified.claim().gate().closed().stream().map(Gate.Address::toString))
                    .containsExactly(
                            "tcp/:8444",
                            "tcp/10.96.0.1:443",
                            "tcp/10.0.0.7:10250",
                            "tcp/10.96.0.10:53",
                            "udp/10.96.0.10:53",
                            "tcp/[fd00::a]:53",
                            "udp/[fd00::a]:53");
            assertThat(identified.claim().audit().orElseThrow().total()).isEqualTo(2);
        });
    }

    @Test
    void whatIsNotKnownYetIsUndecided() {
        assertThat(judge(Given.ADDRESS))
                .isInstanceOfSatisfying(
                        Undecided.class, u -> assertThat(u.refusal()).isEqualTo(Refusal.PodUnknown));
        view.put(Given.pod(""));
        assertThat(judge(Given.ADDRESS))
                .isInstanceOfSatisfying(
                        Undecided.class, u -> assertThat(u.refusal()).isEqualTo(Refusal.WrongPeer));
        Pod withoutNode = Given.pod(Given.ADDRESS);
        withoutNode.getStatus().setHostIP(null);
        view.put(withoutNode);
        assertThat(judge(Given.ADDRESS))
                .isInstanceOfSatisfying(
                        Undecided.class, u -> assertThat(u.refusal()).isEqualTo(Refusal.WrongPeer));
        view.put(Given.pod(Given.ADDRESS));
        assertThat(judge(Given.ADDRESS))
                .isInstanceOfSatisfying(
                        Undecided.class, u -> assertThat(u.refusal()).isEqualTo(Refusal.RunOver));
        view.put(Given.run("{}"));
        assertThat(judge(Given.ADDRESS))
                .isInstanceOfSatisfying(
                        Undecided.class, u -> assertThat(u.refusal()).isEqualTo(Refusal.NotClaimed));
    }

    @Test
    void theNextAttemptIsUndecidedUntilItIsClaimedAndTheOneBeforeIsRefused() {
        String second = "cofferdam-" + Given.RUN_UID + "-2";
        view.put(Given.pod(second, "second", Given.ADDRESS));
        view.put(Given.pod(Given.ADDRESS));
        view.put(Given.claimed(""));
        assertThat(new IdentityRule("gateway/g", Given.ENCLOSURE)
                        .judge(new TokenSubject("ns", second, "second"), Given.ADDRESS, view))
                .isInstanceOf(Undecided.class);
        view.put(Given.run("{decision: {verdict: Allowed}, effective: {limits: {}}, attempts: [{number: 1, podUID: "
                + Given.POD_UID + "}, {number: 2, podUID: second}]}"));
        assertThat(judge(Given.ADDRESS)).isInstanceOf(Refused.class);
    }

    @Test
    void anEqualTokenFromElsewhereIsRefused() {
        view.put(Given.pod(Given.ADDRESS));
        view.put(Given.claimed(""));
        for (String peer : new String[] {"10.244.0.8", "127.0.0.1", "::1"}) {
            assertRefused(judge(peer), Refusal.WrongPeer);
            assertThat(aimedAt(judge(peer))).contains(Given.RUN_UID);
        }
        view.put(Given.run("{}"));
        assertThat(aimedAt(judge("10.244.0.8"))).as("a run without a decision").isEmpty();
    }

    @Test
    void aPodOfTheSameNameWithAnotherUidIsRefused() {
        view.put(Given.pod(Given.POD_NAME, "other", Given.ADDRESS));
        view.put(Given.claimed(""));
        Identification other = new IdentityRule("gateway/g", Given.ENCLOSURE)
                .judge(new TokenSubject("ns", Given.POD_NAME, "other"), Given.ADDRESS, view);
        assertRefused(other, Refusal.NotClaimed);
        assertThat(aimedAt(other)).contains(Given.RUN_UID);
        Identification elsewhere = new IdentityRule("gateway/g", Given.ENCLOSURE)
                .judge(new TokenSubject("other", Given.POD_NAME, "other"), Given.ADDRESS, view);
        assertRefused(elsewhere, Refusal.NotASandboxPod);
    }

    @Test
    void aRunThatWasDeniedOrHasEndedIsRefused() {
        view.put(Given.pod(Given.ADDRESS));
        view.put(Given.run("{decision: {verdict: Denied}, effective: {limits: {}}, attempts: [{number: 1, podUID: "
                + Given.POD_UID + "}]}"));
        assertRefused(judge(Given.ADDRESS), Refusal.NotClaimed);
        view.put(Given.run(
                "{decision: {verdict: FromTheFuture}, effective: {limits: {}}, attempts: [{number: 1, podUID: "
                        + Given.POD_UID + "}]}"));
        assertRefused(judge(Given.ADDRESS), Refusal.NotClaimed);
        view.put(Given.claimed(", conditions: [{type: Finished, status: \"True\", reason: Cancelled}]"));
        assertRefused(judge(Given.ADDRESS), Refusal.RunOver);
        view.put(Given.claimed(", result: {podUID: other, outcome: Exited}"));
        assertRefused(judge(Given.ADDRESS), Refusal.RunOver);
    }

    @Test
    void whoseFactsAreStoredMayStillBeTold() {
        view.put(Given.pod(Given.ADDRESS));
        view.put(Given.claimed(", result: {podUID: " + Given.POD_UID + ", outcome: Exited}"));
        assertThat(judge(Given.ADDRESS))
                .isInstanceOfSatisfying(
                        Identified.class,
                        i -> assertThat(i.claim().factsStored()).isTrue());
    }

    @Test
    void theFactsOfAnAttemptBeforeAreNotTheEndOfARun() {
        view.put(Given.pod(Given.ADDRESS));
        view.put(Given.run(
                "{decision: {verdict: Allowed}, effective: {limits: {}}, attempts: [{number: 1, podUID: first, reason: TimedOut}, "
                        + "{number: 2, podUID: " + Given.POD_UID + "}], result: {podUID: first, outcome: TimedOut}}"));
        Identification second = new IdentityRule("gateway/g", Given.ENCLOSURE)
                .judge(new TokenSubject("ns", Given.POD_NAME, Given.POD_UID), Given.ADDRESS, view);
        assertRefused(second, Refusal.NotClaimed);

        String name = "cofferdam-" + Given.RUN_UID + "-2";
        view.put(Given.pod(name, Given.POD_UID, Given.ADDRESS));
        assertThat(new IdentityRule("gateway/g", Given.ENCLOSURE)
                        .judge(new TokenSubject("ns", name, Given.POD_UID), Given.ADDRESS, view))
                .isInstanceOfSatisfying(
                        Identified.class,
                        i -> assertThat(i.claim().factsStored()).isFalse());
    }

    private Identification judge(String peer) {
        return new IdentityRule("gateway/g", Given.ENCLOSURE).judge(SUBJECT, peer, view);
    }

    private static Optional<String> aimedAt(Identification identification) {
        return ((Refused) identification).aimedAt().map(Claim::runUid);
    }

    private static void assertRefused(Identification identification, Refusal refusal) {
        assertThat(identification)
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.refusal()).isEqualTo(refusal));
    }
}
