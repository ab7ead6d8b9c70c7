package dev.cofferdam.gateway.contents;

import dev.cofferdam.gateway.channel.Contents;
import dev.cofferdam.gateway.channel.ContentsOwner;
import dev.cofferdam.gateway.channel.KeptContents;
import dev.cofferdam.gateway.contents.ContentsStore.Intake;
import dev.cofferdam.gateway.http.EmptyAnswer;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/** Takes contents from supervisors and gives them to committers, piece by piece: no more of them is in memory than one window of a stream. Thread-safe. */
public final class StreamedContents implements Contents {
    private static final Logger LOG = Logger.getLogger(StreamedContents.class);
    private static final int OK = 200;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int TOO_LARGE = 413;
    private static final int LATER = 503;
    private static final int FULL = 507;
    private static final long CANCEL = 0x8;
    private static final long TAKE_MILLIS = 120_000;
    private static final long GIVE_MILLIS = 600_000;

    /** Each has a file open, and a thread for moments. */
    private static final int AT_ONCE_MOST = 32;

    private final Semaphore places = new Semaphore(AT_ONCE_MOST);
    private final Vertx vertx;
    private final ContentsStore store;

    public StreamedContents(Vertx vertx, ContentsStore store) {
        this.vertx = vertx;
        this.store = store;
    }

    @Override
    public void take(
            HttpServerRequest request, ContentsOwner owner, long bytesMost, Consumer<Optional<KeptContents>> then) {
        if (!places.tryAcquire()) {
            then.accept(Optional.empty());
            EmptyAnswer.send(request, FULL);
            return;
        }
        Taking taking = new Taking(request, kept -> {
            places.release();
            then.accept(kept);
        });
        vertx.executeBlocking(() -> store.begin(owner, bytesMost), false)
                .onSuccess(taking::begin)
                .onFailure(failure -> {
                    LOG.errorf("the store of contents cannot be written: %s", failure.getMessage());
                    taking.refuse(FULL);
                });
    }

    /** One request, on its own event loop. A piece is asked for when the one before is on disk. */
    private final class Taking {
        private final HttpServerRequest request;
        private final Consumer<Optional<KeptContents>> then;
        private Intake intake;
        private volatile boolean over;
        private long timer = -1;

        Taking(HttpServerRequest request, Consumer<Optional<KeptContents>> then) {
            this.request = request;
            this.then = then;
        }

        void begin(Intake begun) {
            intake = begun;
            timer = vertx.setTimer(TAKE_MILLIS, late -> broken());
            request.exceptionHandler(failure -> broken());
            request.endHandler(end -> keep());
            request.handler(this::write);
            request.fetch(1);
        }

        private void write(Buffer piece) {
            vertx.executeBlocking(() -> intake.write(piece.getBytes()), false)
                    .onSuccess(taken -> {
                        switch (taken) {
                            case Yes -> {
                                if (!over) {
                                    request.fetch(1);
                                }
                            }
                            case TooLarge -> refuse(TOO_LARGE);
                            case Full -> refuse(FULL);
                        }
                    })
                    .onFailure(failure -> {
                        LOG.errorf("contents cannot be written: %s", failure.getMessage());
                        refuse(FULL);
                    });
        }

        private void keep() {
            if (over) {
                return;
            }
            vertx.executeBlocking(intake::keep, false)
                    .onSuccess(kept -> {
                        if (end(Optional.of(kept))) {
                            request.response().setStatusCode(OK).end();
                        }
                    })
                    .onFailure(failure -> {
                        LOG.errorf("contents cannot be kept: %s", failure.getMessage());
                        refuse(FULL);
                    });
        }

        private void broken() {
            if (end(Optional.empty())) {
                discard();
                request.response().reset(CANCEL);
            }
        }

        void refuse(int status) {
            if (end(Optional.empty())) {
                discard();
                EmptyAnswer.send(request, status);
            }
        }

        private boolean end(Optional<KeptContents> kept) {
            if (over) {
                return false;
            }
            over = true;
            vertx.cancelTimer(timer);
            then.accept(kept);
            return true;
        }

        private void discard() {
            if (intake != null) {
                vertx.executeBlocking(
                        () -> {
                            intake.discard();
                            return null;
                        },
                        false);
            }
        }
    }

    @Override
    public void give(HttpServerRequest request, Committing to) {
        switch (to) {
            case Committing.Refused ignored -> EmptyAnswer.send(request, FORBIDDEN);
            case Committing.Later ignored -> EmptyAnswer.send(request, LATER);
            case Committing.Of of -> {
                if (places.tryAcquire()) {
                    give(request, of);
                } else {
                    EmptyAnswer.send(request, LATER);
                }
            }
        }
    }

    @Override
    public void forget(String runUid) {
        vertx.executeBlocking(
                        () -> {
                            store.forget(runUid);
                            return null;
                        },
                        false)
                .onFailure(failure -> LOG.errorf("contents cannot be removed: %s", failure.getMessage()));
    }

    private void give(HttpServerRequest request, Committing.Of of) {
        vertx.executeBlocking(() -> store.verified(of.owner(), of.sha256(), of.bytes()), false)
                .onSuccess(file -> file.ifPresentOrElse(path -> send(request, path, of.bytes()), () -> {
                    places.release();
                    EmptyAnswer.send(request, NOT_FOUND);
                }))
                .onFailure(failure -> {
                    LOG.errorf("the store of contents cannot be read: %s", failure.getMessage());
                    places.release();
                    EmptyAnswer.send(request, LATER);
                });
    }

    private void send(HttpServerRequest request, Path file, long bytes) {
        long timer = vertx.setTimer(GIVE_MILLIS, late -> request.response().reset(CANCEL));
        request.response()
                .setStatusCode(OK)
                .putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(bytes))
                .sendFile(file.toString())
                .onComplete(sent -> {
                    vertx.cancelTimer(timer);
                    places.release();
                });
    }
}
