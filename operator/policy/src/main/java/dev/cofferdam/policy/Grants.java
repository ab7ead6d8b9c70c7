package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.NetworkProtocol;
import dev.cofferdam.api.v1alpha1.StorageAccess;
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
 * What tools may touch beyond their own process. These functions are what the enforcing parts ask: each answer depends on its arguments alone.
 *
 * @param within lists of capabilities, the tool's and the run's: each of them must grant what the policy's lists do
 */
public record Grants(
        NetworkGrant network, StorageGrant storage, ExecGrant exec, SecretGrant secrets, List<Capabilities> within) {
    static final Grants NOTHING =
            new Grants(NetworkGrant.NOTHING, StorageGrant.NOTHING, ExecGrant.NOTHING, SecretGrant.NOTHING, List.of());

    public Grants {
        within = List.copyOf(within);
    }

    Grants within(Capabilities capabilities) {
        List<Capabilities> more = new ArrayList<>(within);
        more.add(capabilities);
        return new Grants(network, storage, exec, secrets, more);
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
                        .map(name -> list.mayResolve(name, reach -> reach.allows(to.protocol(), to.port())))
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
        NetworkProtocol protocol = to.protocol() == null ? NetworkProtocol.Unrecognized : to.protocol();
        return also(
                network.decide(to, resolved, floor),
                to.host(),
                list -> list.connects(
                        name, literal.map(List::of).orElse(resolved), reach -> reach.allows(protocol, to.port())));
    }

    /**
     * Whether a tool may do that with that file.
     *
     * @param path absolute, all links followed: a link is no way around a rule
     */
    public Answer access(String path, StorageAccess access) {
        return also(
                storage.decide(path, access),
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
                exec.decide(program),
                program,
                list -> FilePath.parse(program).found().map(list::starts).orElse(true));
    }

    /** The programs that a tool may start besides its own, as the box is told them. */
    public ExecGrant programs() {
        Programs allowed = exec.allow();
        for (Capabilities list : within) {
            allowed = allowed.and(list.programs());
        }
        return new ExecGrant(allowed, exec.allowJit());
    }

    /** Whether a run may have the secret of that name. */
    public Answer secret(String name) {
        return also(secrets.decide(name), name, list -> list.asksFor(name));
    }

    private Answer also(Answer byLists, String resource, Predicate<Capabilities> grants) {
        if (within.isEmpty() || within.stream().allMatch(grants)) {
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
