/** HTTP/1.1 (RFC 9112), strictly, in both directions: what two readers could take for two different things passes in neither. Pure but for {@code Conversation}. */
package dev.cofferdam.gateway.egress.http;
