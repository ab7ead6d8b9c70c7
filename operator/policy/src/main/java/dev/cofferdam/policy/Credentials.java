package dev.cofferdam.policy;

import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * Finds what looks like a long-lived credential in a text. Only forms that nothing else has: a known beginning, a body of the right length and characters that
 * is no placeholder. What it does not know it lets pass: it is a help against slips, not a wall.
 */
final class Credentials {
    /** A body of fewer different characters is a placeholder, such as {@code xxxxxxxx}. */
    private static final int VARIETY_LEAST = 6;

    /** Keys of the vendors' own documentation end so. */
    private static final String DOCUMENTATION = "EXAMPLE";

    private static final int KEY_BODY_LEAST = 40;
    private static final int HEADER_MOST = 40;

    private record Form(String kind, String begin, IntPredicate body, int least, int most) {
        Form(String kind, String begin, IntPredicate body, int least) {
            this(kind, begin, body, least, Integer.MAX_VALUE);
        }
    }

    private static final List<Form> FORMS = List.of(
            new Form("an AWS access key", "AKIA", c -> isUpper(c) || isDigit(c), 16, 16),
            new Form("a GitHub token", "ghp_", Credentials::isAlphanumeric, 36),
            new Form("a GitHub token", "gho_", Credentials::isAlphanumeric, 36),
            new Form("a GitHub token", "ghu_", Credentials::isAlphanumeric, 36),
            new Form("a GitHub token", "ghs_", Credentials::isAlphanumeric, 36),
            new Form("a GitHub token", "ghr_", Credentials::isAlphanumeric, 36),
            new Form("a GitHub token", "github_pat_", Credentials::isWord, 60),
            new Form("a GitLab token", "glpat-", Credentials::isWordOrHyphen, 20),
            new Form("a Slack token", "xoxb-", Credentials::isWordOrHyphen, 20),
            new Form("a Slack token", "xoxp-", Credentials::isWordOrHyphen, 20),
            new Form("a Slack token", "xoxa-", Credentials::isWordOrHyphen, 20),
            new Form("a Slack token", "xoxr-", Credentials::isWordOrHyphen, 20),
            new Form("a Slack token", "xoxs-", Credentials::isWordOrHyphen, 20),
            new Form("a Slack token", "xapp-", Credentials::isWordOrHyphen, 20),
            new Form("a Google API key", "AIza", Credentials::isWordOrHyphen, 35, 35),
            new Form("an Anthropic API key", "sk-ant-", Credentials::isWordOrHyphen, 20),
            new Form("an OpenAI API key", "sk-proj-", Credentials::isWordOrHyphen, 20),
            new Form("an OpenAI API key", "sk-", Credentials::isAlphanumeric, 48, 48),
            new Form("a Stripe key", "sk_live_", Credentials::isAlphanumeric, 24),
            new Form("a Stripe key", "rk_live_", Credentials::isAlphanumeric, 24),
            new Form("an npm token", "npm_", Credentials::isAlphanumeric, 36, 36),
            new Form("a PyPI token", "pypi-AgEIcHlwaS5vcmc", Credentials::isWordOrHyphen, 50),
            new Form("a Hugging Face token", "hf_", Credentials::isAlphanumeric, 34, 34),
            new Form("a Vault token", "hvs.", Credentials::isWordOrHyphen, 24));

    private Credentials() {}

    /** What the text holds, for a message; never the text itself. */
    static Optional<String> kind(String text) {
        if (text == null) {
            return Optional.empty();
        }
        for (Form form : FORMS) {
            if (has(text, form)) {
                return Optional.of(form.kind());
            }
        }
        if (hasWebToken(text)) {
            return Optional.of("a JSON Web Token");
        }
        return hasPrivateKey(text) ? Optional.of("a private key") : Optional.empty();
    }

    private static boolean has(String text, Form form) {
        for (int at = text.indexOf(form.begin()); at >= 0; at = text.indexOf(form.begin(), at + 1)) {
            int from = at + form.begin().length();
            if (begins(text, at)) {
                int end = end(text, from, form.body());
                int length = end - from;
                if (length >= form.least() && length <= form.most() && isNoPlaceholder(text, from, end)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Three parts of base64url with dots between, the first two of which begin as JSON does: RFC 7519. */
    private static boolean hasWebToken(String text) {
        for (int at = text.indexOf("eyJ"); at >= 0; at = text.indexOf("eyJ", at + 1)) {
            if (begins(text, at)) {
                int header = end(text, at, Credentials::isWordOrHyphen);
                int claims =
                        text.startsWith(".eyJ", header) ? end(text, header + 1, Credentials::isWordOrHyphen) : header;
                int signature = claims > header && text.startsWith(".", claims)
                        ? end(text, claims + 1, Credentials::isWordOrHyphen)
                        : claims;
                if (header - at >= 12 && claims - header >= 12 && signature - claims >= 20) {
                    return true;
                }
            }
        }
        return false;
    }

    /** A header with a key behind it: who searches for such headers holds no key. */
    private static boolean hasPrivateKey(String text) {
        String begin = "-----BEGIN ";
        for (int at = text.indexOf(begin); at >= 0; at = text.indexOf(begin, at + 1)) {
            int from = at + begin.length();
            int close = text.indexOf("-----", from);
            if (close >= 0
                    && close - from <= HEADER_MOST
                    && text.substring(from, close).contains("PRIVATE KEY")) {
                int body = 0;
                int next = close + 5;
                while (next < text.length() && body < KEY_BODY_LEAST && text.charAt(next) != '-') {
                    char c = text.charAt(next++);
                    body += isAlphanumeric(c) || c == '+' || c == '/' ? 1 : 0;
                }
                if (body >= KEY_BODY_LEAST) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean begins(String text, int at) {
        return at == 0 || !isWord(text.charAt(at - 1));
    }

    private static int end(String text, int from, IntPredicate body) {
        int at = from;
        while (at < text.length() && body.test(text.charAt(at))) {
            at++;
        }
        return at;
    }

    private static boolean isNoPlaceholder(String text, int from, int end) {
        return text.substring(from, end).chars().distinct().limit(VARIETY_LEAST).count() == VARIETY_LEAST
                && !text.startsWith(DOCUMENTATION, end - DOCUMENTATION.length());
    }

    private static boolean isUpper(int c) {
        return c >= 'A' && c <= 'Z';
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isAlphanumeric(int c) {
        return isUpper(c) || isDigit(c) || c >= 'a' && c <= 'z';
    }

    private static boolean isWord(int c) {
        return isAlphanumeric(c) || c == '_';
    }

    private static boolean isWordOrHyphen(int c) {
        return isWord(c) || c == '-';
    }
}
