/** HTTP/1.1 (RFC 9112), strictly, in both directions: what two readers could take for two different things passes in neither. No socket and no clock: {@code Conversation} has state, the rest is pure. */
package dev.cofferdam.gateway.egress.http;
