package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.Bounds;
import dev.cofferdam.policy.match.Parsed;
import dev.cofferdam.policy.match.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Narrows what a policy grants to a list of capabilities: a tool's (what it needs and gets), then a run's (what it asks to have). The effective grants are what
 * the policy's lists and every such list grant, all of them.
 */
final class Scope {
    private static final int CAPABILITIES_MOST = 64;

    private final Grants grants;
    private final Served served;

    /** @param grants what there is to be narrowed */
    Scope(Grants grants, Served served) {
        this.grants = grants;
        this.served = served;
    }

    /**
     * The grants within the list.
     *
     * @param path where the list is written
     * @param written an empty list narrows nothing
     * @param excess takes text that is no capability, one that nothing serves, and one for more than there is
     */
    Grants narrow(String path, List<String> written, List<Excess> excess) {
        if (written.isEmpty()) {
            return grants;
        }
        if (written.size() > CAPABILITIES_MOST) {
            excess.add(new Excess(path, "has more than " + CAPABILITIES_MOST + " capabilities; remove some"));
        }
        List<Capability> capabilities = new ArrayList<>();
        for (int at = 0; at < written.size() && at < CAPABILITIES_MOST; at++) {
            String where = path + "[" + at + "]";
            switch (Capability.parse(written.get(at))) {
                case Parsed.Bad<Capability> bad -> excess.add(new Excess(where, bad.why()));
                case Parsed.Good<Capability> good -> {
                    check(where, good.value(), excess);
                    capabilities.add(good.value());
                }
            }
        }
        Grants left = grants.within(new Capabilities(capabilities));
        forms(path, left, excess);
        return left;
    }

    /** What is left must be something that the enforcing parts can hold, as what the policy grants must: a capability is no way to a form that a rule may not have. */
    private void forms(String path, Grants left, List<Excess> excess) {
        if (!served.everyForm()) {
            Problems problems = new Problems();
            new StorageForms(problems).check(left.storage());
            problems.all().forEach(problem -> excess.add(new Excess(path, problem.message())));
        }
        int programs = left.exec().allow().commands().size();
        if (programs > Bounds.EXEC_RULES) {
            excess.add(new Excess(
                    path,
                    "leaves " + programs + " programs; at most " + Bounds.EXEC_RULES
                            + " can be enforced; remove some"));
        }
    }

    private void check(String where, Capability capability, List<Excess> excess) {
        Permission permission = capability.type().permission();
        String shown = Text.quoted(capability.toString());
        if (!served.has(permission)) {
            excess.add(new Excess(where, Optional.of(capability), shown + " is not served by this version; remove it"));
        } else if (!grants.cover(capability)) {
            excess.add(new Excess(
                    where,
                    Optional.of(capability),
                    shown + " is more than spec.permissions." + permission.key() + ".allow"
                            + (grants.isNarrowed()
                                    ? " and the tool's own capabilities grant; ask for less, or have a rule and a capability of the tool "
                                    : " grants; ask for less, or have a rule ")
                            + "added there that covers it"));
        }
    }
}
