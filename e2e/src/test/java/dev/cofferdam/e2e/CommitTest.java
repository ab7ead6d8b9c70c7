package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.Strangers.creatable;
import static dev.cofferdam.e2e.Strangers.ended;
import static dev.cofferdam.e2e.Strangers.gateway;
import static dev.cofferdam.e2e.Strangers.strangersPod;
import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.Changes;
import dev.cofferdam.api.v1alpha1.Commit;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.cluster.NodeStorage;
import dev.cofferdam.e2e.cluster.TestCluster;
import dev.cofferdam.e2e.table.Aim;
import dev.cofferdam.e2e.table.Gate;
import dev.cofferdam.e2e.table.Withstands;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.NodeVolume;
import dev.cofferdam.e2e.tenant.Persona;
import dev.cofferdam.e2e.tenant.RunRequest;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a tool changed becomes what the volume holds: when somebody who may has said so, all of it or nothing, and never over what somebody else wrote. */
@ClusterTest
@Order(ClusterTest.EARLY)
@Tag("local")
class CommitTest {
    static final String CLAIM = "repo";
    static final String EVERYTHING = "{allow: [{uri: \"fs:///workspace/**\", access: [read, write]}]}";
    static final String WORK = "echo new > src/a.py; rm src/b.py; echo more > src/c.py";
    static final Map<String, String> BEFORE =
            Map.of("team/src/a.py", "old\n", "team/src/b.py", "text\n", "team/src/d.py", "same\n", "above", "same\n");
    static final Map<String, String> AFTER =
            Map.of("team/src/a.py", "new\n", "team/src/c.py", "more\n", "team/src/d.py", "same\n", "above", "same\n");
    private static final int MANY = 300;

