package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.Effective;
import dev.cofferdam.api.v1alpha1.GrantedFiles;
import dev.cofferdam.api.v1alpha1.GrantedSecret;
import dev.cofferdam.api.v1alpha1.StorageAccess;
import dev.cofferdam.policy.match.Text;
import dev.cofferdam.record.Quoted;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a run was granted when it was claimed, and its policy as it is now does not grant, though it lets the tool run. The box was made for what was claimed and cannot be
 * changed, so less than that cannot be given to it; what was handed out is taken back with the tool alone.
 */
final class Loss {
    /** Two that differ in their digests only must be told apart. */
    private static final int IMAGE_MOST = 320;

    private Loss() {}

    /**
     * The first thing that is lost, by name.
     *
     * @param now what the policy grants the run now
     * @param claimed what was granted; null, and what it does not have, is nothing
     * @return for people, bounded; empty where nothing is lost
     */
    static Optional<String> of(Ruling.Granted now, Effective claimed) {
        if (claimed == null) {
            return Optional.of("the claim of this run grants nothing");
        }
        return Stream.<Supplier<Optional<String>>>of(
                        () -> environment(now, claimed),
                        () -> secrets(now, claimed),
                        () -> program(now, claimed),
                        () -> files(now.grants().storage(), claimed),
                        () -> capabilities(now, claimed),
                        () -> exec(now.job().exec(), claimed))
                .flatMap(each -> each.get().stream())
                .findFirst();
    }

    private static Optional<String> environment(Ruling.Granted now, Effective claimed) {
        List<String> more = now.effective().environment().stream()
                .filter(name -> !claimed.environment().contains(name))
                .toList();
        return Optional.of(more)
                .filter(names -> !names.isEmpty())
                .map(names -> "the claim of this run does not grant all variables that its spec sets: not "
                        + Text.list(names));
    }

    private static Optional<String> secrets(Ruling.Granted now, Effective claimed) {
        return now.effective().secrets().stream()
                .filter(secret -> !claimed.secrets().contains(secret))
                .findFirst()
                .map(secret -> "the policy now takes the secret " + Text.quoted(secret.name()) + " from "
                        + place(secret)
                        + claimed.secrets().stream()
                                .filter(before -> secret.name().equals(before.name()))
                                .findFirst()
                                .map(before -> ", and this run was granted " + place(before))
                                .orElse(", and this run was granted none of that name"));
    }

    private static String place(GrantedSecret secret) {
        return "the key " + Text.quoted(secret.key()) + " of the Secret " + Text.quoted(secret.secret());
    }

    private static Optional<String> program(Ruling.Granted now, Effective claimed) {
        String tool = Text.quoted(now.tool().name());
        if (differs(claimed.image(), now.effective().image())) {
            return Optional.of("the policy now gives the tool " + tool + " the image "
                    + Quoted.of(now.effective().image(), IMAGE_MOST) + ", and this run was granted "
                    + Quoted.of(claimed.image(), IMAGE_MOST));
        }
        return differs(claimed.commandDigest(), now.effective().commandDigest())
                ? Optional.of("the policy now gives the tool " + tool + " another command than this run was granted: "
                        + Text.list(now.tool().command()))
                : Optional.empty();
    }

    /** A claim of an earlier version says neither. */
    private static boolean differs(String claimed, String now) {
        return claimed != null && !claimed.equals(now);
    }

    private static Optional<String> files(StorageGrant now, Effective claimed) {
        return now.denied(claimed.storageDenied())
                .map(rule -> StorageGrant.PATH + ".deny of the policy now has " + shown(rule)
                        + ", which was not denied to this run")
                .or(() -> now.missing(claimed.storage())
                        .map(rule -> StorageGrant.PATH + ".allow of the policy no longer covers " + shown(rule)
                                + ", which this run was granted"));
    }

    private static String shown(GrantedFiles rule) {
        return Text.quoted(rule.uri()) + " for "
                + rule.access().stream().map(StorageAccess::text).collect(Collectors.joining(" and "));
    }

    private static Optional<String> capabilities(Ruling.Granted granted, Effective claimed) {
        List<String> now = granted.effective().toolCapabilities();
        List<String> before = claimed.toolCapabilities();
        String tool =
                "the policy now narrows the tool " + Text.quoted(granted.tool().name());
        if (now.isEmpty()) {
            return Optional.empty();
        }
        if (before.isEmpty()) {
            return Optional.of(tool + " to the capabilities " + Text.list(now)
                    + ", and this run was granted all that the policy grants");
        }
        List<String> gone =
                before.stream().filter(capability -> !now.contains(capability)).toList();
        return gone.isEmpty()
                ? Optional.empty()
                : Optional.of(tool + " more: it no longer has " + Text.list(gone) + ", which this run was granted");
    }

    private static Optional<String> exec(ExecGrant now, Effective claimed) {
        ExecGrant before = ExecGrant.of(claimed.exec(), claimed.allowJit());
        List<String> gone = now.missing(before);
        if (!gone.isEmpty()) {
            return Optional.of(ExecGrant.PATH + ".allow of the policy no longer grants " + Text.list(gone)
                    + ", which this run was granted");
        }
        return before.allowJit() && !now.allowJit()
                ? Optional.of(ExecGrant.PATH + ".allowJit of the policy is no longer true, as it was for this run")
                : Optional.empty();
    }
}
