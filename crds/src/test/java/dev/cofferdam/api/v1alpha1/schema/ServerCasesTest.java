package dev.cofferdam.api.v1alpha1.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every case, told to a real API server. */
@Tag("cluster")
class ServerCasesTest {
    private static Server server;

    @BeforeAll
    static void start() throws IOException {
        server = Server.start();
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    static Stream<Case> cases() {
        return Case.all().stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theServerSaysWhatTheCaseSays(Case one) {
        // Given
        GenericKubernetesResource after = server.parse(one.after());
        one.before().ifPresent(text -> {
            GenericKubernetesResource before = server.parse(text);
            GenericKubernetesResource stored = server.handle(before).create();
            if (one.action() == Case.Action.UPDATE_STATUS || before.get("status") != null) {
                before.setMetadata(stored.getMetadata());
                stored = server.handle(before).updateStatus();
            }
            after.setMetadata(stored.getMetadata());
        });

        // When
        ThrowingCallable send = () -> {
            GenericKubernetesResource answer = send(one.action(), after);
            for (String part : new String[] {"spec", "status"}) {
                Object given = after.get(part);
                if (given != null && (part.equals("spec") || one.action() == Case.Action.UPDATE_STATUS)) {
                    assertThat(Plain.covers(answer.get(part), given))
                            .as("%s keeps %s", answer.<Object>get(part), given)
                            .isTrue();
                }
            }
        };

        // Then
        if (one.refusal().isPresent()) {
            assertThatThrownBy(send).isInstanceOfSatisfying(KubernetesClientException.class, e -> {
                assertThat(e.getMessage()).contains(one.refusal().get());
                assertThat(e.getCode()).as(e.getMessage()).isEqualTo(422);
            });
        } else {
            assertThatNoException().isThrownBy(send);
        }
    }

    private static GenericKubernetesResource send(Case.Action action, GenericKubernetesResource object) {
        return switch (action) {
            case CREATE -> server.handle(object).create();
            case UPDATE -> server.handle(object).update();
            case UPDATE_STATUS -> server.handle(object).updateStatus();
        };
    }
}