    @Withstands(
            value = "somebody who may change runs approves what an agent's tool has changed",
            at = Aim.Rules,
            by = {Gate.Rbac, Gate.Admission},
            opened = "CommitTest.whatSomebodyApprovedIsWrittenAndNothingBeforeIt")
    @Withstands(
            value = "somebody approves in another's name",
            at = Aim.Record,
            by = {Gate.Rbac, Gate.Admission},
            opened = "CommitTest.whatSomebodyApprovedIsWrittenAndNothingBeforeIt")
    @Test
    void whatSomebodyApprovedIsWrittenAndNothingBeforeIt(Tenant tenant) {
        Persona.enter(tenant);
        tenant.policy(Tenant.POLICY, policy(EVERYTHING, Commit.Manual));
        try (NodeVolume volume = volume(tenant)) {
            // Given a run that asks for a commit
            List<String> untouched = volume.contents();
            ToolRun run = awaiting(tenant, Commit.Manual, WORK);
            assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(run.getStatus().settled()).isNull();
            assertThat(condition(run, "Committed").getMessage()).contains("kubectl patch toolrun");
            assertThat(volume.contents()).as("nobody has approved anything").isEqualTo(untouched);
            assertThat(committer(tenant, run)).isEmpty();

            // When it is approved by who may not, in another's name, and as what it is not
            assertThat(approve(Persona.EDITOR, tenant, run).text())
                    .contains("\"e2e-editor\" may not approve what the run")
                    .contains("verbs: [commit]");
            assertThat(approve(Persona.AGENT, tenant, run).text()).contains("may not approve what the run");
            String digest = run.getStatus().changes().digest();
            assertThat(patch(
                                    Persona.NAMESPACE_ADMIN,
                                    tenant,
                                    run,
                                    "\"approvedDigest\":\"" + digest + "\",\"approvedBy\":\"bob\"")
                            .text())
                    .contains("spec.workspace.approvedBy is the name of whoever approves");
            assertThat(patch(
                                    Persona.NAMESPACE_ADMIN,
                                    tenant,
                                    run,
                                    "\"approvedDigest\":\"sha256:" + "0".repeat(64) + "\"")
                            .text())
                    .contains("must be the digest of a run that has ended: status.changes.digest");
            assertThat(volume.contents()).isEqualTo(untouched);

            // Then each gate is the one that refused: behind it the same would have been done
            OpenedGate.without(
                    "cofferdam-run-commit",
                    tenant,
                    () -> dryRun(Persona.EDITOR, tenant, run, "").exitCode() != 0,
                    () -> assertThat(dryRun(Persona.EDITOR, tenant, run, "").exitCode())
                            .isZero());
            OpenedGate.without(
                    "cofferdam-run-approver",
                    tenant,
                    () -> dryRun(Persona.NAMESPACE_ADMIN, tenant, run, ",\"approvedBy\":\"bob\"")
                                    .exitCode()
                            != 0,
                    () -> assertThat(dryRun(Persona.NAMESPACE_ADMIN, tenant, run, ",\"approvedBy\":\"bob\"")
                                    .exitCode())
                            .isZero());

            // And who may, does it
            assertThat(approve(Persona.NAMESPACE_ADMIN, tenant, run).exitCode()).isZero();
            ToolRun committed = tenant.finished(run);
            assertThat(outcome(committed)).isEqualTo("True/Committed");
            assertThat(committed.getStatus().conditions())
                    .as("kubectl wait believes no condition of a generation before the approval")
                    .allSatisfy(condition -> assertThat(condition.getObservedGeneration())
                            .isEqualTo(committed.getMetadata().getGeneration()));
            assertThat(volume.files()).isEqualTo(AFTER);
            assertThat(committed.getSpec().workspace().approvedBy()).isEqualTo("e2e-namespace-admin");
            await().atMost(Tenant.PATIENCE)
                    .untilAsserted(() -> assertThat(tenant.kubectl(
                                            "get",
                                            "events",
                                            "--field-selector=involvedObject.name="
                                                    + run.getMetadata().getName(),
                                            "--output=jsonpath={range .items[*]}{.type}/{.reason} {end}")
                                    .text()
                                    .split(" "))
                            .contains("Normal/ExitedZero", "Normal/Committed"));
            assertThat(committed.getStatus().commit().approvedBy()).isEqualTo("e2e-namespace-admin");
            assertThat(commits(committed)).extracting(AuditEvent::action).containsExactly("approve", "begin", "commit");
            assertThat(commits(committed).getFirst().detail())
                    .containsEntry("by", "e2e-namespace-admin")
                    .containsEntry("digest", digest);
            assertThat(tenant.kubectl("get", "trun", run.getMetadata().getName(), "--output=wide")
                            .text())
                    .contains("COMMITTED")
                    .contains(" Committed ");
            // And what was approved stays approved
            assertThat(patch(Persona.NAMESPACE_ADMIN, tenant, run, "\"approvedDigest\":\"\"")
                            .text())
                    .contains("stay once they are set");
        }
    }

    @Test
    void aRunThatSucceedsCommitsByItselfWhereThePolicyGivesThat(Tenant tenant) {
        tenant.policy(Tenant.POLICY, policy(EVERYTHING, Commit.OnSuccess));
        try (NodeVolume volume = volume(tenant)) {
            ToolRun run = tenant.run(shell(WORK).withClaim(CLAIM, "team").withCommit(Commit.OnSuccess));

            assertThat(outcome(run)).isEqualTo("True/Committed");
            assertThat(volume.files()).isEqualTo(AFTER);
            assertThat(run.getStatus().commit().approvedBy()).isNull();
        }
    }

