package dev.cofferdam.gateway.cluster;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.gateway.channel.Channels;
import dev.cofferdam.gateway.channel.Contents;
import dev.cofferdam.record.Names;
import dev.cofferdam.record.Quoted;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/** Keeps the view and the channels up with the API server. A watch that breaks, or cannot begin, is tried again for ever. */
public final class Watches {
    private static final Logger LOG = Logger.getLogger(Watches.class);
    private static final String KUBE_SYSTEM = "kube-system";
    private static final String DEFAULT = "default";
    private static final String API_SERVER = "kubernetes";
    private static final int FAILURE_SHOWN_MOST = 300;

    /** Deleted, or ended without facts: its object says which, if it is there. */
    private static final String OVER = "Over";

    private final List<SharedIndexInformer<?>> informers;
    private final SharedIndexInformer<GenericKubernetesResource> runs;

    private Watches(List<SharedIndexInformer<?>> informers, SharedIndexInformer<GenericKubernetesResource> runs) {
        this.informers = informers;
        this.runs = runs;
    }

    public static Watches start(
            KubernetesClient client,
            ClusterView view,
            ApiObjects objects,
            Channels channels,
            Contents contents,
            ClusterAddresses addresses) {
        SharedIndexInformer<Pod> pods = client.pods()
                .inAnyNamespace()
                .withLabel(Names.MANAGED_BY_LABEL, Names.MANAGED_BY)
                .runnableInformer(0)
                .addEventHandler(seamless(
                        pod -> {
                            view.put(pod);
                            addresses.put(pod);
                        },
                        pod -> {
                            view.remove(pod);
                            addresses.remove(pod);
                        }));
        SharedIndexInformer<GenericKubernetesResource> runs = runs(
                client,
                view,
                objects,
                run -> channels.runChanged(run.getMetadata().getUid()),
                leaving(channels::runGone, contents::forget));
        SharedIndexInformer<GenericKubernetesResource> policies = client.genericKubernetesResources(ApiObjects.POLICIES)
                .inAnyNamespace()
                .runnableInformer(0)
                .addEventHandler(handler(
                        // A policy that cannot be read grants nothing.
                        tree -> objects.policy(tree)
                                .ifPresentOrElse(view::put, () -> view.removePolicy(ApiObjects.unreadable(tree))),
                        tree -> view.removePolicy(ApiObjects.unreadable(tree)),
                        tree -> channels.policyChanged(
                                tree.getMetadata().getNamespace(),
                                tree.getMetadata().getName())));
        SharedIndexInformer<Namespace> stopped = labelled(client, Names.STATE_LABEL, view::put, view::remove, channels);
        SharedIndexInformer<Namespace> staged =
                labelled(client, Names.STAGE_LABEL, view::putStaged, view::removeStaged, channels);
        List<SharedIndexInformer<?>> all = new ArrayList<>(List.of(pods, runs, policies, stopped, staged));
        all.addAll(floor(client, addresses));
        all.forEach(informer -> {
            informer.exceptionHandler((started, failure) -> {
                LOG.warnf(
                        "watch of %s failed and is tried again: %s",
                        informer.getApiTypeClass().getSimpleName(),
                        Quoted.of(failure.getMessage(), FAILURE_SHOWN_MOST));
                return true;
            });
            informer.start();
        });
        return new Watches(all, runs);
    }

    /**
     * What is done when a run is seen no more: it is settled, or deleted. The watch tells both alike, and its last word is the run as it was before; so nothing is said here
     * of which it was.
     *
     * @param ended is given its UID, and why its channel ends
     * @param forgotten is given its UID
     */
    static Consumer<GenericKubernetesResource> leaving(BiConsumer<String, String> ended, Consumer<String> forgotten) {
        return gone -> {
            ended.accept(gone.getMetadata().getUid(), OVER);
            forgotten.accept(gone.getMetadata().getUid());
        };
    }

    /** Runs that are not settled, each told in full. */
    static SharedIndexInformer<GenericKubernetesResource> runs(
            KubernetesClient client,
            ClusterView view,
            ApiObjects objects,
            Consumer<ToolRun> changed,
            Consumer<GenericKubernetesResource> gone) {
        return client.genericKubernetesResources(ApiObjects.RUNS)
                .inAnyNamespace()
                .withoutField("status.settled", "true")
                .runnableInformer(0)
                .itemStore(EndedRuns.names())
                .addEventHandler(handler(
                        tree -> objects.run(tree)
                                .ifPresentOrElse(
                                        run -> {
                                            view.put(run);
                                            changed.accept(run);
                                        },
                                        () -> view.removeRun(tree.getMetadata().getUid())),
                        tree -> {
                            view.removeRun(tree.getMetadata().getUid());
                            gone.accept(tree);
                        }));
    }

