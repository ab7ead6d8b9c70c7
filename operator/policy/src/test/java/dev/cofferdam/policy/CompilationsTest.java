package dev.cofferdam.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CompilationsTest {
    private final Compilations compilations = new Compilations(Served.ALL);

    @Test
    void aPolicyThatStaysAsItIsIsCompiledOnce() {
        Compilation first = compilations.of(policy("u", 1, null, "{}"));

        assertThat(compilations.of(policy("u", 1, null, "{}"))).isSameAs(first);
        assertThat(first).isEqualTo(PolicyCompiler.compile(policy("u", 1, null, "{}"), Served.ALL));
    }

    @Test
    void anEditAReviewAndAnotherPolicyOfThatNameAreCompiledAnew() {
        Compilation first = compilations.of(policy("u", 1, null, "{}"));

        assertThat(compilations.of(policy("u", 2, null, "exec: {allow: [{command: git}]}")))
                .isNotEqualTo(first);
        assertThat(review(compilations.of(policy("u", 1, "sha256:00", "{}")))).isEqualTo("sha256:00");
        assertThat(review(compilations.of(policy("u", 1, null, "{}")))).isEmpty();
        assertThat(compilations.of(policy("v", 1, null, "{}"))).isNotSameAs(first);
        assertThat(compilations.of(policy("u", 1, null, "{}"))).isSameAs(first);
    }

    @Test
    void whatIsRefusedIsKeptToo() {
        Compilation first = compilations.of(policy("u", 1, null, "nothing: known"));

        assertThat(first).isInstanceOf(Compilation.Refused.class);
        assertThat(compilations.of(policy("u", 1, null, "nothing: known"))).isSameAs(first);
    }

    @Test
    void whatNoServerHasStoredIsNotKept() {
        assertThat(compilations.of(policy(null, 1, null, "{}")))
                .isNotSameAs(compilations.of(policy(null, 1, null, "{}")));
    }

    @Test
    void onlyWhatWasAskedForLastIsKept() {
        // Given one policy that is asked for again and again, and one that is not
        Compilation used = compilations.of(policy("used", 1, null, "{}"));
        Compilation unused = compilations.of(policy("unused", 1, null, "{}"));

        // When others come until there is no more room
        for (int at = 0; at < Compilations.RULES_MOST / 20; at++) {
            compilations.of(policy("other" + at, 1, null, "{}"));
            compilations.of(policy("used", 1, null, "{}"));
        }

        // Then
        assertThat(compilations.of(policy("used", 1, null, "{}"))).isSameAs(used);
        assertThat(compilations.of(policy("unused", 1, null, "{}"))).isNotSameAs(unused);
    }

    @Test
    void rulesCountAndNotPolicies() {
        String many = "exec: {allow: [%s]}"
                .formatted(String.join(
                        ", ",
                        IntStream.range(0, 256)
                                .mapToObj(at -> "{command: c" + at + "}")
                                .toList()));
        Compilation first = compilations.of(policy("first", 1, null, many));

        for (int at = 0; at < Compilations.RULES_MOST / 256; at++) {
            compilations.of(policy("other" + at, 1, null, many));
        }

        assertThat(compilations.of(policy("first", 1, null, many))).isNotSameAs(first);
    }

    @Test
    void manyThreadsSeeTheSame() {
        List<Compilation> seen = IntStream.range(0, 2_000)
                .parallel()
                .mapToObj(at -> compilations.of(policy("u" + at % 7, at % 3, null, "{}")))
                .toList();

        IntStream.range(0, seen.size())
                .forEach(at -> assertThat(seen.get(at))
                        .isEqualTo(PolicyCompiler.compile(policy("u", at % 3, null, "{}"), Served.ALL)));
    }

    private static String review(Compilation compilation) {
        return ((Compilation.Compiled) compilation).policy().reviewed();
    }

    private static SandboxPolicy policy(String uid, long generation, String review, String permissions) {
        SandboxPolicy policy = new SandboxPolicy();
        ObjectMetaBuilder metadata =
                new ObjectMetaBuilder().withName("p").withUid(uid).withGeneration(generation);
        if (review != null) {
            metadata.addToAnnotations(Names.REVIEW_ANNOTATION, review);
        }
        policy.setMetadata(metadata.build());
        policy.setSpec(Policies.spec(permissions));
        return policy;
    }
}
