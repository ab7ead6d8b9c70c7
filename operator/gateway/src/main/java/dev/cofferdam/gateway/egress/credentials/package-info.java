/** Credentials that the gateway adds to requests: what the admin has declared of them, and how they are kept out of answers. Knows nothing of tunnels. */
package dev.cofferdam.gateway.egress.credentials;
