package dev.cofferdam.gateway.egress;

import dev.cofferdam.policy.match.Address;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandler;
import java.util.List;
import java.util.Optional;

/** A tunnel's way to a server: one address after the other of those that were checked, and of no others, until one answers. All of it happens on the tunnel's event loop. */
final class Dialling {
    private final Tunnel tunnel;
    private final Tunnels tunnels;
    private final Backlog backlog;
    private final EventLoop loop;
    private final Carriage carriage;

    /** The connection that was begun last; empty before, and where no socket could be made. */
    private Optional<Upstream> last = Optional.empty();

    /**
     * @param backlog of the run
     * @param carriage hears the server
     */
    Dialling(Tunnel tunnel, Tunnels tunnels, Backlog backlog, EventLoop loop, Carriage carriage) {
        this.tunnel = tunnel;
        this.tunnels = tunnels;
        this.backlog = backlog;
        this.loop = loop;
        this.carriage = carriage;
    }

    /** The tunnel hears what comes of it: once, unless it is over by then. */
    void begin() {
        dial(0);
    }

    /** What there is to close, or to wait for, whether or not there is a connection yet. */
    Optional<Upstream> held() {
        return last;
    }

    private void dial(int at) {
        List<Address> addresses = tunnel.permit().addresses();
        Address address = addresses.get(at);
        Upstream trying = Upstream.connect(
                loop, address, tunnel.target().port(), tunnels.bounds().connectMillis(), carriage, secured(), backlog);
        last = Optional.of(trying);
        trying.connected().onSuccess(done -> tunnel.connected(trying, address)).onFailure(failure -> {
            if (failure instanceof Upstream.TlsException tls) {
                tunnel.failed(tls.reason(), "TLS with the server at " + address + ": " + tls.getMessage());
                return;
            }
            boolean more = at + 1 < Math.min(addresses.size(), Bounds.ADDRESSES_TRIED_MOST);
            if (more && !tunnel.isOver()) {
                dial(at + 1);
            } else {
                // Where no socket could be made there is nothing to close, nor to wait for.
                last = Optional.empty();
                tunnel.unreachable(address + ": " + failure.getMessage());
            }
        });
    }

    private Optional<SslHandler> secured() {
        return tunnel.permit().isInspected()
                ? Optional.of(tunnels.inspector()
                        .trust()
                        .client(tunnel.target().host(), tunnels.bounds().connectMillis()))
                : Optional.empty();
    }
}
