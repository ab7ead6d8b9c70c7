package dev.cofferdam.gateway.egress;

import dev.cofferdam.api.v1alpha1.NetworkProtocol;
import dev.cofferdam.gateway.egress.credentials.Credentials;
import dev.cofferdam.gateway.egress.http.Authority;
import dev.cofferdam.gateway.egress.http.Judged;
import dev.cofferdam.gateway.egress.http.Request;
import dev.cofferdam.policy.Connections;
import dev.cofferdam.policy.Connections.Verdict;
import dev.cofferdam.policy.Credential;
import dev.cofferdam.policy.Floor;
import dev.cofferdam.policy.HttpAccess;
import dev.cofferdam.policy.match.Address;
import dev.cofferdam.record.AccessReason;
import dev.cofferdam.record.Reason;
import java.util.List;
import java.util.Optional;

/**
 * What one tunnel may be, asked again whenever it matters. What is learnt of the tunnel is set by its event loop, and may be read from whatever thread.
 *
 * @see Connections
 */
final class Permit {
    private final Tunnels tunnels;
    private final RunTunnels run;
    private final Authority to;
    private volatile List<Address> addresses = List.of();
    private volatile NetworkProtocol protocol;

    /** The name by which the server was greeted last. */
    private volatile String greeted;

    private volatile Asking last;

    /** What was added to its last request. */
    private volatile Credential adding;

    /** Whether its TLS ends here. */
    private volatile boolean inspected;

    /** Whether its TLS passes as it is. Before its greeting is whole it is neither. */
    private volatile boolean unread;

    private volatile List<String> rules = List.of();

    /** The version of the policy that was asked last. */
    private volatile String decidedBy = "";

    /** The request that was looked at last. */
    private record Asking(String host, HttpAccess access) {}

    Permit(Tunnels tunnels, RunTunnels run, Authority to) {
        this.tunnels = tunnels;
        this.run = run;
        this.to = to;
    }

    Verdict resolve() {
        return connections().resolve(to.host(), to.port());
    }

    /** @param found all that the name resolves to */
    Verdict connect(List<Address> found) {
        Verdict verdict = verdict(found);
        if (verdict instanceof Verdict.Denied) {
            // Whoever looks for what was taken away finds no addresses: what was never granted is refused for its own
            // reason, and not as that.
            return verdict;
        }
        // Asked once more after they can be found, so that nothing falls in between.
        addresses = List.copyOf(found);
        return verdict(addresses);
    }

    private Verdict verdict(List<Address> found) {
        return connections().connect(to.host(), to.port(), found, tunnels.floor());
    }

    /** Nothing else may be connected to. */
    List<Address> addresses() {
        return addresses;
    }

    void carries(NetworkProtocol what) {
        protocol = what;
        let(greeted == null ? to.host() : greeted, Optional.empty());
    }

    private void let(String host, Optional<HttpAccess> access) {
        rules = connections().rules(host, to.port(), protocol, access, addresses);
    }

    /** By which it was let through last; as it was then, for the end of a run takes away all that would tell. */
    List<String> rules() {
        return rules;
    }

    /** The version of the policy that decided last, where it is not the one that decided the run. */
    Optional<String> decidedBy() {
        return run.sinceTheClaim(decidedBy);
    }

    Optional<NetworkProtocol> protocol() {
        return Optional.ofNullable(protocol);
    }

    /** By which name the server may be greeted; of an address also by none. */
    Verdict greet(String name) {
        Verdict verdict = connections().greet(to.host(), to.port(), protocol, name, addresses, tunnels.floor());
        if (verdict instanceof Verdict.Allowed) {
            greeted = name;
        }
        return verdict;
    }

    /** Whether the TLS that it carries must end here. */
    boolean isToBeInspected() {
        return connections().inspects(to.host(), to.port());
    }

    /** What is added to its requests. */
    Optional<Credential> credential() {
        return inspected ? connections().credential(to.host(), to.port()) : Optional.empty();
    }

    /** A request with what is added to it, and its answer without. */
    Judged credit(Request request, Credential credential) {
        if (!adds(credential)) {
            return new Judged.Refused(
                    AccessReason.CredentialNotGranted.name(),
                    "the policy no longer adds the credential " + credential.name());
        }
        return switch (tunnels.inspector()
                .credentials()
                .ask(credential, run.claim().namespace(), to.toString())) {
            case Credentials.Asked.Refused no ->
                new Judged.Refused(AccessReason.CredentialNotDeclared.name(), no.reason());
            case Credentials.Asked.Usable usable ->
                new Judged.Passed(
                        request.credited(credential.header(), usable.field()),
                        Optional.of(usable.forms().redaction()));
        };
    }

    /** Whether that may still be; then it is known that it was. */
    private boolean adds(Credential credential) {
        adding = credential;
        return connections().stillAdds(credential, to.host(), to.port());
    }

    void inspected() {
        inspected = true;
    }

    boolean isInspected() {
        return inspected;
    }

    void unread() {
        unread = true;
    }

    /** Whether a request may be made: by the name that was connected to, at its port, as it is granted now. */
    Optional<Judged.Refused> judge(Request request) {
        Authority asked = request.authority();
        if (asked.port() != to.port()) {
            return Optional.of(new Judged.Refused(Reason.HostNotAllowed.name(), "the request is for another port"));
        }
        boolean byAddress = to.address().isPresent() && asked.equals(to);
        return switch (byAddress ? verdict(addresses) : greet(asked.host())) {
            case Verdict.Denied denied -> Optional.of(new Judged.Refused(denied.codes(), TunnelRecord.message(denied)));
            case Verdict.Allowed allowed
            when !allowed.carries(protocol) ->
                Optional.of(new Judged.Refused(
                        Reason.HostNotAllowed.name(), protocol.text() + " is granted there no longer"));
            case Verdict.Allowed allowed -> {
                Asking asking = new Asking(byAddress ? to.host() : asked.host(), request.access());
                last = asking;
                if (isGranted(asking, connections(), addresses, tunnels.floor())) {
                    let(asking.host(), Optional.of(asking.access()));
                    yield Optional.empty();
                }
                yield Optional.of(new Judged.Refused(
                        AccessReason.RequestNotAllowed.name(),
                        "no rule allows a request with this method and path there, or it can be read as another one"));
            }
        };
    }

    private boolean isGranted(Asking asking, Connections by, List<Address> checked, Floor floor) {
        return by.request(asking.host(), to.port(), protocol, asking.access(), checked, floor)
                instanceof Verdict.Allowed;
    }

    /** As what it is: bytes that nobody looked at are not what a narrower rule grants, and a server that was greeted is one that was asked for. */
    boolean isRevoked(Connections now, Floor floor) {
        List<Address> checked = addresses;
        NetworkProtocol carried = protocol;
        String name = greeted;
        Credential added = adding;
        Asking asking = last;
        boolean granted = checked.isEmpty()
                || now.connect(to.host(), to.port(), checked, floor) instanceof Verdict.Allowed allowed
                        && (carried == null || allowed.carries(carried))
                        && (!unread || !now.inspects(to.host(), to.port()))
                        && (name == null
                                || now.greet(to.host(), to.port(), carried, name, checked, floor)
                                        instanceof Verdict.Allowed)
                        && (asking == null || isGranted(asking, now, checked, floor))
                        && (added == null || now.stillAdds(added, to.host(), to.port()));
        if (!granted) {
            decidedBy = now.policyVersion();
        }
        return !granted;
    }

    private Connections connections() {
        Connections now = tunnels.connections(run.claim());
        run.tellRevoked(now);
        decidedBy = now.policyVersion();
        return now;
    }
}
