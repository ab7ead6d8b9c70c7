package dev.cofferdam.gateway.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.EnvironmentVariable;
import dev.cofferdam.gateway.audit.RunAudit;
import dev.cofferdam.gateway.contents.ContentsStore;
import dev.cofferdam.gateway.contents.StreamedContents;
import dev.cofferdam.gateway.egress.Bounds;
import dev.cofferdam.gateway.egress.Inspector;
import dev.cofferdam.gateway.egress.Resolver;
import dev.cofferdam.gateway.egress.Tunnels;
import dev.cofferdam.gateway.egress.tls.RunAuthorities;
import dev.cofferdam.gateway.egress.tls.ServerTrust;
import dev.cofferdam.policy.Connections;
import dev.cofferdam.policy.ExecGrant;
import dev.cofferdam.policy.Floor;
import dev.cofferdam.policy.Job;
import dev.cofferdam.policy.Limits;
import dev.cofferdam.policy.Programs;
import dev.cofferdam.record.AccessEnd;
import dev.cofferdam.record.AccessReason;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** One gateway replica in this process: the real server and protocol, with ports that the test answers. */
final class Harness implements AutoCloseable {
    private static final Set<String> DECISIONS =
            Stream.of(Reason.values()).map(Reason::name).collect(Collectors.toSet());
    private static final Set<String> REASONS = Stream.concat(
                    Stream.of(AccessReason.values()).map(AccessReason::name),
                    Stream.of(AccessEnd.values()).filter(AccessEnd::isEarly).map(AccessEnd::text))
            .collect(Collectors.toSet());
    private static final Set<String> ENDS =
            Stream.of(AccessEnd.values()).map(AccessEnd::text).collect(Collectors.toSet());

    /** How long a test waits for what will come: a slow machine is no failure. */
    static final Duration PATIENCE = Duration.ofSeconds(60);

    static {
        Awaitility.setDefaultTimeout(PATIENCE);
        // What a test waits for is here in a moment; a tenth of a second each time is most of what all of them take.
        Awaitility.setDefaultPollDelay(Duration.ZERO);
        Awaitility.setDefaultPollInterval(Duration.ofMillis(10));
    }

    static final byte[] KEY = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    static final long CONTENTS_MOST = 4 << 20;
    static final long WAITING_MOST = 96 << 10;
    static final Job JOB = new Job(
            List.of("sh", "-c", "true"),
            List.of(new EnvironmentVariable("LANG", "C.UTF-8")),
            List.of("token"),
            new byte[0],
            Limits.DEFAULTS,
            new ExecGrant(new Programs(new TreeSet<>()), false),
            Job.Files.NONE,
            Job.Network.NONE);
    static final Claim CLAIM = Claims.USUAL;

    final BlockingQueue<Facts> facts = new LinkedBlockingQueue<>();
    final BlockingQueue<Interim> interims = new LinkedBlockingQueue<>();
    /** Threads on which somebody asked for a channel. */
    final Set<String> loops = ConcurrentHashMap.newKeySet();

    final AtomicInteger jobsAsked = new AtomicInteger();
    final AtomicInteger tampered = new AtomicInteger();
    final List<String> audit = new CopyOnWriteArrayList<>();
    final Map<Refusal, AtomicInteger> refusals = new ConcurrentHashMap<>();
    final Inspector inspector = new Inspector(new RunAuthorities(InstantSource.system()), new ServerTrust());
    final TestNames dns;
    final Tunnels tunnels;
    final Channels channels;
    final ContentsStore contents;
    final StreamedContents streamed;
    final Path kept;
    private final Resolver resolver;
    final ChannelServer server;
    final int port;

    volatile Contents.Committing committing = new Contents.Committing.Refused(Refusal.TokenRejected, "nobody's token");
    volatile Identification identification = new Identification.Identified(CLAIM);
    volatile CompletionStage<HandOver> handOver = CompletableFuture.completedStage(new HandOver.Granted(JOB));
    volatile Connections connections = Connections.none(List.of());
    volatile Floor floor = new Floor(List.of());
    volatile Optional<Reason> stop = Optional.empty();
    volatile Set<Undecided> undecided = Set.of();
    volatile int told;

    /** Happens once, when somebody looks at the clock. */
    final AtomicReference<Runnable> atNextLook = new AtomicReference<>(() -> {});

    /** Happens once, when an attempt is decided by its addresses. */
    final AtomicReference<Runnable> atNextFloor = new AtomicReference<>(() -> {});

    volatile FactsStore.Stored stored = new FactsStore.Stored.Kept();

    /** The run channel of one supervisor, and its tunnels, are then on different ones. */
    private static final int LOOPS = 2;

    /** Of those in one process, so that none joins another one's port. */
    private static final AtomicInteger NUMBER = new AtomicInteger();

    static Harness start(Vertx vertx, TestCertificate certificate) throws Exception {
        return start(vertx, certificate, Waits.LONG);
    }

    static Harness start(Vertx vertx, TestCertificate certificate, Waits waits) throws Exception {
        return new Harness(vertx, certificate, new ServerBounds(100, 20, 60, 60_000, 120), waits);
    }

