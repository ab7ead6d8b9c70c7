package dev.cofferdam.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.cofferdam.e2e.tenant.Caller;
import dev.cofferdam.e2e.tenant.Persona;
import dev.cofferdam.e2e.tenant.Tenant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.Isolated;

/** What {@link RightsTest} sees refused gets through when the one policy that refuses it is taken away, for the whole cluster and some seconds. */
@ClusterTest
@Isolated
@Execution(ExecutionMode.SAME_THREAD)
class OpenedRightsTest {
    @TestFactory
    Stream<DynamicTest> eachDeedIsDoneWithoutItsPolicy(Tenant tenant) {
        Persona.enter(tenant);
        List<Rights.Cell> refused = Rights.cells().stream()
                .filter(cell -> !cell.allowed() && !cell.byRbac())
                .toList();
        return refused.stream()
                .map(Rights.Cell::policy)
                .distinct()
                .map(policy -> dynamicTest(policy, () -> {
                    List<Rights.Cell> ofPolicy = refused.stream()
                            .filter(cell -> cell.policy().equals(policy))
                            .toList();
                    Rights.Cell first = ofPolicy.getFirst();
                    OpenedAdmissionTest.without(
                            policy,
                            tenant,
                            () -> first.deed()
                                    .by(first.persona(), tenant)
                                    .body()
                                    .contains("'" + policy + "'"),
                            () -> assertThat(ofPolicy).allSatisfy(cell -> {
                                Caller.Answer answer = cell.deed().by(cell.persona(), tenant);
                                assertThat(answer.code())
                                        .as(cell.title() + ": " + answer.body())
                                        .isIn(200, 201);
                            }));
                }));
    }
}
