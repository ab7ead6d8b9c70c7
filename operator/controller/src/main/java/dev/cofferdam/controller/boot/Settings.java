package dev.cofferdam.controller.boot;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** What an installation can set: {@code cofferdam.*} in application.properties, or the environment ({@code COFFERDAM_GATEWAY_ADDRESS}). */
@ConfigMapping(prefix = "cofferdam")
public interface Settings {
    Gateway gateway();

    Sandbox sandbox();

    Run run();

    Sweep sweep();

    LeaderElection leaderElection();

    Tracing tracing();

    Alerts alerts();

    interface Gateway {
        /** {@code ip:port} of the run channel, as sandboxes reach it. Absent: the cluster IP of the gateway's Service. */
        Optional<String> address();

        /** PEM file by which supervisors know the gateway. Read again when it changes. */
        @WithDefault("/etc/cofferdam/ca/ca.crt")
        String caFile();
    }

    interface Sandbox {
        /** Image that holds {@code /supervisor}. */
        @WithDefault("cofferdam.local/sandbox:1")
        String image();

        @WithDefault("Auto")
        Supervisor supervisor();

        /** Handlers of RuntimeClasses that are gVisor's here. */
        @WithDefault("runsc,gvisor")
        Set<String> handlers();

        /** From the moment a node was found until the container must have started: images are pulled meanwhile, of a gigabyte and more. */
        @WithDefault("180s")
        Duration startTimeout();

        /** From the pod's creation until the volume of its workspace must have been found, where it has one. */
        @WithDefault("60s")
        Duration volumeTimeout();

        /** From the pod's creation until a node must have been found: how long runs may queue for room. */
        @WithDefault("5m")
        Duration scheduleTimeout();

        /** From the kubelet's acceptance until an image that cannot be pulled ends the run. */
        @WithDefault("15s")
        Duration pullTimeout();

        /** What the pod's own deadline gives above start and timeout. */
        @WithDefault("30s")
        Duration endMargin();

        /** From when a pod's end was told until its facts must have come. */
        @WithDefault("3s")
        Duration factsTimeout();

        /** How long the pod of a finished run is kept, for its log. */
        @WithDefault("60s")
        Duration podRetention();
    }

    interface Run {
        /** How long a finished run is kept that says nothing of its own. */
        @WithDefault("24h")
        Duration ttlAfterFinished();

        /** How much longer a run is kept that was executed under an idempotency key, and how long the key is kept when no run names it any more: 1s to 365d. */
        @WithDefault("24h")
        Duration keyRetention();

        /** Most idempotency keys of a namespace. */
        @WithDefault("10000")
        int keysMost();
    }

    interface Sweep {
        /** How often what is due is removed. */
        @WithDefault("10s")
        Duration interval();

        /** How often everything that is finished is looked through. */
        @WithDefault("5m")
        Duration passInterval();
    }

    interface LeaderElection {
        /** Off only for a controller that runs alone, on somebody's machine. */
        @WithDefault("true")
        boolean enabled();

        @WithDefault("cofferdam-system")
        String namespace();
    }

    interface Tracing {
        /** Where a trace of each run that has ended goes: OTLP over HTTP, {@code http://collector:4318/v1/traces}. Absent: nowhere. */
        Optional<URI> endpoint();
    }

    interface Alerts {
        /** What is told by HTTP of each alert of a policy that fires, {@code https://alerts.example/hook}. Absent: nobody; there are Events and metrics. */
        Optional<URI> webhook();

        /** File with one header that it is sent, {@code Authorization: Bearer …}: a mounted Secret. Read each time. */
        Optional<Path> webhookHeaderFile();

        /** PEM file with the authorities by which it is known. Absent: the public ones. Read at the start. */
        Optional<Path> webhookCaFile();
    }

    /** How the supervisor gets into the pod. */
    enum Supervisor {
        /** As an image volume where the cluster has these (Kubernetes 1.35 and later), else by an init container. */
        Auto,
        ImageVolume,
        InitContainer
    }
}