    /** What a policy denies is no reason to stop a tool, and every reason to look at what it did. */
    @Withstands(
            value = "a tool that tried what is denied has its changes written without anybody looking at them",
            at = Aim.Rules,
            by = {Gate.Decision},
            unopened = "somebody who may approves them, and they are written")
    @ParameterizedTest
    @ValueSource(strings = {"echo key > secrets/key", "mkfifo src/pipe", "false"})
    void whatIsInDoubtWaitsForSomebody(String doubtful, Tenant tenant) {
        tenant.policy(
                Tenant.POLICY,
                policy(EVERYTHING.replace("]}]}", "]}], deny: [{uri: \"fs://secrets\"}]}"), Commit.OnSuccess));
        try (NodeVolume volume = volume(tenant)) {
            List<String> untouched = volume.contents();
            ToolRun run = awaiting(
                    tenant,
                    Commit.OnSuccess,
                    WORK + "; mkdir -p secrets; " + doubtful + (doubtful.equals("false") ? "" : "; true"));

            assertThat(condition(run, "Committed").getMessage()).contains("not written by themselves");
            assertThat(volume.contents()).isEqualTo(untouched);

            // When nobody wants it
            tenant.cancel(run);

            assertThat(outcome(tenant.finished(run))).isEqualTo("False/Cancelled");
            assertThat(volume.contents()).isEqualTo(untouched);
        }
    }

    @Test
    void whoTriedTheNetworkWaitsForSomebodyToo(Tenant tenant) {
        tenant.policy(Tenant.POLICY, policy(EVERYTHING, Commit.OnSuccess));
        try (NodeVolume volume = volume(tenant)) {
            List<String> untouched = volume.contents();

            ToolRun run = awaiting(
                    tenant,
                    tool(
                                    "python",
                                    "import socket; open('src/a.py', 'w').write('new'); socket.socket().connect_ex(('198.51.100.7', 80))")
                            .withClaim(CLAIM, "team")
                            .withCommit(Commit.OnSuccess));

            assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(condition(run, "Committed").getMessage()).contains("something was denied to the tool");
            assertThat(volume.contents()).isEqualTo(untouched);
        }
    }

    @Test
    void aRunThatAsksForMoreThanThePolicyGivesIsDenied(Tenant tenant) {
        tenant.policy(Tenant.POLICY, policy(EVERYTHING, Commit.Manual));

        ToolRun run = tenant.run(shell("true").withClaim(CLAIM, "").withCommit(Commit.OnSuccess));

        assertThat(run.getStatus().phase()).isEqualTo(Phase.Denied);
        assertThat(condition(run, "Finished").getReason()).isEqualTo("CommitNotGranted");
        assertThat(tenant.pods()).isEmpty();
    }

    @Test
    void whatSomebodyElseWroteMeanwhileIsNotLost(Tenant tenant) {
        tenant.policy(Tenant.POLICY, policy(EVERYTHING, Commit.Manual));
        try (NodeVolume volume = volume(tenant)) {
            ToolRun run = awaiting(tenant, Commit.Manual, WORK);
            volume.with("team/src/b.py", "somebody's own\n");
            Map<String, String> edited = volume.files();

            approve(Persona.ADMIN, tenant, run);

            ToolRun refused = tenant.finished(run);
            assertThat(outcome(refused)).isEqualTo("False/Conflict");
            assertThat(refused.getStatus().commit().paths()).containsExactly("src/b.py");
            assertThat(condition(refused, "Committed").getMessage()).contains("src/b.py");
            assertThat(volume.files()).isEqualTo(edited);
            assertThat(commits(refused).getLast().result()).isEqualTo(AuditResult.Denied);
        }
    }

