package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.table.Aim;
import dev.cofferdam.e2e.table.Gate;
import dev.cofferdam.e2e.table.Withstands;
import dev.cofferdam.e2e.tenant.Tenant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Programs as they are, which know nothing of a proxy, and the real servers that they are for: git, pip and psql. Local, because their image is only there. */
@ClusterTest
@Tag("local")
class ProgramsTest {
    private static final String POLICY = """
            tools:
            - {name: bash, image: cofferdam.local/clients:1, command: [bash, -c]}
            workspace: {sources: [{inline: true}]}
            permissions:
              exec: {allow: [{command: "*"}]}
              storage: {allow: [{uri: "fs:///workspace/**", access: [read, write]}]}
              network: {allow: [%s]}
              resources: {limits: {cpu: 300m, memory: 512Mi, timeout: 300s}}
            """;

    /** The certificate is verified against the one of the server, and so is the name in it. */
    private static final String CLONE =
            "git -c http.sslCAInfo=/workspace/ca.pem clone -q https://%s:%d/repo.git /tmp/r && cat /tmp/r/README";

    private static final String INSTALL =
            "pip install -q --no-input --no-cache-dir --disable-pip-version-check --retries 0 --cert /workspace/ca.pem "
                    + "--index-url https://%s:%d/simple/ --target /tmp/site harbour && PYTHONPATH=/tmp/site python3 -c 'import harbour; print(harbour.call())'";

    private static final String QUERY =
            "PGCONNECT_TIMEOUT=60 /usr/lib/postgresql/*/bin/psql -h %s -p %d -U reader -d postgres -Atc 'select 6 * 7'";

    /** Clones, and pushes a commit, which is told: one that is larger than git sends as a body whose length it knows. */
    private static final String PUSH =
            "curl -sSf --retry 120 --retry-all-errors --retry-delay 1 -o /dev/null \"$0/repo.git/info/refs?service=git-upload-pack\" 2>/tmp/e;"
                    + " git clone -q $0/repo.git /tmp/r && cd /tmp/r && cat README && head -c 300000 /dev/urandom > large && git add large"
                    + " && git -c user.name=a -c user.email=a@example.com commit -qm two && git rev-parse HEAD"
                    + " && { git -c http.postBuffer=65536 push -q origin main && echo pushed || echo refused; }";

    private Services services;

    @BeforeEach
    void serve(Tenant tenant) {
        services = Services.in(tenant);
    }

    @Test
    void gitPipAndPsqlRunUnchanged(Tenant tenant) {
        // Given
        granted(tenant, named(Services.WEB, "https"), range(Services.WEB, "https"), range(Services.DATABASE, "tcp"));

        // When
        ToolRun cloning = create(tenant, CLONE.formatted(services.name(), Services.WEB));
        ToolRun installing = create(tenant, INSTALL.formatted(services.name(), Services.WEB));
        ToolRun query = tenant.finished(create(tenant, QUERY.formatted(services.address(), Services.DATABASE)));
        ToolRun clone = tenant.finished(cloning);
        ToolRun install = tenant.finished(installing);

        // Then
        assertThat(clone.getStatus().result().stdout()).as(said(clone)).isEqualTo("cloned\n");
        assertThat(install.getStatus().result().stdout()).as(said(install)).isEqualTo("installed\n");
        assertThat(query.getStatus().result().stdout()).as(said(query)).isEqualTo("42\n");

        // And each connection that a server saw is on record
        assertThat(connected(clone, install)).hasSize((int) services.hits(Services.WEB));
        assertThat(connected(query)).hasSize((int) services.hits(Services.DATABASE));
    }

    @Test
    void oneElementOffIsNowhere(Tenant tenant) {
        // Given rules that each differ in one: the name, the port, the protocol, the address
        granted(tenant, named(Services.WEB, "https"), range(Services.WEB, "https"), range(Services.DATABASE, "https"));

        // When all of them go to work at one time
        List<String> scripts = List.of(
                CLONE.formatted(services.otherName(), Services.WEB),
                CLONE.formatted(services.name(), Services.WEB_OTHER),
                INSTALL.formatted(services.otherName(), Services.WEB),
                INSTALL.formatted(services.name(), Services.WEB_OTHER),
                QUERY.formatted(services.address(), Services.DATABASE),
                QUERY.formatted(services.address(), Services.DATABASE + 1),
                QUERY.formatted(services.name(), Services.DATABASE));
        List<ToolRun> runs = scripts.stream().map(script -> create(tenant, script)).toList().stream()
                .map(tenant::finished)
                .toList();

        // Then
        assertThat(runs).hasSize(scripts.size()).allSatisfy(run -> {
            String about = run.getSpec().args() + said(run);
            assertThat(run.getStatus().phase()).as(about).isEqualTo(Phase.Failed);
            assertThat(events(run, AuditResult.Denied)).as(about).isNotEmpty();
            assertThat(events(run, AuditResult.Allowed)).as(about).isEmpty();
        });
        assertThat(services.hits()).isZero();
    }

