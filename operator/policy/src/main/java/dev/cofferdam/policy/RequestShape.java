package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.GrantedRequests;
import dev.cofferdam.policy.match.UrlPattern;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Requests of HTTP that a rule is about.
 *
 * @param methods in order, each once; none is every method
 * @param paths in order, each once; none is every path
 */
record RequestShape(List<String> methods, List<UrlPattern> paths) implements Comparable<RequestShape> {
    /** Every request. */
    static final RequestShape ALL = new RequestShape(List.of(), List.of());

    private static final Comparator<RequestShape> ORDER = Comparator.comparing(RequestShape::toString);

    RequestShape {
        methods = List.copyOf(methods);
        paths = List.copyOf(paths);
    }

    static RequestShape of(Collection<String> methods, Collection<UrlPattern> paths) {
        return new RequestShape(
                methods.stream().sorted().distinct().toList(),
                paths.stream().sorted().distinct().toList());
    }

    boolean matches(HttpAccess access) {
        return (methods.isEmpty() || methods.contains(access.method()) && !access.overridden())
                && (paths.isEmpty()
                        || UrlPattern.path(access.path())
                                .filter(path ->
                                        !access.rerouted() && paths.stream().anyMatch(pattern -> pattern.matches(path)))
                                .isPresent());
    }

    GrantedRequests shown() {
        return new GrantedRequests(
                methods, paths.stream().map(UrlPattern::toString).toList());
    }

    @Override
    public int compareTo(RequestShape other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return (methods.isEmpty() ? "*" : String.join(",", methods))
                + (paths.isEmpty()
                        ? ""
                        : " "
                                + String.join(
                                        " ",
                                        paths.stream().map(UrlPattern::toString).toList()));
    }
}
