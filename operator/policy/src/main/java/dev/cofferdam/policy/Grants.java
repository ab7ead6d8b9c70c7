package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.NetworkProtocol;
import dev.cofferdam.api.v1alpha1.StorageAccess;
import dev.cofferdam.policy.Capability.Resource;
import dev.cofferdam.policy.match.Address;
import dev.cofferdam.policy.match.FilePath;
import dev.cofferdam.policy.match.HostName;
import dev.cofferdam.policy.match.Text;
import dev.cofferdam.record.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What tools may touch beyond their own process. These functions are what the enforcing parts ask: each answer depends on its arguments alone. Where a part needs
 * a list (of files, programs or secrets), the one here is what is left within all capabilities. Of the network there is no such list: a range that is allowed
 * because everything is may hold private addresses, which only a range of their own allows, so it must be asked, address by address.
 *
 * @param network where to, by the policy's lists alone: ask {@link #resolve} and {@link #connect}
 * @param storage which files, within the capabilities
 * @param exec which programs, within the capabilities
 * @param secrets which secrets, within the capabilities
 * @param narrowed from what, and to what; empty where nothing is
 */
public record Grants(
        NetworkGrant network, StorageGrant storage, ExecGrant exec, SecretGrant secrets, Optional<Narrowed> narrowed) {
    static final Grants NOTHING =
            new Grants(NetworkGrant.NOTHING, StorageGrant.NOTHING, ExecGrant.NOTHING, SecretGrant.NOTHING);

    /**
     * @param lists what the policy's lists grant
     * @param within the lists of capabilities, the tool's and the run's: each of them must grant what the policy's lists do
     */
    record Narrowed(Grants lists, List<Capabilities> within) {
        Narrowed {
            within = List.copyOf(within);
        }
    }

    Grants(NetworkGrant network, StorageGrant storage, ExecGrant exec, SecretGrant secrets) {
        this(network, storage, exec, secrets, Optional.empty());
    }

    Grants within(Capabilities capabilities) {
        if (within().contains(capabilities)) {
            return this;
        }
        List<Capabilities> more = new ArrayList<>(within());
        more.add(capabilities);
        return new Grants(
                network,
                capabilities.narrow(storage),
                capabilities.narrow(exec),
                capabilities.narrow(secrets),
                Optional.of(new Narrowed(lists(), more)));
    }

    /** @param capabilities in their canonical form, as a claim has them; none narrows nothing */
    Grants within(List<String> capabilities) {
        return capabilities.isEmpty()
                ? this
                : within(new Capabilities(capabilities.stream()
                        .flatMap(text -> Capability.parse(text).found().stream())
                        .toList()));
    }

    /** By the policy's lists alone. */
    private Grants lists() {
        return narrowed.map(Narrowed::lists).orElse(this);
    }

    private List<Capabilities> within() {
        return narrowed.map(Narrowed::within).orElse(List.of());
    }

    /** How many there are, which is what they take of memory. */
    long rules() {
        return (long) network.allow().asMap().size()
                + network.deny().asMap().size()
                + storage.allow().asMap().size()
                + storage.deny().asMap().size()
                + exec.allow().commands().size()
                + secrets.allow().size();
    }

    /** Whether there is nothing at all to connect to. */
    public boolean isOffline() {
        return network.isClosed() || within().stream().anyMatch(Capabilities::isOffline);
    }

    boolean isNarrowed() {
        return narrowed.isPresent();
    }

    /** Whether the capability is for no more than there is. */
    boolean cover(Capability capability) {
        return switch (capability.resource()) {
            case Resource.All all -> true;
            case Resource.Files files ->
                storage.covers(
                        files.pattern(),
                        capability.type() == CapabilityType.FILE_READ ? StorageAccess.Read : StorageAccess.Write);
            case Resource.Network to ->
                network.allow().covers(to) && within().stream().allMatch(list -> list.covers(to));
            case Resource.Secret secret -> secrets.source(secret.name()).isPresent();
            case Resource.Program program -> exec.allow().covers(program.command());
        };
    }

    /**
     * Whether the name may be looked up: a query is a message to the outside, too, so a name that no rule could let through is not asked for. An address as host
     * needs no query and is allowed here.
     */
    public Answer resolve(Destination to) {
        return also(
                network.mayResolve(to),
                to.host(),
                list -> HostName.asked(to.host())
                        .found()
                        .map(name -> list.mayResolve(name, reach -> reach.allows(to)))
                        .orElse(true));
    }

    /**
     * Whether a tool may connect. Every address is looked at, and one that must not be reached denies them all: the others would only hide it.
     *
     * @param resolved what the name resolves to, at the time of the connection; nothing else may be connected to. Left aside where the host is an address
     */
    public Answer connect(Destination to, List<Address> resolved, Floor floor) {
        Optional<Address> literal = Address.parse(to.host());
        Optional<String> name = literal.isPresent()
                ? Optional.empty()
                : HostName.asked(to.host()).found();
        Destination known =
                to.protocol() == null ? new Destination(to.host(), to.port(), NetworkProtocol.Unrecognized) : to;
        return also(
                network.decide(to, resolved, floor),
                to.host(),
                list -> list.connects(name, literal.map(List::of).orElse(resolved), reach -> reach.allows(known)));
    }

    /**
     * Whether a tool may do that with that file.
     *
     * @param path absolute, all links followed: a link is no way around a rule
     */
    public Answer access(String path, StorageAccess access) {
        return also(
                lists().storage.decide(path, access),
                path,
                list -> FilePath.parse(path)
                        .found()
                        .map(file -> list.accesses(file, access))
                        .orElse(true));
    }

    /**
     * Whether a tool may start that program besides its own.
     *
     * @param program its absolute path, all links followed
     */
    public Answer start(String program) {
        return also(
                lists().exec.decide(program),
                program,
                list -> FilePath.parse(program).found().map(list::starts).orElse(true));
    }

    /** Whether a run may have the secret of that name. */
    public Answer secret(String name) {
        return also(lists().secrets.decide(name), name, list -> list.asksFor(name));
    }

    private Answer also(Answer byLists, String resource, Predicate<Capabilities> grants) {
        if (within().stream().allMatch(grants)) {
            return byLists;
        }
        Reasons reasons = new Reasons();
        if (byLists instanceof Answer.Denied denied) {
            reasons.addAll(denied.reasons());
        }
        reasons.add(
                Reason.CapabilityNotGranted,
                Text.quoted(resource),
                "the capabilities of the tool or of the run do not cover " + Text.quoted(resource)
                        + "; what the policy grants counts only where they grant it, too; have one added there");
        return reasons.answer();
    }
}
