package dev.cofferdam.gateway.cluster;

import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewStatus;
import io.fabric8.kubernetes.api.model.authentication.UserInfo;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The pod that a token was made for, by the word of the API server (KEP-1205, bound service-account tokens). */
record TokenSubject(String namespace, String podName, String podUid) {
    private static final String ACCOUNT = "system:serviceaccount:";
    private static final String POD_NAME = "authentication.kubernetes.io/pod-name";
    private static final String POD_UID = "authentication.kubernetes.io/pod-uid";

    /** Whether the API server knows the token, and for our audience. */
    static boolean isAuthentic(TokenReviewStatus status) {
        return status != null
                && Boolean.TRUE.equals(status.getAuthenticated())
                && status.getAudiences() != null
                && status.getAudiences().contains(Names.AUDIENCE);
    }

    /** The subject of an authentic token; empty where it is not bound to a pod with a name of ours. */
    static Optional<TokenSubject> of(TokenReviewStatus status) {
        UserInfo user = status.getUser();
        if (user == null || user.getUsername() == null || !user.getUsername().startsWith(ACCOUNT)) {
            return Optional.empty();
        }
        String[] account = user.getUsername().substring(ACCOUNT.length()).split(":", -1);
        Optional<String> podName = only(user.getExtra(), POD_NAME).filter(name -> name.startsWith(Names.POD_PREFIX));
        Optional<String> podUid = only(user.getExtra(), POD_UID);
        return account.length == 2 && podName.isPresent() && podUid.isPresent()
                ? Optional.of(new TokenSubject(account[0], podName.get(), podUid.get()))
                : Optional.empty();
    }

    private static Optional<String> only(Map<String, List<String>> extra, String key) {
        List<String> values = extra == null ? List.of() : extra.getOrDefault(key, List.of());
        return values.size() == 1 ? Optional.of(values.getFirst()) : Optional.empty();
    }
}
