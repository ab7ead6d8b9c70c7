package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.StorageAccess;
import dev.cofferdam.policy.Capability.Resource;
import dev.cofferdam.policy.match.Address;
import dev.cofferdam.policy.match.AddressBlock;
import dev.cofferdam.policy.match.FilePath;
import dev.cofferdam.policy.match.HostPattern;
import dev.cofferdam.policy.match.PathPattern;
import dev.cofferdam.policy.match.Target;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * One list of capabilities: what the tools or the run may do beside what the policy's lists say. Both must grant. Equal where all capabilities are, in whatever
 * order and spelling.
 */
public final class Capabilities {
    private final SortedSet<String> canonical;
    private final NetworkRules network;
    private final List<PathPattern> read = new ArrayList<>();
    private final List<PathPattern> write = new ArrayList<>();
    private final Programs programs;
    private final Set<String> secrets = new HashSet<>();
    private final boolean allSecrets;

    Capabilities(Collection<Capability> given) {
        canonical = given.stream().map(Capability::canonical).collect(Collectors.toCollection(TreeSet::new));
        Map<Target, Reach> targets = new HashMap<>();
        SortedSet<String> commands = new TreeSet<>();
        boolean every = false;
        for (Capability capability : given) {
            switch (capability.resource()) {
                case Resource.All all -> {
                    switch (capability.type()) {
                        case FILE_READ -> read.add(PathPattern.EVERYTHING);
                        case FILE_WRITE -> write.add(PathPattern.EVERYTHING);
                        case NETWORK_CONNECT ->
                            everywhere().forEach(target -> targets.merge(target, Reach.ALL, Reach::and));
                        case SECRET_ACCESS -> every = true;
                        case EXTERNAL_COMMAND -> commands.add(Programs.ALL);
                    }
                }
                case Resource.Files files ->
                    (capability.type() == CapabilityType.FILE_READ ? read : write).add(files.pattern());
                case Resource.Network to -> {
                    List<Target> reached = to.target() instanceof HostPattern.Any ? everywhere() : List.of(to.target());
                    reached.forEach(target -> targets.merge(target, to.reach(), Reach::and));
                }
                case Resource.Secret secret -> secrets.add(secret.name());
                case Resource.Program program -> commands.add(program.command());
            }
        }
        network = new NetworkRules(targets);
        programs = new Programs(commands);
        allSecrets = every;
    }

    private static List<Target> everywhere() {
        return List.of(new HostPattern.Any(), AddressBlock.ALL_4, AddressBlock.ALL_6);
    }

    /** What of a list is left within these. */
    StorageGrant narrow(StorageGrant list) {
        return list.within(Map.of(StorageAccess.Read, read, StorageAccess.Write, write));
    }

    ExecGrant narrow(ExecGrant list) {
        return new ExecGrant(list.allow().and(programs), list.allowJit());
    }

    SecretGrant narrow(SecretGrant list) {
        return list.within(this::asksFor);
    }

    /** Whether none of them is about the network. */
    boolean isOffline() {
        return network.isEmpty();
    }

    /** Whether one of them is about the whole target, at some of the ports that are asked for. */
    boolean covers(Resource.Network asked) {
        return network.covers(asked);
    }

    /** The canonical spellings of a list, in order, each once; what is no capability is left out. */
    static List<String> canonical(List<String> written) {
        return written.stream()
                .flatMap(text -> Capability.parse(text).found().stream())
                .map(Capability::canonical)
                .sorted()
                .distinct()
                .toList();
    }

    boolean mayResolve(String name, Predicate<Reach> reach) {
        return network.matchName(name, reach) || network.hasBlock(reach);
    }

    /** @param name empty where the host is an address */
    boolean connects(Optional<String> name, Collection<Address> addresses, Predicate<Reach> reach) {
        return name.filter(host -> network.matchName(host, reach)).isPresent()
                || !addresses.isEmpty() && addresses.stream().allMatch(address -> network.matchAddress(address, reach));
    }

    boolean accesses(FilePath path, StorageAccess access) {
        return (access == StorageAccess.Read ? read : write).stream().anyMatch(pattern -> pattern.allows(path));
    }

    boolean starts(FilePath program) {
        return programs.contains(program);
    }

    boolean asksFor(String secret) {
        return allSecrets || secrets.contains(secret);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Capabilities same && canonical.equals(same.canonical);
    }

    @Override
    public int hashCode() {
        return canonical.hashCode();
    }

    /** The canonical spellings, in order. */
    @Override
    public String toString() {
        return canonical.toString();
    }
}
