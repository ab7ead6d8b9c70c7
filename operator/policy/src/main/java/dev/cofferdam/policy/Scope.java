package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.StorageAccess;
import dev.cofferdam.policy.Capability.Resource;
import dev.cofferdam.policy.match.Target;
import dev.cofferdam.policy.match.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Narrows what a policy grants to a list of capabilities: a tool's (what it needs and gets), then a run's (what it asks to have). The effective grants are what
 * the policy's lists and every such list grant, all of them.
 */
final class Scope {
    private static final int CAPABILITIES_MOST = 256;

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
     * @param path where the list is written, for problems: text that is no capability, one that nothing serves, and one for more than there is
     * @param written an empty list narrows nothing
     */
    Grants narrow(String path, List<String> written, Problems problems) {
        if (written.isEmpty()) {
            return grants;
        }
        problems.require(
                written.size() <= CAPABILITIES_MOST,
                path,
                "has more than " + CAPABILITIES_MOST + " capabilities; remove some");
        List<Capability> capabilities = new ArrayList<>();
        for (int at = 0; at < written.size() && at < CAPABILITIES_MOST; at++) {
            String where = path + "[" + at + "]";
            problems.take(where, Capability.parse(written.get(at))).ifPresent(capability -> {
                check(where, capability, problems);
                capabilities.add(capability);
            });
        }
        return grants.within(new Capabilities(capabilities));
    }

    private void check(String where, Capability capability, Problems problems) {
        Permission permission = capability.type().permission();
        String shown = Text.quoted(capability.toString());
        if (!served.has(permission)) {
            problems.add(where, shown + " is not served by this version; remove it");
        } else if (!isGranted(capability)) {
            problems.add(
                    where,
                    shown + " is more than spec.permissions." + permission.key()
                            + ".allow grants; ask for less, or have a rule added there that covers it");
        }
    }

    private boolean isGranted(Capability capability) {
        return switch (capability.resource()) {
            case Resource.All all -> true;
            case Resource.Files files -> {
                boolean reads = capability.type() == CapabilityType.FILE_READ;
                yield grants.storage().covers(files.pattern(), reads ? StorageAccess.Read : StorageAccess.Write);
            }
            case Resource.Network network -> isGranted(network);
            case Resource.Secret secret ->
                grants.secrets().source(secret.name()).isPresent();
            case Resource.Program program -> grants.exec().allow().covers(program.command());
        };
    }

    /** The whole target, and at each of its ports something: without a port that is left to the lists. */
    private boolean isGranted(Resource.Network asked) {
        return asked.target().isCatchAll()
                || grants.network().allow().asMap().entrySet().stream()
                        .anyMatch(rule -> covers(rule, asked.target()) && meets(rule.getValue(), asked));
    }

    private static boolean covers(Map.Entry<Target, Reach> rule, Target target) {
        return rule.getKey().covers(target);
    }

    private static boolean meets(Reach reach, Resource.Network asked) {
        return asked.ports().ranges().stream()
                .anyMatch(range -> reach.http().meets(range)
                        || reach.https().meets(range)
                        || reach.tcp().meets(range));
    }
}
