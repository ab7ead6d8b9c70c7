package dev.cofferdam.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.DecisionReason;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** No credential stands here, not even one that opens nothing: each is put together. */
class CredentialsTest {
    private static final String BODY =
            "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zaB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zaB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0z";
    private static final String TOKEN = "ghp_" + BODY.substring(0, 36);

    @ParameterizedTest
    @CsvSource({
        "ghp_,36,a GitHub token",
        "gho_,36,a GitHub token",
        "ghs_,36,a GitHub token",
        "github_pat_,82,a GitHub token",
        "glpat-,20,a GitLab token",
        "xoxb-,40,a Slack token",
        "xoxp-,40,a Slack token",
        "AIza,35,a Google API key",
        "sk-ant-,80,an Anthropic API key",
        "sk-proj-,60,an OpenAI API key",
        "sk-,48,an OpenAI API key",
        "sk_live_,24,a Stripe key",
        "npm_,36,an npm token",
        "hf_,34,a Hugging Face token",
        "hvs.,24,a Vault token"
    })
    void areFoundWhereverTheyStand(String begin, int length, String kind) {
        String token = begin + BODY.substring(0, length);

        for (String text : List.of(
                token,
                "--token=" + token,
                "Authorization: Bearer " + token,
                "https://x-access-token:" + token + "@github.com/a/b.git",
                "export TOKEN='" + token + "'; git push")) {
            assertThat(Credentials.kind(text)).as(text).contains(kind);
        }
    }

    @Test
    void keysOfAwsTokensOfTheWebAndPrivateKeysAreFound() {
        String part = "eyJ" + BODY.substring(0, 30);
        String pem = "-----BEGIN RSA PRIVATE KEY-----\n" + BODY + "\n-----END RSA PRIVATE KEY-----";

        assertThat(Credentials.kind("AKIA" + "Q3EGUY7L2MNB4XZ5")).contains("an AWS access key");
        assertThat(Credentials.kind("Bearer " + part + "." + part + "." + BODY)).contains("a JSON Web Token");
        assertThat(Credentials.kind(pem)).contains("a private key");
        assertThat(Credentials.kind(pem.replace("\n", "\\n"))).contains("a private key");
        assertThat(Credentials.kind(pem.replace("RSA", "OPENSSH"))).contains("a private key");
        assertThat(Credentials.kind(pem.replace("RSA PRIVATE KEY", "PGP PRIVATE KEY BLOCK")))
                .contains("a private key");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "print('hello')",
                "ghp_",
                "ghp_short",
                "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                "AKIAIOSFODNN7EXAMPLE",
                "AKIAXXXXXXXXXXXXXXXX",
                "grep -r 'BEGIN RSA PRIVATE KEY' .",
                "-----BEGIN RSA PRIVATE KEY-----",
                "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
                "-----BEGIN CERTIFICATE-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAMIIBIjANBgkqhkiG9w0BAQ\n-----END CERTIFICATE-----",
                "eyJhbGciOiJIUzI1NiJ9",
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "0f7c1f3e-3b6b-4a36-9d62-5d3f1f9f7a11",
                "task-sk-learn-pipeline",
                "risk-assessment-of-the-quarterly-report-in-the-year-of-2026",
                "ask-anthropic-about-it",
                "npm_config_registry=https://registry.npmjs.org",
                "hf_transfer",
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAbCdEfGhIjKlMnOpQrStUvWxYz0123456789 me@here"
            })
    void whatIsNoneIsNone(String text) {
        assertThat(Credentials.kind(text)).isEmpty();
    }

    @Test
    void aRunWithOneIsRefusedAndItIsShownNowhere() {
        Compilation policy = Policies.compile(
                "spec: {tools: [{name: t, image: i, command: [x], argsSchema: {items: {maxLength: 3}}}], permissions: {environment: {allow: [{key: TOKEN}]}}}");

        Ruling ruling = Decider.decide(
                Optional.of(policy),
                Policies.run("{policyRef: {name: p}, tool: t, args: [\"" + TOKEN
                        + "\\0\"], env: [{name: TOKEN, value: \"" + TOKEN + "\\0\"}]}"));

        assertThat(ruling).isInstanceOf(Ruling.Refused.class);
        assertThat(((Ruling.Refused) ruling).reasons())
                .extracting(DecisionReason::code)
                .containsExactlyInAnyOrder("CredentialInSpec", "CredentialInSpec", "ArgumentsRefused");
        assertThat(ruling.toString()).doesNotContain(BODY.substring(0, 12));
    }

    @Test
    void aLongTextTakesNoLongerThanItsLengthExplains() {
        assertThat(Credentials.kind("eyJ.".repeat(16_384))).isEmpty();
        assertThat(Credentials.kind("-----BEGIN ".repeat(6_000))).isEmpty();
        assertThat(Credentials.kind("ghp_".repeat(16_384))).isEmpty();
    }
}
