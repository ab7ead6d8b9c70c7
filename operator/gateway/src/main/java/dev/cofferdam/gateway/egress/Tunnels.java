package dev.cofferdam.gateway.egress;

import dev.cofferdam.gateway.channel.Claim;
import dev.cofferdam.gateway.channel.Egress;
import dev.cofferdam.gateway.channel.Jobs;
import dev.cofferdam.gateway.channel.Surroundings;
import dev.cofferdam.policy.Connections;
import dev.cofferdam.policy.Floor;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** All tunnels of this gateway. Thread-safe. */
public final class Tunnels implements Egress {
    /** By pod: an attempt has none of the one before. */
    private final Map<String, RunTunnels> runs = new ConcurrentHashMap<>();

    private final Shares open;
    private final Backlog backlog;
    private final Vertx vertx;
    private final Bounds bounds;
    private final Resolver resolver;
    private final Jobs jobs;
    private final Supplier<Floor> floor;
    private final Surroundings around;
    private final Inspector inspector;
    private volatile boolean leaving;

    /** @param floor what of this cluster no policy opens, as it is now */
    public Tunnels(
            Vertx vertx,
            Bounds bounds,
            Resolver resolver,
            Jobs jobs,
            Supplier<Floor> floor,
            Surroundings around,
            Inspector inspector) {
        this.inspector = inspector;
        this.vertx = vertx;
        this.bounds = bounds;
        this.open = new Shares(bounds.tunnels());
        this.backlog = new Backlog(bounds.waiting(), Optional.empty());
        this.resolver = resolver;
        this.jobs = jobs;
        this.floor = floor;
        this.around = around;
    }

    @Override
    public void open(HttpServerRequest request, Claim claim) {
        RunTunnels run = of(claim);
        Tunnel tunnel = new Tunnel(vertx, request, this, run);
        if (leaving) {
            tunnel.tooLate();
            return;
        }
        if (!open.enter(claim.namespace(), claim.podUid())) {
            tunnel.tooMany();
            return;
        }
        if (!run.enter(tunnel)) {
            open.leave(claim.namespace(), claim.podUid());
            tunnel.tooMany();
            return;
        }
        tunnel.begin();
    }

    void left(RunTunnels run, Tunnel tunnel) {
        if (run.leave(tunnel)) {
            open.leave(run.claim().namespace(), run.claim().podUid());
        }
    }

    /** Tunnels that are open, or on their way. */
    public int open() {
        return open.open();
    }

    /** Bytes that wait for servers and for tools. */
    public long waiting() {
        return backlog.bytes();
    }

    @Override
    public void reconsider(Claim claim) {
        of(claim).reconsider(jobs.connections(claim), floor.get());
    }

    private RunTunnels of(Claim claim) {
        return runs.computeIfAbsent(
                claim.podUid(),
                uid -> new RunTunnels(
                        claim,
                        bounds,
                        around,
                        jobs.connections(claim).traffic(),
                        backlog,
                        () -> inspector.authorities().of(claim)));
    }

    @Override
    public String authority(Claim claim) {
        // The one by which the tool will be shown certificates, even if the key that it is derived from changes in
        // between.
        return of(claim).authority().pem();
    }

    @Override
    public void tally(Claim claim) {
        RunTunnels run = runs.get(claim.podUid());
        if (run != null) {
            run.tally();
        }
    }

    @Override
    public void leave(Claim claim) {
        leaving = true;
        RunTunnels run = runs.get(claim.podUid());
        if (run != null) {
            run.leave();
        }
    }

    @Override
    public boolean close(Claim claim) {
        RunTunnels run = runs.remove(claim.podUid());
        return run != null && run.close();
    }

    Bounds bounds() {
        return bounds;
    }

    Inspector inspector() {
        return inspector;
    }

    Resolver resolver() {
        return resolver;
    }

    Connections connections(Claim claim) {
        return jobs.connections(claim);
    }

    Floor floor() {
        return floor.get();
    }
}
