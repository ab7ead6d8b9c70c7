package dev.cofferdam.gateway.channel;

/** Why a request for a channel got none. For the log and the metrics only: a sandbox learns nothing. */
public enum Refusal {
    /** Not a request for a channel: another path, method, protocol, or not one bearer token. */
    NotAChannelRequest,
    /** No whole request in time. */
    RequestTooSlow,
    /** More connections than the gateway, or one address, may have. */
    TooManyConnections,
    /** The API server does not know the token, or it is for somebody else. */
    TokenRejected,
    /** A valid token of something that is not a pod of ours. */
    NotASandboxPod,
    /** No pod of that name and UID, as far as we know yet. */
    PodUnknown,
    /** The request comes from an address that is not the pod's. */
    WrongPeer,
    /** The pod is not, or not yet, the newest attempt of a run that was allowed. */
    NotClaimed,
    /** The run has a newer attempt, or has ended. */
    RunOver,
    /** The policy, as it is now, does not grant what the run asks for. */
    NotGranted,
    /** The pod had its channel, and this request has no valid session. */
    SecondChannel,
    /** A session that no replica made for this pod. */
    SessionInvalid,
    /** A channel to this pod is just being opened. */
    Opening,
    /** The API server could not be asked. */
    ApiUnavailable,
    /** This replica is going down. */
    ShuttingDown
}