    /** Killed whenever, it is all old or all new, and in the end all new. */
    @Test
    void aCommitterThatIsKilledGoesOn(Tenant tenant) {
        tenant.policy(Tenant.POLICY, policy(EVERYTHING, Commit.Manual));
        try (NodeVolume volume = NodeVolume.of(tenant, CLAIM)) {
            Map<String, String> expected = new TreeMap<>();
            for (int i = 0; i < MANY; i++) {
                volume.with("d" + i % 7 + "/f" + i, "old\n");
                expected.put("d" + i % 7 + "/f" + i, "new " + i + "\n");
            }
            ToolRun run = awaiting(
                    tenant,
                    Commit.Manual,
                    "i=0; while [ $i -lt " + MANY + " ]; do echo new $i > d$((i % 7))/f$i; i=$((i+1)); done");
            approve(Persona.ADMIN, tenant, run);

            List<String> killed = new ArrayList<>();
            await().atMost(Tenant.PATIENCE).until(() -> {
                committer(tenant, run)
                        .filter(pod -> !killed.contains(pod.getMetadata().getUid()) && killed.size() < 3)
                        .filter(pod -> killed.isEmpty() || isAtIt(pod))
                        .ifPresent(pod -> {
                            killed.add(pod.getMetadata().getUid());
                            tenant.kubectl(
                                    "delete", "pod", pod.getMetadata().getName(), "--wait=false", "--grace-period=1");
                        });
                return Boolean.TRUE.equals(
                        tenant.resource(run).get().getStatus().settled());
            });

            ToolRun committed = tenant.finished(run);
            assertThat(outcome(committed)).isEqualTo("True/Committed");
            assertThat(volume.files()).isEqualTo(expected);
            assertThat(killed).isNotEmpty();
        }
    }

    /** Each file of it is one less and one more: the list of them is cut, the counts and what is written are not. */
    @Test
    void aBigDirectoryIsRenamed(Tenant tenant) {
        tenant.policy(Tenant.POLICY, policy(EVERYTHING, Commit.OnSuccess));
        try (NodeVolume volume = NodeVolume.of(tenant, CLAIM)) {
            Map<String, String> expected = new TreeMap<>();
            for (int i = 0; i < 4 * MANY; i++) {
                String path = "/d" + i % 7 + "/f" + i;
                volume.with("big" + path, i + "\n");
                expected.put("moved" + path, i + "\n");
            }

            ToolRun run = tenant.run(shell("mv big moved").withClaim(CLAIM, "").withCommit(Commit.OnSuccess));

            Changes changes = run.getStatus().changes();
            assertThat(List.of(changes.added(), changes.modified(), changes.deleted()))
                    .containsExactly(4 * MANY, 0, 4 * MANY);
            assertThat(List.of(changes.complete(), changes.truncated())).containsExactly(true, true);
            assertThat(outcome(run)).isEqualTo("True/Committed");
            assertThat(volume.files()).isEqualTo(expected);
        }
    }

    private static boolean isAtIt(Pod pod) {
        return pod.getStatus() != null
                && pod.getStatus().getContainerStatuses().stream()
                        .anyMatch(status -> Boolean.TRUE.equals(status.getStarted()));
    }

    @Test
    void contentsThatAreLostAreSaidToBe(Tenant tenant) {
        tenant.policy(Tenant.POLICY, policy(EVERYTHING, Commit.Manual));
        try (NodeVolume volume = volume(tenant)) {
            ToolRun run = awaiting(tenant, Commit.Manual, WORK + "; echo of this run alone > src/c.py");
            // What has the same contents is one file, whoever brought it.
            NodeStorage node = new NodeStorage(TestCluster.shared().kubeconfig());
            assertThat(node.forget(run.getStatus().changes().contents().sha256()))
                    .isPositive();

            approve(Persona.ADMIN, tenant, run);

            assertThat(outcome(tenant.finished(run))).isEqualTo("False/ContentsLost");
            assertThat(volume.files()).isEqualTo(BEFORE);
        }
    }

    @Test
    void whatWasStoppedIsHeldBackUntilItGoesOn(Tenant tenant) {
        tenant.policy(Tenant.POLICY, policy(EVERYTHING, Commit.Manual));
        try (NodeVolume volume = volume(tenant)) {
            ToolRun run = awaiting(tenant, Commit.Manual, WORK);
            tenant.policy(Tenant.POLICY, policy(EVERYTHING, Commit.Manual) + "state: Suspended\n");

            approve(Persona.ADMIN, tenant, run);

            ToolRun held = tenant.until(
                    run,
                    now -> committed(now)
                            .filter(condition -> condition.getReason().equals("PolicySuspended"))
                            .isPresent());
            assertThat(condition(held, "Committed").getStatus()).isEqualTo("Unknown");
            assertThat(committer(tenant, run)).isEmpty();
            assertThat(volume.files()).isEqualTo(BEFORE);

            tenant.policy(Tenant.POLICY, policy(EVERYTHING, Commit.Manual));

            assertThat(outcome(tenant.finished(run))).isEqualTo("True/Committed");
            assertThat(volume.files()).isEqualTo(AFTER);
        }
    }

