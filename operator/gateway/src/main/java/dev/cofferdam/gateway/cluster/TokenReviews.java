package dev.cofferdam.gateway.cluster;

import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.authentication.TokenReview;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;

/** Asks the API server whose token it is. May block. */
final class TokenReviews {
    /** Longer than any token of a pod. */
    private static final int TOKEN_MOST = 8 << 10;

    private final KubernetesClient client;

    TokenReviews(KubernetesClient client) {
        this.client = client;
    }

    /** What is known of a token. */
    sealed interface Reviewed {
        /** It is that of a pod with a name of ours. */
        record Known(TokenSubject subject) implements Reviewed {}

        /** The API server does not know it for our audience. */
        record Unknown() implements Reviewed {}

        /** It is that of something else. */
        record Foreign() implements Reviewed {}

        /** The API server could not be asked. */
        record Undecided(String detail) implements Reviewed {}
    }

    /** Whether it is worth asking. */
    static boolean isToken(String token) {
        return !token.isEmpty() && token.length() <= TOKEN_MOST && token.chars().allMatch(c -> c > ' ' && c <= '~');
    }

    Reviewed review(String token) {
        TokenReview asked = new TokenReviewBuilder()
                .withNewSpec()
                .withToken(token)
                .withAudiences(Names.AUDIENCE)
                .endSpec()
                .build();
        TokenReview answer;
        try {
            answer = client.resource(asked).create();
        } catch (KubernetesClientException e) {
            return new Reviewed.Undecided("TokenReview: " + e.getMessage());
        }
        if (answer == null || !TokenSubject.isAuthentic(answer.getStatus())) {
            return new Reviewed.Unknown();
        }
        return TokenSubject.of(answer.getStatus())
                .<Reviewed>map(Reviewed.Known::new)
                .orElseGet(Reviewed.Foreign::new);
    }
}
