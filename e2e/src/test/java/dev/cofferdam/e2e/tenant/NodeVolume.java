package dev.cofferdam.e2e.tenant;

import dev.cofferdam.e2e.cluster.TestCluster;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A directory of the node, which is this machine, as a volume, and a claim for it in a namespace. */
public final class NodeVolume implements AutoCloseable {
    private static final Pattern DECISION = Pattern.compile("(.*/)?[.]cofferdam-commit/(lock|[^/]+/state)");
    private static final Quantity SIZE = new Quantity("1Gi");

    private final KubernetesClient client = TestCluster.Holder.client();
    private final String namespace;
    private final String claim;
    private final Path root;

    private NodeVolume(String namespace, String claim, Path root) {
        this.namespace = namespace;
        this.claim = claim;
        this.root = root;
    }

    /** An empty one, of a claim of that name. */
    public static NodeVolume of(Tenant tenant, String claim) {
        return of(tenant.namespace(), claim);
    }

    public static NodeVolume of(String namespace, String claim) {
        try {
            Path root = Files.createTempDirectory("cofferdam-e2e-");
            Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
            NodeVolume volume = new NodeVolume(namespace, claim, root);
            volume.make();
            return volume;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void make() {
        client.resource(volume()).create();
        client.resource(new PersistentVolumeClaimBuilder()
                        .withNewMetadata()
                        .withNamespace(namespace)
                        .withName(claim)
                        .endMetadata()
                        .withNewSpec()
                        .withAccessModes("ReadWriteMany")
                        .withStorageClassName("")
                        .withVolumeName(name())
                        .withNewResources()
                        .withRequests(Map.of("storage", SIZE))
                        .endResources()
                        .endSpec()
                        .build())
                .create();
    }

    private PersistentVolume volume() {
        return new PersistentVolumeBuilder()
                .withNewMetadata()
                .withName(name())
                .endMetadata()
                .withNewSpec()
                .withAccessModes("ReadWriteMany")
                .withStorageClassName("")
                .withCapacity(Map.of("storage", SIZE))
                .withPersistentVolumeReclaimPolicy("Retain")
                .withNewClaimRef()
                .withNamespace(namespace)
                .withName(claim)
                .endClaimRef()
                .withNewLocal()
                .withPath(root.toString())
                .endLocal()
                .withNewNodeAffinity()
                .withNewRequired()
                .addNewNodeSelectorTerm()
                .addNewMatchExpression()
                .withKey("kubernetes.io/hostname")
                .withOperator("Exists")
                .endMatchExpression()
                .endNodeSelectorTerm()
                .endRequired()
                .endNodeAffinity()
                .endSpec()
                .build();
    }

    private String name() {
        return namespace + "-" + claim;
    }

    /** A file that everybody may read, and its owner, who is the sandboxes' user, may write. */
    public NodeVolume with(String path, String content) {
        return with(path, content, 65532, "rw-r--r--");
    }

    public NodeVolume with(String path, String content, int owner, String permissions) {
        try {
            Path file = root.resolve(path);
            Files.createDirectories(file.getParent());
            Files.writeString(file, content);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
            for (Path at = file; at.startsWith(root); at = at.getParent()) {
                boolean given = at.equals(file);
                Files.setAttribute(at, "unix:uid", given ? owner : 65532, LinkOption.NOFOLLOW_LINKS);
                Files.setAttribute(at, "unix:gid", given ? owner : 65532, LinkOption.NOFOLLOW_LINKS);
            }
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the files hold, by their paths, but for what a committer leaves: its lock, and what each commit came to. */
    public Map<String, String> files() {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))
                    .filter(path ->
                            !DECISION.matcher(root.relativize(path).toString()).matches())
                    .collect(Collectors.toMap(path -> root.relativize(path).toString(), NodeVolume::read));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All that is there, with owners, permissions and times: a line for each. */
    public List<String> contents() {
        try (Stream<Path> all = Files.walk(root, new FileVisitOption[0])) {
            return all.sorted().map(this::line).collect(Collectors.toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String line(Path path) {
        try {
            return root.relativize(path) + " "
                    + Files.readAttributes(path, "unix:uid,gid,mode,lastModifiedTime", LinkOption.NOFOLLOW_LINKS)
                            .entrySet()
                            .stream()
                            .sorted(Map.Entry.comparingByKey())
                            .toList()
                    + (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) ? Files.readString(path) : "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        client.persistentVolumeClaims().inNamespace(namespace).withName(claim).delete();
        client.persistentVolumes().withName(name()).delete();
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
