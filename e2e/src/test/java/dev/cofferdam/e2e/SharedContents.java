package dev.cofferdam.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.NodeVolume;
import dev.cofferdam.record.Names;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/** Two replicas of the gateway that keep what tools changed in one volume, as docs/operations.md has it; until this is closed. Only for tests that run alone. */
final class SharedContents implements AutoCloseable {
    /** Another one each time: a claim that is deleted stays for as long as its last pod. */
    private final String claim = "contents-" + UUID.randomUUID();

    private final NodeVolume volume = NodeVolume.of(Names.SYSTEM_NAMESPACE, claim);

    SharedContents() {
        try {
            mount("{name: contents, emptyDir: null, persistentVolumeClaim: {claimName: " + claim + "}}", 2);
        } catch (RuntimeException | Error failure) {
            close();
            throw failure;
        }
    }

    /** The names of what is kept. */
    Set<String> files() {
        return volume.files().keySet();
    }

    /** Every replica gives way to another one. */
    static void replaceAll() {
        kubectl("rollout", "restart", "deployment/" + Names.GATEWAY);
        InstalledParts.scale(Names.GATEWAY, 2);
    }

    private static void mount(String volume, int replicas) {
        kubectl(
                "patch",
                "deployment",
                Names.GATEWAY,
                "--patch",
                "spec: {template: {spec: {volumes: [" + volume + "]}}}");
        InstalledParts.scale(Names.GATEWAY, replicas);
    }

    private static void kubectl(String... arguments) {
        Kubectl.Answer answer = Kubectl.kubectl(
                "",
                Stream.concat(Stream.of("--namespace=" + Names.SYSTEM_NAMESPACE), Stream.of(arguments))
                        .toList());
        assertThat(answer.exitCode()).as(answer.text()).isZero();
    }

    @Override
    public void close() {
        mount("{name: contents, persistentVolumeClaim: null, emptyDir: {sizeLimit: 1280Mi}}", 1);
        volume.close();
    }
}