    @Withstands(
            value = "what a policy no longer lets be written is written by a commit that is approved later",
            at = Aim.Rules,
            by = {Gate.Decision},
            opened = "CommitTest.whatSomebodyApprovedIsWrittenAndNothingBeforeIt")
    @Test
    void whatThePolicyNoLongerLetsBeWrittenIsNot(Tenant tenant) {
        tenant.policy(Tenant.POLICY, policy(EVERYTHING, Commit.Manual));
        try (NodeVolume volume = volume(tenant)) {
            ToolRun run = awaiting(tenant, Commit.Manual, WORK);
            tenant.policy(
                    Tenant.POLICY,
                    policy(EVERYTHING.replace("]}]}", "]}], deny: [{uri: \"fs://src/c.py\"}]}"), Commit.Manual));

            approve(Persona.ADMIN, tenant, run);

            ToolRun refused = tenant.finished(run);
            assertThat(outcome(refused)).isEqualTo("False/NotWritable");
            assertThat(refused.getStatus().commit().paths()).containsExactly("src/c.py");
            assertThat(volume.files()).isEqualTo(BEFORE);
        }
    }

    @Test
    void aRunThatChangedNothingHasNothingToCommit(Tenant tenant) {
        tenant.policy(Tenant.POLICY, policy(EVERYTHING, Commit.OnSuccess));
        try (NodeVolume _ = volume(tenant)) {
            ToolRun run = tenant.run(shell("true").withClaim(CLAIM, "team").withCommit(Commit.OnSuccess));

            assertThat(outcome(run)).isEqualTo("False/NothingToCommit");
        }
    }

    /** Behind the gates that keep him from it, a stranger's pod has all that is seen of a committer's: name, owner, label, token. */
    @Withstands(
            value = "a pod of a user with a committer's name, owner, label and token asks for what a run has changed",
            at = Aim.Run,
            by = {Gate.Admission, Gate.Identity, Gate.Ownership},
            opened = "CommitTest.whatSomebodyApprovedIsWrittenAndNothingBeforeIt")
    @Withstands(
            value = "a process in a sandbox asks for what another run, or its own, has changed",
            at = Aim.Run,
            by = {Gate.Admission, Gate.Identity},
            opened = "CommitTest.whatSomebodyApprovedIsWrittenAndNothingBeforeIt")
    @Test
    void whoTakesTheCommittersPlaceGetsNothing(Tenant tenant) {
        tenant.withDeveloper().policy(Tenant.POLICY, policy(EVERYTHING, Commit.Manual));
        try (NodeVolume volume = volume(tenant)) {
            ToolRun run = awaiting(tenant, Commit.Manual, WORK);
            String name = Names.committerName(run.getMetadata().getUid());
            Pod pod;
            try (OpenedGate _ = creatable(tenant, "cofferdam-pod-names", "\"name\":\"cofferdam-x\"");
                    OpenedGate _ = creatable(
                            tenant,
                            "cofferdam-pod-labels",
                            "\"name\":\"x\",\"labels\":{\"app.kubernetes.io/managed-by\":\"cofferdam\"}")) {
                pod = strangersPod(
                        tenant,
                        name,
                        """
                        labels: {app.kubernetes.io/managed-by: cofferdam, cofferdam.dev/policy: %s, cofferdam.dev/run: %s}
                          ownerReferences: [{apiVersion: cofferdam.dev/v1alpha1, kind: ToolRun, name: %s, uid: %s, controller: true}]""".formatted(
                                        Tenant.POLICY,
                                        run.getMetadata().getName(),
                                        run.getMetadata().getName(),
                                        run.getMetadata().getUid()),
                        "projected: {sources: [{serviceAccountToken: {audience: cofferdam, path: token}}]}",
                        List.of(gateway(tenant), "own=/token/token", "garbage=e30.e30.e30"),
                        "contents.py");

                // Nobody has claimed it: perhaps later, and certainly not with that token
                assertThat(ended(tenant, pod)).isEqualTo("own 503\ngarbage 403\n");
            }

            // When the changes are approved while it is in the committer's place
            approve(Persona.ADMIN, tenant, run);

            // Then it is removed, and the committer does its work
            ToolRun committed = tenant.finished(run);
            assertThat(outcome(committed)).isEqualTo("True/Committed");
            assertThat(committed.getStatus().commit().podUID())
                    .isNotEqualTo(pod.getMetadata().getUid());
            assertThat(volume.files()).isEqualTo(AFTER);
        }
    }

