package dev.cofferdam.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.NetworkProtocol;
import dev.cofferdam.api.v1alpha1.StorageAccess;
import dev.cofferdam.policy.match.Address;
import dev.cofferdam.policy.match.Parsed;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What the rows of {@code tables/capabilities.md} say. */
final class CapabilityRows {
    private static final Address PUBLIC = Address.parse("140.82.112.5").orElseThrow();

    private CapabilityRows() {}

    static void written(Table row) {
        Capability capability = Capability.parse(row.cell(0)).found().orElseThrow();

        assertThat(capability).hasToString(row.cell(0));
        assertThat(capability.canonical()).isEqualTo(row.cell(1));
        assertThat(Capability.parse(row.cell(1)).found().orElseThrow().canonical())
                .isEqualTo(row.cell(1));
    }

    static void none(Table row) {
        assertThat(Capability.parse(row.cell(0)))
                .isInstanceOfSatisfying(
                        Parsed.Bad.class, bad -> assertThat(bad.why()).contains(row.cell(1)));
    }

    static void tooMuch(CompiledPolicy policy, Table row) {
        List<Excess> excess = new ArrayList<>();

        new Scope(policy.grants(), Served.ALL).narrow("spec.capabilities", List.of(row.cell(0)), excess);

        assertThat(excess)
                .singleElement()
                .satisfies(one -> assertThat(one.path()).isEqualTo("spec.capabilities[0]"))
                .satisfies(one -> assertThat(one.message()).contains(row.cell(1)));
    }

    static Answer within(CompiledPolicy policy, Table row) {
        Grants grants = policy.grants();
        for (String list : row.cell(0).split(" ; ")) {
            List<Excess> excess = new ArrayList<>();
            List<String> capabilities =
                    Stream.of(list.split(" ")).filter(text -> !text.isEmpty()).toList();
            grants = new Scope(grants, Served.ALL).narrow("spec.capabilities", capabilities, excess);
            assertThat(excess).isEmpty();
        }
        String[] asked = row.cell(1).split(" ");
        Answer answer = answer(grants, asked);
        listed(grants, asked).ifPresent(listed -> assertThat(listed.isAllowed()).isEqualTo(answer.isAllowed()));
        return answer;
    }

    /** The same by the list that is left, for parts that need one. */
    private static Optional<Answer> listed(Grants grants, String[] asked) {
        return switch (asked[0]) {
            case "read" -> Optional.of(grants.storage().decide(asked[1], StorageAccess.Read));
            case "write" -> Optional.of(grants.storage().decide(asked[1], StorageAccess.Write));
            case "start" -> Optional.of(grants.exec().decide(asked[1]));
            case "secret" -> Optional.of(grants.secrets().decide(asked[1]));
            default -> Optional.empty();
        };
    }

    private static Answer answer(Grants grants, String[] asked) {
        return switch (asked[0]) {
            case "read" -> grants.access(asked[1], StorageAccess.Read);
            case "write" -> grants.access(asked[1], StorageAccess.Write);
            case "start" -> grants.start(asked[1]);
            case "secret" -> grants.secret(asked[1]);
            case "connect" -> grants.connect(destination(asked), List.of(PUBLIC), Floor.EVERYWHERE);
            case "resolve" -> grants.resolve(destination(asked));
            default -> throw new IllegalArgumentException(asked[0]);
        };
    }

    private static Destination destination(String[] asked) {
        int colon = asked[1].lastIndexOf(':');
        String protocol = asked[2].substring(0, 1).toUpperCase(Locale.ROOT) + asked[2].substring(1);
        return new Destination(
                asked[1].substring(0, colon),
                Integer.parseInt(asked[1].substring(colon + 1)),
                NetworkProtocol.valueOf(protocol));
    }
}
