package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.ErrorType;
import dev.cofferdam.api.v1alpha1.GrantedSecret;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.table.Aim;
import dev.cofferdam.e2e.table.Gate;
import dev.cofferdam.e2e.table.Withstands;
import dev.cofferdam.e2e.tenant.Tenant;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a tool gets of Secrets: what its run named and its policy grants, and nothing of that comes out again by a slip. */
@ClusterTest
class SecretsTest {
    /** Too short to be looked for in output, so that a test can have it printed. */
    private static final String SHOWN = "pass-1";

    private static final String TOKEN = "t0ken/of+the~registry?" + "0123456789";

    static final String POLICY = Tenant.TOOLS + """
              secrets:
                allow:
                - {name: shown, secretKeyRef: {name: registry, key: shown}}
                - {name: token, secretKeyRef: {name: registry, key: token}}
                - {name: no_secret, secretKeyRef: {name: not-there, key: token}}
                - {name: no_key, secretKeyRef: {name: registry, key: not-there}}
            """;

    private static void scene(Tenant tenant) {
        tenant.policy(Tenant.POLICY, POLICY);
        assertThat(tenant.kubectl(
                                "create",
                                "secret",
                                "generic",
                                "registry",
                                "--from-literal=shown=" + SHOWN,
                                "--from-literal=token=" + TOKEN,
                                "--from-literal=other=in-no-policy")
                        .exitCode())
                .isZero();
    }

    @Test
    void theToolReadsWhatItsRunNamed(Tenant tenant) {
        scene(tenant);

        ToolRun run = tenant.run(
                shell("cat /run/secrets/shown; stat -c ' %a %u' /run/secrets/shown; ls -a /run/secrets | tr '\\n' ' '")
                        .withSecrets("shown"));

        assertThat(run.getStatus().result().stdout()).isEqualTo(SHOWN + " 400 65532\n. .. shown ");
        assertThat(run.getStatus().effective().secrets())
                .containsExactly(new GrantedSecret("shown", "registry", "shown"));
        assertThat(events(run, "controller"))
                .anySatisfy(event ->
                        assertThat(event.action() + event.detail()).isEqualTo("grant{key=shown, secret=registry}"));
        assertThat(events(run, "gateway/"))
                .extracting(event -> event.action() + " " + event.resource() + " " + event.result())
                .containsExactly("provide shown Allowed");
    }

    @Test
    void withoutNamesThereIsNothing(Tenant tenant) {
        scene(tenant);

        ToolRun run = tenant.run(
                shell("ls -A /run/secrets; find / -xdev -name '*token*' | grep -v ^/proc; cat /proc/mounts"));

        assertThat(run.getStatus().result().stdout()).doesNotContain("secrets", "token");
        assertThat(tenant.pod(run).orElseThrow().getSpec().getVolumes()).hasSize(2);
    }

    @Withstands(
            value = "the tool changes, replaces or covers a secret that it was given",
            at = Aim.Run,
            by = {Gate.Box},
            unopened = "a tool beside the box would see the kubelet's volume, which takes nothing either")
    @Test
    void aSecretStaysAsItIs(Tenant tenant) {
        scene(tenant);

        ToolRun run = tenant.run(tool("python", """
                                import os
                                f = '/run/secrets/shown'
                                def attempt(what, deed):
                                    try:
                                        deed()
                                        print(what)
                                    except OSError:
                                        pass
                                attempt('written', lambda: open(f, 'w'))
                                attempt('appended', lambda: open(f, 'a'))
                                attempt('truncated', lambda: os.truncate(f, 0))
                                attempt('mode', lambda: os.chmod(f, 0o777))
                                attempt('mode of the folder', lambda: os.chmod('/run/secrets', 0o777))
                                attempt('owner', lambda: os.chown(f, 65532, 65532))
                                attempt('times', lambda: os.utime(f))
                                attempt('attribute', lambda: os.setxattr(f, 'user.x', b'y'))
                                attempt('removed', lambda: os.remove(f))
                                attempt('renamed', lambda: os.rename(f, '/run/secrets/x'))
                                attempt('moved', lambda: os.rename(f, '/tmp/x'))
                                attempt('linked', lambda: os.link(f, '/run/secrets/x'))
                                attempt('replaced', lambda: os.rename('/run/secrets', '/run/x'))
                                attempt('made', lambda: open('/run/secrets/x', 'w'))
                                print(open(f).read(), oct(os.stat(f).st_mode))
                                """).withSecrets("shown"));

        assertThat(run.getStatus().result().stdout()).isEqualTo(SHOWN + " 0o100400\n");
    }

    @Test
    void whatIsNotGrantedIsDenied(Tenant tenant) {
        scene(tenant);

        ToolRun run = tenant.run(shell("echo ran").withSecrets("shown", "registry", "other"));

        assertThat(run.getStatus().phase()).isEqualTo(Phase.Denied);
        assertThat(run.getStatus().decision().reasons())
                .extracting(reason -> reason.code() + " " + reason.resource())
                .containsExactly("SecretNotAllowed registry", "SecretNotAllowed other");
        assertThat(run.getStatus().error().type()).isEqualTo(ErrorType.SecretAccessError);
        assertThat(run.getStatus().exitCode()).isEqualTo(5);
        assertThat(tenant.pods()).isEmpty();
        assertThat(events(run, "controller"))
                .extracting(AuditEvent::result)
                .containsExactly(AuditResult.Denied, AuditResult.Denied);
    }