    static NodeVolume volume(Tenant tenant) {
        NodeVolume volume = NodeVolume.of(tenant, CLAIM);
        BEFORE.forEach(volume::with);
        return volume;
    }

    /** A run that has ended and waits for somebody. */
    static ToolRun awaiting(Tenant tenant, Commit commit, String script) {
        String subPath = script.contains("src/") ? "team" : "";
        return awaiting(tenant, shell(script).withClaim(CLAIM, subPath).withCommit(commit));
    }

    private static ToolRun awaiting(Tenant tenant, RunRequest request) {
        return awaiting(tenant, tenant.create(request));
    }

    static ToolRun awaiting(Tenant tenant, ToolRun run) {
        ToolRun seen = tenant.until(run, now -> committed(now).isPresent());
        assertThat(outcome(seen)).isEqualTo("Unknown/AwaitingApproval");
        return seen;
    }

    private static Optional<Condition> committed(ToolRun run) {
        return run.getStatus() == null
                ? Optional.empty()
                : run.getStatus().conditions().stream()
                        .filter(condition -> condition.getType().equals("Committed"))
                        .findFirst();
    }

    static String outcome(ToolRun run) {
        Condition condition = condition(run, "Committed");
        return condition.getStatus() + "/" + condition.getReason();
    }

    private static Optional<Pod> committer(Tenant tenant, ToolRun run) {
        return Optional.ofNullable(tenant.client()
                .pods()
                .inNamespace(tenant.namespace())
                .withName(Names.committerName(run.getMetadata().getUid()))
                .get());
    }

    static Kubectl.Answer approve(Persona persona, Tenant tenant, ToolRun run) {
        return patch(
                persona,
                tenant,
                run,
                "\"approvedDigest\":\"" + run.getStatus().changes().digest() + "\"");
    }

    private static Kubectl.Answer dryRun(Persona persona, Tenant tenant, ToolRun run, String more) {
        return patch(
                persona,
                tenant,
                run,
                "\"approvedDigest\":\"" + run.getStatus().changes().digest() + "\"" + more,
                "--dry-run=server");
    }

    private static Kubectl.Answer patch(
            Persona persona, Tenant tenant, ToolRun run, String workspace, String... options) {
        List<String> arguments = new ArrayList<>(List.of(
                "patch",
                "trun",
                run.getMetadata().getName(),
                "--type=merge",
                "--patch={\"spec\":{\"workspace\":{" + workspace + "}}}"));
        arguments.addAll(List.of(options));
        return RightsTest.as(persona, tenant, "", arguments.toArray(String[]::new));
    }

    private static List<AuditEvent> commits(ToolRun run) {
        return run.getStatus().audit().sources().stream()
                .flatMap(source -> source.events().stream())
                .filter(event -> event.eventType() == AuditEventType.CommitChanges)
                .toList();
    }

    static String policy(String storage, Commit commit) {
        return Tenant.TOOLS + "  storage: " + storage
                + "\nworkspace: {sources: [{persistentVolumeClaim: {claimName: repo}}], commit: " + commit + "}\n";
    }
}
