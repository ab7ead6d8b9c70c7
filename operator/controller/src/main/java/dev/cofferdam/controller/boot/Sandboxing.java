package dev.cofferdam.controller.boot;

import dev.cofferdam.api.v1alpha1.SupervisorSource;
import dev.cofferdam.controller.plan.SandboxSettings;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.VersionInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.function.Supplier;

/** What every sandbox pod is given, found once, but for the gateway's certificates, which are read again when their file changes. */
final class Sandboxing implements Supplier<SandboxSettings> {
    /** The first Kubernetes in which image volumes are on by default. */
    private static final int IMAGE_VOLUME_MINOR = 35;

    private record Certificates(FileTime modified, String pem) {}

    private final KubernetesClient client;
    private final Settings settings;
    private volatile String address;
    private volatile SupervisorSource source;
    private volatile Certificates certificates = new Certificates(FileTime.fromMillis(0), "");

    Sandboxing(KubernetesClient client, Settings settings) {
        this.client = client;
        this.settings = settings;
    }

    @Override
    public SandboxSettings get() {
        return new SandboxSettings(
                address(),
                pem(),
                settings.sandbox().image(),
                source(),
                settings.sandbox().startTimeout(),
                settings.sandbox().endMargin());
    }

    private String address() {
        if (address == null) {
            address = settings.gateway().address().orElseGet(this::clusterAddress);
        }
        return address;
    }

    private String clusterAddress() {
        Service service = client.services()
                .inNamespace(Names.SYSTEM_NAMESPACE)
                .withName(Names.GATEWAY)
                .get();
        if (service == null
                || service.getSpec().getClusterIP() == null
                || service.getSpec().getClusterIP().equals("None")) {
            throw new IllegalStateException(
                    "the Service " + Names.SYSTEM_NAMESPACE + "/" + Names.GATEWAY
                            + " has no cluster IP, so no sandbox could reach the gateway; create it, or set cofferdam.gateway.address");
        }
        String ip = service.getSpec().getClusterIP();
        return (ip.contains(":") ? "[" + ip + "]" : ip) + ":" + Names.CHANNEL_PORT;
    }

    private SupervisorSource source() {
        if (source == null) {
            source = switch (settings.sandbox().supervisor()) {
                case ImageVolume -> SupervisorSource.ImageVolume;
                case InitContainer -> SupervisorSource.InitContainer;
                case Auto ->
                    hasImageVolumes(client.getKubernetesVersion())
                            ? SupervisorSource.ImageVolume
                            : SupervisorSource.InitContainer;
            };
        }
        return source;
    }

    private static boolean hasImageVolumes(VersionInfo version) {
        // Some distributions write "36+".
        String minor = version.getMinor().replaceAll("[^0-9].*", "");
        return !version.getMajor().equals("1") || (!minor.isEmpty() && Integer.parseInt(minor) >= IMAGE_VOLUME_MINOR);
    }

    private String pem() {
        Path file = Path.of(settings.gateway().caFile());
        try {
            FileTime modified = Files.getLastModifiedTime(file);
            Certificates known = certificates;
            if (!known.modified().equals(modified)) {
                known = new Certificates(modified, Files.readString(file));
                certificates = known;
            }
            return known.pem();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot read the gateway's certificates from " + file
                            + ", so no sandbox could know the gateway; see cofferdam.gateway.ca-file",
                    e);
        }
    }
}