    /** What no policy opens. Each is asked for by its own name, or by labels, as our rights have it. */
    private static List<SharedIndexInformer<?>> floor(KubernetesClient client, ClusterAddresses addresses) {
        return List.of(
                client.nodes().runnableInformer(0).addEventHandler(seamless(addresses::put, addresses::remove)),
                client.pods()
                        .inNamespace(Names.SYSTEM_NAMESPACE)
                        .runnableInformer(0)
                        .addEventHandler(seamless(addresses::put, addresses::remove)),
                client.pods()
                        .inNamespace(KUBE_SYSTEM)
                        .withLabel("k8s-app", "kube-dns")
                        .runnableInformer(0)
                        .addEventHandler(seamless(addresses::put, addresses::remove)),
                service(client, addresses, Names.SYSTEM_NAMESPACE, "cofferdam-gateway"),
                service(client, addresses, Names.SYSTEM_NAMESPACE, "cofferdam-controller"),
                service(client, addresses, KUBE_SYSTEM, "kube-dns"),
                service(client, addresses, DEFAULT, API_SERVER),
                client.discovery()
                        .v1()
                        .endpointSlices()
                        .inNamespace(DEFAULT)
                        .withName(API_SERVER)
                        .runnableInformer(0)
                        .addEventHandler(seamless(addresses::put, addresses::remove)));
    }

    private static SharedIndexInformer<Service> service(
            KubernetesClient client, ClusterAddresses addresses, String namespace, String name) {
        return client.services()
                .inNamespace(namespace)
                .withName(name)
                .runnableInformer(0)
                .addEventHandler(seamless(addresses::put, addresses::remove));
    }

    /** Only those namespaces that have the label; one that loses it is seen going. */
    private static SharedIndexInformer<Namespace> labelled(
            KubernetesClient client,
            String label,
            Consumer<Namespace> present,
            Consumer<Namespace> gone,
            Channels channels) {
        return client.namespaces()
                .withLabel(label)
                .runnableInformer(0)
                .addEventHandler(handler(
                        present,
                        gone,
                        namespace -> channels.namespaceChanged(
                                namespace.getMetadata().getName())));
    }

    public boolean synced() {
        return informers.stream().allMatch(SharedIndexInformer::hasSynced);
    }

    /**
     * UIDs of the runs that are not settled, those that this version cannot read among them, by what was listed: {@link ClusterView} is told of it one by one, and may not know all when everything is
     * synced.
     */
    public Set<String> unsettled() {
        return unsettled(runs);
    }

    static Set<String> unsettled(SharedIndexInformer<GenericKubernetesResource> runs) {
        return runs.getStore().list().stream()
                .map(run -> run.getMetadata().getUid())
                .collect(Collectors.toSet());
    }

    /** Whether all that is watched is, at this moment: what is not known then is not there, but for the last moments. */
    public boolean following() {
        return informers.stream().allMatch(SharedIndexInformer::isWatching);
    }

    public void stop() {
        informers.forEach(SharedIndexInformer::stop);
    }

    /** For what is kept by its UID: what was made anew under its name is there before what was there before is gone, so that there is no moment without either. */
    static <T extends HasMetadata> ResourceEventHandler<T> seamless(Consumer<T> present, Consumer<T> gone) {
        return new ResourceEventHandler<>() {
            @Override
            public void onAdd(T object) {
                present.accept(object);
            }

            @Override
            public void onUpdate(T before, T now) {
                present.accept(now);
                if (isAnother(before, now)) {
                    gone.accept(before);
                }
            }

            @Override
            public void onDelete(T object, boolean finalStateUnknown) {
                gone.accept(object);
            }
        };
    }

    private static <T extends HasMetadata> ResourceEventHandler<T> handler(Consumer<T> present, Consumer<T> gone) {
        return handler(present, gone, object -> {});
    }

    static <T extends HasMetadata> ResourceEventHandler<T> handler(
            Consumer<T> present, Consumer<T> gone, Consumer<T> after) {
        return new ResourceEventHandler<>() {
            @Override
            public void onAdd(T object) {
                present.accept(object);
                after.accept(object);
            }

            @Override
            public void onUpdate(T before, T now) {
                if (isAnother(before, now)) {
                    gone.accept(before);
                }
                present.accept(now);
                after.accept(now);
            }

            @Override
            public void onDelete(T object, boolean finalStateUnknown) {
                gone.accept(object);
                after.accept(object);
            }
        };
    }

    /** What was made anew under its name while nobody watched is told as an update. */
    private static boolean isAnother(HasMetadata before, HasMetadata now) {
        return !before.getMetadata().getUid().equals(now.getMetadata().getUid());
    }
}
