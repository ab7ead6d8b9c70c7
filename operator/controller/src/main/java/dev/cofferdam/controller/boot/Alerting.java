package dev.cofferdam.controller.boot;

import dev.cofferdam.controller.notify.Webhook;
import dev.cofferdam.controller.reconcile.Alarm;
import dev.cofferdam.controller.reconcile.Alerts;
import dev.cofferdam.controller.reconcile.AuditLog;
import dev.cofferdam.controller.reconcile.CatchUp;
import dev.cofferdam.controller.telemetry.AlertMeters;
import dev.cofferdam.policy.Compilations;
import dev.cofferdam.policy.Served;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Puts together what alerts of policies need: who counts, who catches up, who is told. */
@Singleton
class Alerting {
    private static final Duration CONNECT = Duration.ofSeconds(5);

    private final Compilations compilations = new Compilations(Served.NOW);
    private final ScheduledExecutorService looking = thread("alerts-runs");
    private final ScheduledExecutorService catching = thread("alerts-catch-up");
    private final ScheduledExecutorService telling = thread("alerts-events");
    private final ScheduledExecutorService calling = thread("alerts-webhook");
    private final Alerts alerts;
    private final CatchUp catchUp;
    private final Alarm alarm;

    Alerting(KubernetesClient client, Clock clock, Settings settings, MeterRegistry registry, AuditLog auditLog) {
        AlertMeters meters = new AlertMeters(registry);
        alerts = new Alerts(clock, compilations, meters::fired);
        catchUp = new CatchUp(client, alerts, auditLog, looking, catching);
        alarm = new Alarm(
                client,
                alerts,
                settings.alerts().webhook().map(address -> webhook(address, settings.alerts())),
                meters,
                Instance.name(),
                telling,
                calling,
                clock);
    }

    private static ScheduledExecutorService thread(String name) {
        return Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name(name).daemon().factory());
    }

    private static Webhook webhook(URI address, Settings.Alerts settings) {
        if (!Set.of("http", "https").contains(String.valueOf(address.getScheme())) || address.getHost() == null) {
            throw new IllegalArgumentException("cofferdam.alerts.webhook is not an address of http or https");
        }
        HttpClient.Builder http = HttpClient.newBuilder()
                .connectTimeout(CONNECT)
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER);
        settings.webhookCaFile().map(Alerting::trusting).ifPresent(http::sslContext);
        return new Webhook(address, settings.webhookHeaderFile(), http.build());
    }

    private static SSLContext trusting(Path authorities) {
        try (InputStream pem = Files.newInputStream(authorities)) {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
                store.setCertificateEntry("authority-" + store.size(), certificate);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (IOException e) {
            throw new UncheckedIOException("cofferdam.alerts.webhook-ca-file cannot be read", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("cofferdam.alerts.webhook-ca-file has no certificates", e);
        }
    }

    Compilations compilations() {
        return compilations;
    }

    Alerts alerts() {
        return alerts;
    }

    CatchUp catchUp() {
        return catchUp;
    }

    Alarm alarm() {
        return alarm;
    }

    void stop(@Observes ShutdownEvent event) {
        List.of(looking, catching, telling, calling).forEach(ExecutorService::shutdownNow);
    }
}
