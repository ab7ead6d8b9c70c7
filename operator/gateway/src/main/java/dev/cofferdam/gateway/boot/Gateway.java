package dev.cofferdam.gateway.boot;

import dev.cofferdam.gateway.audit.RunAudit;
import dev.cofferdam.gateway.boot.TlsFiles.Content;
import dev.cofferdam.gateway.channel.Canary;
import dev.cofferdam.gateway.channel.ChannelServer;
import dev.cofferdam.gateway.channel.Channels;
import dev.cofferdam.gateway.channel.Jobs;
import dev.cofferdam.gateway.channel.Refusals;
import dev.cofferdam.gateway.channel.ServerBounds;
import dev.cofferdam.gateway.channel.SessionSecrets;
import dev.cofferdam.gateway.channel.Surroundings;
import dev.cofferdam.gateway.cluster.ApiObjects;
import dev.cofferdam.gateway.cluster.ClusterAddresses;
import dev.cofferdam.gateway.cluster.ClusterView;
import dev.cofferdam.gateway.cluster.CommitterPods;
import dev.cofferdam.gateway.cluster.Enclosure;
import dev.cofferdam.gateway.cluster.LiveJobs;
import dev.cofferdam.gateway.cluster.PodIdentities;
import dev.cofferdam.gateway.cluster.StatusFacts;
import dev.cofferdam.gateway.cluster.Watches;
import dev.cofferdam.gateway.contents.ContentsStore;
import dev.cofferdam.gateway.contents.StreamedContents;
import dev.cofferdam.gateway.egress.Bounds;
import dev.cofferdam.gateway.egress.Inspector;
import dev.cofferdam.gateway.egress.Resolver;
import dev.cofferdam.gateway.egress.Tunnels;
import dev.cofferdam.gateway.egress.tls.RunAuthorities;
import dev.cofferdam.gateway.egress.tls.ServerTrust;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/** Wires the gateway, and takes it up and down. */
@ApplicationScoped
public class Gateway {
    private static final Logger LOG = Logger.getLogger(Gateway.class);
    private static final long START_POLL_MILLIS = 100;
    private static final long LEAVE_POLL_MILLIS = 50;
    private static final long SWEEP_MILLIS = 60_000;
    private static final long FLUSH_MILLIS = 1_000;
    private static final long CLOSE_SECONDS_MOST = 5;
    private static final int HANDSHAKE_SECONDS = 5;
    private static final long REQUEST_MILLIS = 10_000;
    private static final int IDLE_SECONDS = 20;
    private static final int DNS_PORT = 53;

    /** Each has buffers of its own; who has more processors has more replicas. */
    private static final int LOOPS = Math.min(8, Runtime.getRuntime().availableProcessors());

    private static final Path RESOLVER_FILE = Path.of("/etc/resolv.conf");

    private final GatewayConfig config;
    private final KubernetesClient client;
    private final Vertx vertx;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final SessionSecrets secrets = new SessionSecrets();
    private final Channels channels;
    private final ClusterView view = new ClusterView();
    private final ApiObjects objects = new ApiObjects();
    private final ClusterAddresses addresses;
    private final Resolver resolver;
    private final ChannelServer server;
    private final Canary canary;
    private final ContentsStore store;
    private final StreamedContents contents;
    private final TlsFiles files;
    private final Follows admins;
    private final InstantSource clock = InstantSource.system();
    private final Inspector inspector = new Inspector(new RunAuthorities(clock), new ServerTrust());
    private Watches watches;
    private Future<Integer> opened = Future.failedFuture("not opened yet");
    private volatile State state = State.Starting;

    private enum State {
        Starting,
        Opening,
        Open,
        Leaving
    }

    Gateway(GatewayConfig config, KubernetesClient client, Vertx vertx, MeterRegistry registry) {
        this.config = config;
        this.client = client;
        this.vertx = vertx;
        this.files = new TlsFiles(config.tlsDir());
        TrustFiles trusted = new TrustFiles(config.trustDir());
        CredentialFiles credentials = new CredentialFiles(config.credentialsDir());
        this.admins = new Follows(
                List.of(() -> trusted.follow(inspector.trust()), () -> credentials.follow(inspector.credentials())));
        // A container that starts again has the name of the one before, and not its chains.
        String source = "gateway/" + config.instance() + "."
                + Long.toString(clock.instant().getEpochSecond(), Character.MAX_RADIX);
        GatewayMetrics metrics = new GatewayMetrics(registry);
        StatusFacts facts = new StatusFacts(client, view, objects, threads, metrics::retried);
        Jobs jobs = new LiveJobs(client, view, objects, facts, clock, threads);
        AuditOutput stream = new AuditOutput();
        RunAudit audit = new RunAudit(clock, chain -> {
            stream.accept(chain.lastLine());
            metrics.recorded(chain.last());
        });
        Surroundings around = new Surroundings(source, facts, audit, metrics, clock);
        List<String> clusterDns = clusterDns(config);
        this.addresses = new ClusterAddresses(Stream.concat(Stream.of(config.apiServer()), clusterDns.stream())
                .toList());
        this.resolver = new Resolver(clusterDns.stream()
                .map(server -> new InetSocketAddress(InetAddress.ofLiteral(server), DNS_PORT))
                .toList());
        Tunnels tunnels = new Tunnels(vertx, Bounds.USUAL, resolver, jobs, addresses::floor, around, inspector);
        this.channels = new Channels(secrets, jobs, around, tunnels);
        metrics.watch(channels);
        this.store = new ContentsStore(
                config.contentsDir(), config.instance(), config.contentsBytes(), config.contentsTtl(), clock);
        this.contents = new StreamedContents(vertx, store);
        this.server = new ChannelServer(
                vertx,
                new ServerBounds(
                        config.connections(),
                        config.connectionsOfOneAddress(),
                        HANDSHAKE_SECONDS,
                        REQUEST_MILLIS,
                        IDLE_SECONDS),
                new PodIdentities(
                        client, view, source, enclosure(config, clusterDns), config.claimPatience(), clock, threads),
                jobs,
                channels,
                contents,
                new CommitterPods(client, view, threads),
                new Refusals(metrics, stream, clock));
        this.canary = new Canary(vertx, config.host(), config.canaryPort());
    }

