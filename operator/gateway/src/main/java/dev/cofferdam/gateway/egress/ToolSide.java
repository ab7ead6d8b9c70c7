package dev.cofferdam.gateway.egress;

import dev.cofferdam.gateway.egress.http.Conversation;

/** Whoever asks over a tunnel, with or without TLS around it. */
interface ToolSide extends Conversation.Client {
    /** Does it now, or when the tool has taken what waits for it. */
    void whenRoom(Runnable then);

    /** The tool gets all that was written, and is not listened to any more. */
    void finish();

    void reset();
}
