package dev.cofferdam.gateway.channel;

/** The connection of one session, while it has one. What is sent while there is none is lost: whoever comes back is told anew. Not thread-safe. */
final class Line {
    private static final short POLICY_VIOLATION = 1008;
    private static final short GOING_AWAY = 1001;

    private Connection connection;

    /** The one that was told to go on elsewhere, or is about to be. */
    private Connection sentOn;

    boolean isUp() {
        return connection != null;
    }

    boolean is(Connection from) {
        return from == connection;
    }

    /** Another connection takes the place of the one before, if there is one still. */
    void become(Connection to) {
        goOnElsewhere();
        connection = to;
    }

    /** A connection is closed; it may be an earlier one. */
    void lost(Connection which) {
        if (is(which)) {
            connection = null;
        }
    }

    void send(GatewayFrame frame) {
        if (connection != null) {
            connection.send(frame);
        }
    }

    /** Closes it for what was said over it. */
    void refuse() {
        if (connection != null) {
            connection.close(POLICY_VIOLATION);
        }
    }

    /** Closes it: its supervisor comes back over another one. */
    void goOnElsewhere() {
        if (connection != null) {
            connection.close(GOING_AWAY);
        }
    }

    /** Whether it has yet to be sent elsewhere because this replica goes; of each connection that is so once. */
    boolean isToBeSentOn() {
        boolean before = connection != null && connection == sentOn;
        sentOn = connection;
        return !before;
    }
}
