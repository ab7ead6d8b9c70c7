package dev.cofferdam.e2e;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What docs/security/VerifyAudit.java says of lines of the audit stream. */
record VerifiedAudit(int exitCode, String text) {
    static VerifiedAudit of(Path lines, String... heads) throws IOException, InterruptedException {
        List<String> command = Stream.concat(
                        Stream.of(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "../docs/security/VerifyAudit.java"),
                        Stream.of(heads))
                .toList();
        Process process = new ProcessBuilder(command)
                .redirectInput(lines.toFile())
                .redirectErrorStream(true)
                .start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new VerifiedAudit(process.waitFor(), text);
    }
}