    @ParameterizedTest
    @CsvSource({"no_secret", "no_key"})
    void whatIsMissingEndsTheRunBeforeTheTool(String name, Tenant tenant) {
        scene(tenant);

        ToolRun run = tenant.run(shell("echo ran").withSecrets("shown", name));

        assertThat(run.getStatus().phase()).isEqualTo(Phase.Failed);
        assertThat(condition(run, "Finished").getReason()).isEqualTo("SecretMissing");
        assertThat(run.getStatus().error().type()).isEqualTo(ErrorType.SecretAccessError);
        assertThat(run.getStatus().error().message()).contains(name).doesNotContain("shown");
        assertThat(run.getStatus().exitCode()).isEqualTo(5);
        assertThat(run.getStatus().execution()).isNull();
        assertThat(run.getStatus().result().stdout()).isNull();
        assertThat(events(run, "gateway/"))
                .extracting(event -> event.resource() + " " + event.result())
                .containsExactly("shown Allowed", name + " Allowed", name + " Error");
    }

    @Test
    void whatIsTooLargeEndsTheRunBeforeTheTool(Tenant tenant) {
        tenant.policy(Tenant.POLICY, POLICY);
        assertThat(tenant.kubectl(
                                "create", "secret", "generic", "registry", "--from-literal=token=" + "x".repeat(65_537))
                        .exitCode())
                .isZero();

        ToolRun run = tenant.run(shell("echo ran").withSecrets("token"));

        assertThat(condition(run, "Finished").getReason()).isEqualTo("SecretTooLarge");
        assertThat(run.getStatus().execution()).isNull();
    }

    @Test
    void noFormOfASecretIsInTheResultOrTheLog(Tenant tenant) {
        scene(tenant);

        ToolRun run = tenant.run(tool("python", """
                                import base64, sys, time, urllib.parse
                                v = open('/run/secrets/token', 'rb').read()
                                out = sys.stdout.buffer
                                for form in [v, v.hex().encode(), v.hex().upper().encode(), urllib.parse.quote(v, safe='').encode(),
                                             urllib.parse.quote(v, safe='').lower().encode(), urllib.parse.quote_plus(v).encode(),
                                             base64.encodebytes(v * 3)] + [
                                             coded(b'x' * n + v + b'y') for n in range(3) for coded in (base64.b64encode, base64.urlsafe_b64encode)]:
                                    for to in (out, sys.stderr.buffer):
                                        to.write(b'[' + form[:7]); to.flush(); time.sleep(0.05)
                                        to.write(form[7:] + b']\\n'); to.flush()
                                out.write(b'done\\n')
                                """).withSecrets("token"));

        String log = tenant.kubectl(
                        "logs", tenant.pod(run).orElseThrow().getMetadata().getName())
                .text();
        for (String said : List.of(
                run.getStatus().result().stdout(), run.getStatus().result().stderr(), log)) {
            assertThat(said).contains("[" + "*".repeat(TOKEN.length()) + "]\n");
            assertThat(forms()).allSatisfy(form -> assertThat(said).doesNotContain(form.substring(4, 14)));
        }
        assertThat(run.getStatus().result().stdout()).endsWith("done\n");
        assertThat(run.getStatus().result().stdoutBytes())
                .isEqualTo(run.getStatus().result().stdout().length());
    }

    @Test
    void nothingOfASecretShowsAtTheCut(Tenant tenant) {
        scene(tenant);
        tenant.policy(Tenant.POLICY, POLICY.replace("timeout: 300s", "timeout: 300s, outputBytes: 20"));

        ToolRun run = tenant.run(shell("printf 'my token: '; cat /run/secrets/token; echo; echo more")
                .withSecrets("token"));

        assertThat(run.getStatus().result().stdout()).isEqualTo("my token: **********");
        assertThat(run.getStatus().result().stdoutBytes()).isEqualTo(10 + TOKEN.length() + 6);
    }

    @Test
    void aPolicyThatTakesASecretFromElsewhereStopsTheRun(Tenant tenant) {
        scene(tenant);
        ToolRun run = tenant.begun(shell("echo begun; sleep 300").withSecrets("token"));

        tenant.policy(Tenant.POLICY, POLICY.replace("key: token}}", "key: other}}"));

        ToolRun ended = tenant.finished(run);
        assertThat(condition(ended, "Finished").getReason()).isEqualTo("PolicyChanged");
    }

    private static Stream<String> forms() {
        byte[] value = TOKEN.getBytes(StandardCharsets.UTF_8);
        return Stream.of(
                TOKEN,
                HexFormat.of().formatHex(value),
                HexFormat.of().withUpperCase().formatHex(value),
                Base64.getEncoder().encodeToString(value),
                Base64.getEncoder().encodeToString(("x" + TOKEN).getBytes(StandardCharsets.UTF_8)),
                Base64.getEncoder().encodeToString(("xx" + TOKEN).getBytes(StandardCharsets.UTF_8)),
                "t0ken%2Fof%2Bthe");
    }

    /** What a source has on record about secrets. */
    private static List<AuditEvent> events(ToolRun run, String source) {
        return run.getStatus().audit().sources().stream()
                .filter(each -> each.source().startsWith(source))
                .flatMap(each -> each.events().stream())
                .filter(event -> event.eventType() == AuditEventType.SecretAccess)
                .toList();
    }
}
