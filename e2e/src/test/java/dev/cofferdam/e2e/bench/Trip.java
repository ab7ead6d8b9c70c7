package dev.cofferdam.e2e.bench;

import java.time.Duration;
import java.time.Instant;

/**
 * From the request to the answer.
 *
 * @param asked the moment before the object was created
 * @param started when the tool, or the bare pod's container, ran
 * @param ended when its end could be read from the API
 * @param uid of the ToolRun or of the bare pod
 */
record Trip(Instant asked, Instant started, Instant ended, String uid) {
    Duration toStart() {
        return Duration.between(asked, started);
    }

    Duration toEnd() {
        return Duration.between(asked, ended);
    }
}
