package dev.cofferdam.gateway.contents;

import dev.cofferdam.gateway.channel.ContentsOwner;
import dev.cofferdam.record.Names;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A file of the store, by its name: {@code <namespace>.<pod>.<sha256>}. None of the three has a dot. */
record KeptFile(ContentsOwner owner, String sha256) {
    private static final Pattern NAME = Pattern.compile("([^.]+)[.]([^.]+)[.]([0-9a-f]{64})");
    private static final Pattern POD = Pattern.compile(Pattern.quote(Names.POD_PREFIX) + "(.+)-[0-9]+");

    static String name(ContentsOwner owner, String sha256) {
        return owner.namespace() + "." + owner.pod() + "." + sha256;
    }

    /** Empty where it is another file. */
    static Optional<KeptFile> of(String name) {
        Matcher matcher = NAME.matcher(name);
        return matcher.matches()
                ? Optional.of(new KeptFile(new ContentsOwner(matcher.group(1), matcher.group(2)), matcher.group(3)))
                : Optional.empty();
    }

    /** Of the run whose pod it is; empty where the pod is not named as ours are. */
    Optional<String> runUid() {
        Matcher matcher = POD.matcher(owner.pod());
        return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    boolean isOf(String uid) {
        return runUid().filter(uid::equals).isPresent();
    }
}
