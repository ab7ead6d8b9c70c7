package dev.cofferdam.controller.boot;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.reconcile.RunIndex;
import dev.cofferdam.controller.reconcile.ToolRunReconciler;
import io.javaoperatorsdk.operator.api.config.informer.FieldSelector;
import io.javaoperatorsdk.operator.api.config.informer.InformerConfiguration;
import io.quarkiverse.operatorsdk.runtime.QuarkusConfigurationService;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;

/**
 * Makes the loop's informer select the runs that are not settled, so that finished runs cost nothing, and those that wait for an approval little. Not in the reconciler's annotation: the extension takes
 * no selectable field of a custom resource there (quarkus-operator-sdk 7.7.3).
 */
@Singleton
class UnsettledOnly {
    private static final FieldSelector UNSETTLED =
            new FieldSelector(List.of(new FieldSelector.Field("status.settled", "true", true)));

    /** Before the operator's own observer, which starts the informers. */
    private static final int BEFORE_THE_OPERATOR = 1;

    void select(
            @Observes @Priority(BEFORE_THE_OPERATOR) StartupEvent event,
            QuarkusConfigurationService operator,
            ToolRunReconciler reconciler,
            Alerting alerting,
            RunIndex index,
            Leadership leadership) {
        InformerConfiguration<ToolRun> informer =
                operator.getConfigurationFor(reconciler).getInformerConfig();
        // The builder of an existing configuration changes it in place.
        informer.new Builder().withFieldSelector(UNSETTLED).withItemStore(new EndedRuns(index, run -> {
            if (leadership.leads()) {
                alerting.catchUp().gone(run);
            }
        }));
        if (informer.getFieldSelector() != UNSETTLED || !(informer.getItemStore() instanceof EndedRuns)) {
            throw new IllegalStateException(
                    "the informer of runs takes no field selector or no store; every finished run would be held in memory");
        }
    }
}
