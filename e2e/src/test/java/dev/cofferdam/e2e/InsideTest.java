package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.Layer;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.RunRequest;
import dev.cofferdam.e2e.tenant.Tenant;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What a tool sees of the world: its image, its scratch space, its own processes, and nothing else. */
@ClusterTest
class InsideTest {
    @Test
    void theKernelIsGVisors(Tenant tenant) {
        tenant.withTools();

        ToolRun run = tenant.run(shell("uname -r; dmesg 2>/dev/null | head -1; hostname"));

        assertThat(run.getStatus().result().stdout()).contains("gvisor").endsWith("sandbox\n");
        assertThat(run.getStatus().effective().runtimeClassName()).isEqualTo("gvisor");
        assertThat(run.getStatus().sandbox().runtimeClassName()).isEqualTo("gvisor");
        assertThat(run.getStatus().sandbox().layers())
                .contains(Layer.Decision, Layer.GVisor, Layer.NetworkPolicy, Layer.Box);
        assertThat(run.getStatus().sandbox().imageID()).contains("sha256:");
    }

    @Test
    void theToolHasNoPowers(Tenant tenant) {
        tenant.withTools();

        Map<String, String> status = lines(output(tenant, shell("cat /proc/self/status")));

        assertThat(status.get("Uid")).isEqualTo("65532\t65532\t65532\t65532");
        assertThat(status.get("Gid")).isEqualTo("65532\t65532\t65532\t65532");
        for (String set : new String[] {"CapInh", "CapPrm", "CapEff", "CapBnd"}) {
            assertThat(status.get(set)).as(set).isEqualTo("0000000000000000");
        }
        assertThat(status.get("NoNewPrivs")).isEqualTo("1");
        assertThat(status.get("Seccomp")).isEqualTo("2");
    }

    @Test
    void onlyTheScratchFoldersCanBeWritten(Tenant tenant) {
        tenant.withTools();

        String out = output(tenant, shell("""
                        for d in / /bin /etc /usr /dev /proc /sys /run /var /root /home; do
                          [ -d $d ] || continue
                          (echo x > $d/probe) 2>/dev/null && echo "wrote $d"
                        done
                        pwd
                        echo a > /tmp/a && echo b > /workspace/b && cat /tmp/a /workspace/b
                        """));

        assertThat(out).isEqualTo("/workspace\na\nb\n");
    }

    @Test
    void scratchSpaceIsBounded(Tenant tenant) {
        tenant.withTools();

        String out = output(
                tenant,
                shell(
                        "for d in /tmp /workspace; do head -c 100000000 /dev/zero > $d/big 2>/dev/null || echo $d is full; rm -f $d/big; done"));

        assertThat(out).isEqualTo("/tmp is full\n/workspace is full\n");
    }

    @Test
    void theOnlyInterfaceIsLoopback(Tenant tenant) {
        tenant.withTools();

        String out =
                output(tenant, tool("python", "import socket; print([name for _, name in socket.if_nameindex()])"));

        assertThat(out).isEqualTo("['lo']\n");
    }

    @Test
    void nothingOutsideCanBeReached(Tenant tenant) {
        tenant.withTools();
        String gateway = tenant.client()
                .services()
                .inNamespace("cofferdam-system")
                .withName("cofferdam-gateway")
                .get()
                .getSpec()
                .getClusterIP();
        String api = tenant.client()
                .services()
                .inNamespace("default")
                .withName("kubernetes")
                .get()
                .getSpec()
                .getClusterIP();

        String out = output(tenant, tool("python", """
                        import socket
                        for address in [("%s", 8443), ("%s", 443), ("10.96.0.10", 53), ("169.254.169.254", 80), ("8.8.8.8", 53)]:
                            try:
                                socket.create_connection(address, 2)
                                print("reached", address)
                            except OSError:
                                pass
                        """.formatted(gateway, api)));

        assertThat(out).isEmpty();
    }

    @Test
    void procShowsOnlyTheToolsProcesses(Tenant tenant) {
        tenant.withTools();

        String out = output(tenant, tool("python", """
                        import os
                        for pid in sorted(int(p) for p in os.listdir('/proc') if p.isdigit()):
                            print(pid, open(f'/proc/{pid}/cmdline').read().split(chr(0))[0], os.readlink(f'/proc/{pid}/exe').split('/')[-1][:7])
                        print(sorted(int(f) for f in os.listdir('/proc/self/fd'))[:3])
                        """));

        assertThat(out).isEqualTo("1 python3 python3\n[0, 1, 2]\n");
    }

    @Test
    void noDescriptorIsInherited(Tenant tenant) {
        tenant.withTools();

        String out = output(
                tenant,
                tool(
                        "python",
                        "import os\nfor f in range(3, 1024):\n  try: os.fstat(f); print(f, os.readlink(f'/proc/self/fd/{f}'))\n  except OSError: pass"));

        assertThat(out).isEmpty();
    }

    @Test
    void theEnvironmentIsWhatTheRunSaid(Tenant tenant) {
        tenant.withTools();
        RunRequest request = tool("python", "print(sorted(open('/proc/self/environ').read().split(chr(0))))")
                .withEnv("LANG", "C.UTF-8")
                .withEnv("GREETING", "hello = world");

        assertThat(output(tenant, request)).isEqualTo("['', 'GREETING=hello = world', 'LANG=C.UTF-8']\n");
    }

    @Test
    void nothingOfTheSupervisorOrTheKubeletIsVisible(Tenant tenant) {
        tenant.withTools();

        String out = output(tenant, shell("""
                        ls -a / | grep -i cofferdam
                        find / -xdev \\( -name '*cofferdam*' -o -name 'supervisor*' -o -name '*serviceaccount*' -o -name 'token' \\) 2>/dev/null | grep -v ^/proc
                        grep -i -e cofferdam -e kubelet -e serviceaccount /proc/self/mountinfo /proc/mounts
                        for f in /proc/[0-9]*/environ /proc/[0-9]*/cmdline; do tr '\\0' '\\n' < $f; done 2>/dev/null | grep -e '^COFFERDAM_' -e '^KUBERNETES_'
                        ls /dev/termination-log /var/run/secrets 2>/dev/null
                        cat /etc/hosts /etc/resolv.conf | grep -v -e localhost -e '^#' -e '^nameserver 127.0.0.1$' -e '^$'
                        true
                        """));

        assertThat(out).isEmpty();
    }

    @Test
    void namespacesAndMountsAreRefused(Tenant tenant) {
        tenant.withTools();

        String out = output(tenant, shell("""
                        mount -t tmpfs x /tmp 2>/dev/null && echo mounted
                        umount /tmp 2>/dev/null && echo unmounted
                        unshare -U true 2>/dev/null && echo new user namespace
                        unshare -n true 2>/dev/null && echo new network namespace
                        chroot /tmp /bin/true 2>/dev/null && echo chrooted
                        true
                        """));

        assertThat(out).isEmpty();
    }

    private static String output(Tenant tenant, RunRequest request) {
        ToolRun run = tenant.run(request);
        assertThat(run.getStatus().exitCode())
                .as("exit code; stderr: %s", run.getStatus().result())
                .isZero();
        return run.getStatus().result().stdout() == null
                ? ""
                : run.getStatus().result().stdout();
    }

    private static Map<String, String> lines(String status) {
        return Arrays.stream(status.split("\n"))
                .map(line -> line.split(":\\s*", 2))
                .filter(pair -> pair.length == 2)
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1].strip()));
    }
}
