package dev.cofferdam.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.e2e.tenant.Tenant;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What docs/security/VerifyAudit.java says of lines of the audit stream. */
record VerifiedAudit(int exitCode, String text) {
    static final String INTERRUPTED = "Interrupted: there is a beginning and no end";

    private static final String HEADS =
            "{{range .items}}{{$run := .metadata.uid}}{{range .status.audit.sources}}{{$run}} {{.source}} {{.total}} {{.head}}{{\"\\n\"}}{{end}}{{end}}";

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

    /** What docs/security/audit.md has its reader do: lines beside the statuses of all runs of the tenant, which they must all be of. */
    static VerifiedAudit of(Tenant tenant, List<String> lines, Path folder) {
        try {
            assertThat(Files.readString(Path.of("../docs/security/audit.md"))).contains(HEADS);
            Files.write(folder.resolve("lines"), lines);
            Files.writeString(
                    folder.resolve("heads"),
                    tenant.kubectl("get", "toolruns", "--output=go-template=" + HEADS)
                            .text());
            return of(folder.resolve("lines"), folder.resolve("heads").toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** What it says of each chain; a chain is {@code run source}. */
    Map<String, String> verdicts() {
        return text.lines()
                .map(line -> line.split(" ", 3))
                .collect(Collectors.toMap(words -> words[0] + " " + words[1], words -> words[2]));
    }

    static boolean isWhole(String verdict) {
        return verdict.startsWith("whole: ");
    }
}