    private static List<String> clusterDns(GatewayConfig config) {
        List<String> clusterDns = config.clusterDns().orElseGet(() -> NameServers.of(RESOLVER_FILE));
        if (clusterDns.isEmpty()) {
            throw new IllegalStateException(
                    "the cluster's name servers are not known: no sandbox could be held to be closed to them; "
                            + "set COFFERDAM_GATEWAY_CLUSTER_DNS to their addresses");
        }
        return clusterDns;
    }

    private static Enclosure enclosure(GatewayConfig config, List<String> clusterDns) {
        return new Enclosure(
                config.canaryPort(),
                config.apiServer(),
                config.apiServerPort(),
                config.kubeletPort(),
                clusterDns,
                config.gatePatience());
    }

    void start(@Observes StartupEvent event) {
        watches = Watches.start(client, view, objects, channels, contents, addresses);
        vertx.setPeriodic(START_POLL_MILLIS, timer -> {
            if (state == State.Starting && watches.synced()) {
                state = State.Opening;
                vertx.cancelTimer(timer);
                follow();
                sweep();
                vertx.setPeriodic(config.tlsPoll().toMillis(), poll -> follow());
                vertx.setPeriodic(SWEEP_MILLIS, sweep -> sweep());
                vertx.setPeriodic(FLUSH_MILLIS, flush -> channels.flush());
            }
        });
    }

    private void sweep() {
        vertx.executeBlocking(() -> {
                    // Asked before: what comes while nobody follows is not in the list.
                    boolean following = watches.following();
                    Set<String> unsettled = watches.unsettled();
                    store.sweep(uid -> !following || unsettled.contains(uid));
                    return null;
                })
                .onFailure(failure -> LOG.errorf("the store of contents cannot be swept: %s", failure.getMessage()));
    }

    /** Looks at the certificate's files, and uses what is new. */
    private void follow() {
        vertx.executeBlocking(() -> {
                    admins.all();
                    return files.changed();
                })
                .onSuccess(changed -> changed.ifPresent(this::use))
                .onFailure(failure -> LOG.error("the certificate's files cannot be read", failure));
    }

    private void use(Content content) {
        try {
            secrets.use(content.sessionKey());
            inspector.authorities().use(content.sessionKey());
        } catch (IllegalArgumentException e) {
            LOG.errorf("session.key is not used: %s", e.getMessage());
            return;
        }
        if (state == State.Open) {
            server.use(content.options())
                    .onSuccess(used -> LOG.info("the renewed certificate is in use"))
                    .onFailure(failure ->
                            LOG.error("the renewed certificate cannot be used; the one before stays", failure));
        } else if (state == State.Opening) {
            // The canary first: while it does not listen, it would seem closed to everybody.
            opened = opened.recover(failure -> canary.listen());
            opened.compose(canaryPort -> server.listen(config.host(), config.port(), content.options(), LOOPS))
                    .onSuccess(port -> {
                        if (state == State.Opening) {
                            state = State.Open;
                        }
                        LOG.infof("run channel open: port=%d instance=%s", port, config.instance());
                    })
                    .onFailure(failure ->
                            LOG.error("the ports cannot be opened; waiting for other certificate files", failure));
        }
    }

    /** Whether new channels can be opened. */
    boolean isOpen() {
        return state == State.Open && watches.synced();
    }

    /** No new channel; supervisors go elsewhere; facts that are on their way get their time. */
    void stop(@Observes ShutdownEvent event) throws InterruptedException {
        state = State.Leaving;
        server.leave();
        Instant until = clock.instant().plus(config.leavePatience());
        while (channels.storing() + channels.leaving() > 0 && clock.instant().isBefore(until)) {
            Thread.sleep(LEAVE_POLL_MILLIS);
        }
        CountDownLatch closed = new CountDownLatch(1);
        Future.join(server.close(), canary.close()).onComplete(done -> closed.countDown());
        closed.await(CLOSE_SECONDS_MOST, TimeUnit.SECONDS);
        watches.stop();
        resolver.close();
        threads.shutdownNow();
    }
}
