package dev.cofferdam.gateway.boot;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/** The audit stream: standard output, a line a write, past the logger and its levels. */
final class AuditOutput implements Consumer<String> {
    private static final Logger LOG = Logger.getLogger(AuditOutput.class);
    private final OutputStream out = new FileOutputStream(FileDescriptor.out);

    @Override
    public synchronized void accept(String line) {
        try {
            out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            LOG.error("an audit line could not be written to standard output", e);
        }
    }
}
