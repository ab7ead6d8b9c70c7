package dev.cofferdam.certificates;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What is due. A pure function of what is there and the time.
 *
 * <p>An authority is replaced in three runs that lie {@link Terms#overlap} apart: its successor is announced (made and published), takes over (signs a new
 * certificate), and the former one is dropped. Before and after each of them, every supervisor trusts what every gateway shows.
 *
 * @param reasons why each step is due, for people
 */
record Renewal(
        AuthorityStep authorityStep,
        boolean dropFormer,
        boolean issueCertificate,
        boolean makeSessionKey,
        List<String> reasons) {
    /** What happens to the authority. */
    enum AuthorityStep {
        Keep,
        /** There is none that can sign. The old one's certificate, if there is one, stays trusted for a while. */
        Create,
        /** A successor is made and published; it signs nothing yet. */
        Announce,
        /** The successor signs from now on. */
        Succeed
    }

    Renewal {
        reasons = List.copyOf(reasons);
    }

    boolean isNothing() {
        return authorityStep == AuthorityStep.Keep && !dropFormer && !issueCertificate && !makeSessionKey;
    }

    static Renewal decide(Material present, Instant now, Terms terms) {
        var reasons = new ArrayList<String>();
        var authorityStep = authorityStep(present, now, terms, reasons);
        var issue = issueCertificate(present, authorityStep, now, terms, reasons);
        var drop = authorityStep == AuthorityStep.Keep && !issue && dropFormer(present, now, terms, reasons);
        var sessionKey = present.sessionKey().isEmpty();
        if (sessionKey) {
            reasons.add("there is no session key");
        }
        return new Renewal(authorityStep, drop, issue, sessionKey, reasons);
    }

    private static AuthorityStep authorityStep(Material present, Instant now, Terms terms, List<String> reasons) {
        if (present.authority().filter(a -> canSign(a, now)).isEmpty()) {
            reasons.add("there is no authority that can sign");
            return AuthorityStep.Create;
        }
        // A successor that was never published is as good as none: nobody has begun to trust it.
        var successor = present.successor().filter(s -> canSign(s, now)).filter(present::isPublished);
        if (successor.isPresent()) {
            if (now.isBefore(successor.get().notBefore().plus(terms.overlap()))) {
                return AuthorityStep.Keep;
            }
            reasons.add("the successor has been published for " + terms.overlap());
            return AuthorityStep.Succeed;
        }
        if (!now.isBefore(present.authority().get().notAfter().minus(terms.announceBefore()))) {
            reasons.add("the authority ends at " + present.authority().get().notAfter());
            return AuthorityStep.Announce;
        }
        return AuthorityStep.Keep;
    }

    private static boolean canSign(KeyedCertificate authority, Instant now) {
        return authority.isAuthority() && authority.isValidAt(now) && authority.belongsTogether();
    }

    private static boolean issueCertificate(
            Material present, AuthorityStep step, Instant now, Terms terms, List<String> reasons) {
        if (step == AuthorityStep.Create || step == AuthorityStep.Succeed) {
            reasons.add("the authority changes");
            return true;
        }
        if (present.gateway().isEmpty()) {
            reasons.add("the gateway has no certificate");
            return true;
        }
        var gateway = present.gateway().get();
        if (!gateway.isSignedBy(present.authority().orElseThrow())
                || !gateway.hasNames(Issuance.NAMES)
                || !gateway.belongsTogether()) {
            reasons.add("the gateway's certificate does not fit: another authority, other names or another key");
            return true;
        }
        if (!gateway.isValidAt(now) || !now.isBefore(gateway.notAfter().minus(terms.renewBefore()))) {
            reasons.add("the gateway's certificate ends at " + gateway.notAfter());
            return true;
        }
        return false;
    }

    private static boolean dropFormer(Material present, Instant now, Terms terms, List<String> reasons) {
        if (present.formerAuthority().isEmpty()
                || now.isBefore(present.gateway().orElseThrow().notBefore().plus(terms.overlap()))) {
            return false;
        }
        reasons.add("the former authority has signed nothing in use for " + terms.overlap());
        return true;
    }
}