    Harness(Vertx vertx, TestCertificate certificate, ServerBounds bounds) throws Exception {
        this(vertx, certificate, bounds, Waits.LONG);
    }

    private Harness(Vertx vertx, TestCertificate certificate, ServerBounds bounds, Waits waits) throws Exception {
        SessionSecrets secrets = new SessionSecrets();
        secrets.use(KEY);
        inspector.authorities().use(KEY);
        Jobs jobs = new Jobs() {
            @Override
            public CompletionStage<HandOver> job(Claim claim) {
                jobsAsked.incrementAndGet();
                return handOver;
            }

            @Override
            public Connections connections(Claim claim) {
                return connections;
            }

            @Override
            public Optional<Reason> stop(Claim claim) {
                return stop;
            }

            @Override
            public int told(Claim claim) {
                return told;
            }

            @Override
            public Set<Undecided> undecided() {
                return undecided;
            }
        };
        FactsStore store = new FactsStore() {
            @Override
            public CompletionStage<Stored> store(Facts given) {
                facts.add(given);
                return CompletableFuture.completedStage(stored);
            }

            @Override
            public CompletionStage<Boolean> store(Interim interim) {
                interims.add(interim);
                return CompletableFuture.completedStage(true);
            }
        };
        Counters counters = new Counters() {
            @Override
            public void refused(Refusal refusal) {
                refusals.computeIfAbsent(refusal, r -> new AtomicInteger()).incrementAndGet();
            }

            @Override
            public void opened(boolean resumed) {}

            @Override
            public void tampered() {
                tampered.incrementAndGet();
            }

            @Override
            public void stored(boolean kept) {}
        };
        Surroundings around = new Surroundings(
                "gateway/test",
                store,
                new RunAudit(InstantSource.system(), chain -> audit.add(chain.lastLine())),
                counters,
                () -> {
                    atNextLook.getAndSet(() -> {}).run();
                    return Instant.now();
                });
        dns = new TestNames();
        resolver = new Resolver(List.of(dns.address()));
        tunnels = new Tunnels(
                vertx,
                new Bounds(
                        64,
                        4,
                        WAITING_MOST,
                        WAITING_MOST,
                        16,
                        8,
                        waits.stepMillis(),
                        waits.stepMillis(),
                        waits.stepMillis(),
                        waits.idleMillis(),
                        waits.silentMillis()),
                resolver,
                jobs,
                () -> {
                    atNextFloor.getAndSet(() -> {}).run();
                    return floor;
                },
                around,
                inspector);
        kept = Files.createTempDirectory("contents");
        contents = new ContentsStore(kept, "gateway", CONTENTS_MOST, Duration.ofHours(1), InstantSource.system());
        streamed = new StreamedContents(vertx, contents);
        channels = new Channels(secrets, jobs, around, tunnels);
        server = new ChannelServer(
                vertx,
                bounds,
                (token, peer) -> {
                    loops.add(Thread.currentThread().getName());
                    return CompletableFuture.completedStage(identification);
                },
                jobs,
                channels,
                streamed,
                (token, peer) -> CompletableFuture.completedStage(committing),
                new Refusals(counters, audit::add, InstantSource.system()));
        port = server.listen("127.0.0.1", -NUMBER.incrementAndGet(), certificate.options(), LOOPS)
                .toCompletionStage()
                .toCompletableFuture()
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    /**
     * How long the gateway waits. Only who sees it give up has it wait for less than a slow machine may need.
     *
     * @param stepMillis for an address, for a connection, for a greeting and for a request, each
     * @param idleMillis for which an inspected connection is kept between two requests
     * @param silentMillis how often an inspected request that has begun is looked at
     */
    record Waits(int stepMillis, long idleMillis, long silentMillis) {
        static final Waits LONG = new Waits(30_000, 60_000, 600_000);
    }

    Facts facts() throws InterruptedException {
        Facts next = facts.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("no facts came");
        }
        return next;
    }

    int refused(Refusal refusal) {
        return refusals.getOrDefault(refusal, new AtomicInteger()).get();
    }

    @Override
    public void close() throws Exception {
        server.close().toCompletionStage().toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        resolver.close();
        dns.close();
        // What was coming when the server closed is removed a moment later.
        await().ignoreExceptions().until(() -> {
            try (var files = Files.list(kept)) {
                for (Path file : files.toList()) {
                    Files.deleteIfExists(file);
                }
            }
            return Files.deleteIfExists(kept);
        });
        assertThat(audit).allSatisfy(Harness::isInKnownWords);
    }

    /** Alerts compare them, and people look them up: docs/security/audit.md has a row for each of these words. */
    private static void isInKnownWords(String line) {
        Map<?, ?> event = Serialization.unmarshal(line, Map.class);
        if ("NetworkAccess".equals(event.get("event_type"))) {
            Map<?, ?> detail = (Map<?, ?>) event.get("detail");
            if (detail.get("reason") instanceof String reason && !REASONS.contains(reason)) {
                // Of one decision there may be more than one.
                assertThat(reason.split(" ")).isSubsetOf(DECISIONS);
            }
            if (detail.get("ended") instanceof String ended) {
                assertThat(ended).isIn(ENDS);
            }
        }
    }
}
