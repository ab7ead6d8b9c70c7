package dev.cofferdam.controller.reconcile;

import dev.cofferdam.controller.observe.Observer;
import dev.cofferdam.controller.plan.SandboxSettings;
import dev.cofferdam.controller.status.Lifetime;
import dev.cofferdam.controller.telemetry.RunMeters;
import dev.cofferdam.controller.telemetry.RunTraces;
import dev.cofferdam.policy.Compilations;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What the reconcilers are given.
 *
 * @param settings asked anew for every pod: the gateway's certificates change
 * @param compilations what became of policies, for whoever asks
 * @param index the runs that are not settled
 * @param term in which this replica decides
 * @param keyCounts how many idempotency keys there are
 * @param places who has one under policies that bound how many runs there are
 * @param rates how many runs were let through under policies that bound that
 * @param breakers the circuits of tools whose policies have a breaker
 * @param alerts of all policies
 * @param catchUp shows alerts what they may have missed
 * @param alarm tells of what fires
 * @param agenda what the loop leaves to the sweeps
 * @param auditLog the lines of the audit stream
 * @param traces where somebody wants them
 * @param instance this replica, for Events
 */
public record Workbench(
        KubernetesClient client,
        Clock clock,
        Observer observer,
        Runtimes runtimes,
        Compilations compilations,
        Supplier<SandboxSettings> settings,
        RunIndex index,
        Term term,
        KeyCounts keyCounts,
        Places places,
        Rates rates,
        Breakers breakers,
        Alerts alerts,
        CatchUp catchUp,
        Alarm alarm,
        Agenda agenda,
        Lifetime lifetime,
        AuditLog auditLog,
        RunMeters meters,
        Optional<RunTraces> traces,
        String instance) {}