    /** Their certificate is the gateway's then, and nobody had to tell them. */
    @Test
    void inspectedTheyRunUnchangedToo(Tenant tenant) {
        granted(tenant, named(Services.WEB, "https, inspect: true"), range(Services.WEB, "https"));
        String url = "https://" + services.name() + ":" + Services.WEB;
        try (ServerTrust trust = ServerTrust.in(tenant, services.certificate())) {
            ToolRun run = tenant.run(tool(
                    "bash",
                    // The first until the gateway has heard whom to trust.
                    "curl -sSf --retry 120 --retry-all-errors --retry-delay 1 -o /dev/null $0/simple/harbour/ 2>/tmp/e;"
                            + " git clone -q $0/repo.git /tmp/r && cat /tmp/r/README && pip install -q --no-input --no-cache-dir --disable-pip-version-check"
                            + " --retries 0 --index-url $0/simple/ --target /tmp/site harbour && PYTHONPATH=/tmp/site python3 -c 'import harbour; print(harbour.call())'",
                    url));

            assertThat(run.getStatus().result().stdout()).as(said(run)).isEqualTo("cloned\ninstalled\n");
            assertThat(connected(run))
                    .allSatisfy(event -> assertThat(event.detail()).containsEntry("visibility", "full"))
                    .extracting(event -> event.detail().get("method") + " " + event.resource())
                    .contains(
                            "GET " + url + "/repo.git/info/refs?service",
                            "POST " + url + "/repo.git/git-upload-pack",
                            "GET " + url + "/simple/harbour/",
                            "GET " + url + "/simple/harbour/harbour-1.0-py3-none-any.whl");
        }
    }

    /** As docs/policy.md has it. */
    @Withstands(
            value = "a tool that may clone a repository pushes to it",
            at = Aim.OtherTenant,
            by = {Gate.Egress, Gate.NetworkPolicy},
            opened = "ProgramsTest.aCloneIsNoPush")
    @Test
    void aCloneIsNoPush(Tenant tenant) {
        String url = "https://" + services.name() + ":" + Services.WEB;
        String push = url + "/repo.git/git-receive-pack";
        try (ServerTrust trust = ServerTrust.in(tenant, services.certificate())) {
            // When it may clone
            granted(tenant, repository("/repo.git/git-upload-pack"), range(Services.WEB, "https"));
            ToolRun cloning = tenant.run(tool("bash", PUSH, url));

            // Then it does not push, and nobody heard of it
            assertThat(cloning.getStatus().result().stdout())
                    .as(said(cloning))
                    .startsWith("cloned\n")
                    .endsWith("\nrefused\n");
            assertThat(events(cloning, AuditResult.Denied)).singleElement().satisfies(event -> {
                assertThat(event.resource()).isEqualTo(push);
                assertThat(event.detail()).containsEntry("method", "POST").containsEntry("reason", "RequestNotAllowed");
            });
            assertThat(services.asked())
                    .contains("GET /repo.git/info/refs", "POST /repo.git/git-upload-pack")
                    .noneMatch(asked -> asked.contains("/git-receive-pack"));
            assertThat(services.branch().stream().distinct()).hasSize(1);

            // And where it may push, it does, by the same program
            granted(
                    tenant,
                    repository("/repo.git/git-upload-pack\", \"/repo.git/git-receive-pack"),
                    range(Services.WEB, "https"));
            ToolRun pushing = tenant.run(tool("bash", PUSH, url));
            List<String> came = pushing.getStatus().result().stdout().lines().toList();
            assertThat(came).as(said(pushing)).hasSize(3).startsWith("cloned").endsWith("pushed");
            assertThat(services.asked()).contains("POST /repo.git/git-receive-pack chunked");
            assertThat(services.branch()).last().isEqualTo(came.get(1));
            assertThat(connected(pushing)).extracting(AuditEvent::resource).contains(push);
        }
    }

    private String repository(String path) {
        return "{host: %s, port: %d, protocol: https, inspect: true, http: {methods: [GET, POST], paths: [\"/repo.git/info/refs\", \"%s\"]}}"
                .formatted(services.name(), Services.WEB, path);
    }

    private ToolRun create(Tenant tenant, String script) {
        return tenant.create(tool("bash", script).withFile("ca.pem", services.certificate()));
    }

    private static void granted(Tenant tenant, String... rules) {
        tenant.policy(Tenant.POLICY, POLICY.formatted(String.join(", ", rules)));
    }

    private String named(int port, String protocol) {
        return "{host: %s, port: %d, protocol: %s}".formatted(services.name(), port, protocol);
    }

    private String range(int port, String protocol) {
        return "{cidr: %s/32, port: %d, protocol: %s}".formatted(services.address(), port, protocol);
    }

    private static List<AuditEvent> connected(ToolRun... runs) {
        return Stream.of(runs)
                .flatMap(run -> events(run, AuditResult.Allowed).stream())
                .toList();
    }

    private static List<AuditEvent> events(ToolRun run, AuditResult result) {
        return GatewayEvents.of(run, AuditEventType.NetworkAccess, result);
    }

    private static String said(ToolRun run) {
        return "\n" + run.getStatus().result().stdout()
                + run.getStatus().result().stderr();
    }
}
