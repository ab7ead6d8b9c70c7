/** The API server's side of the gateway: who a token belongs to, what runs and policies are now, and where facts go. */
package dev.cofferdam.gateway.cluster;
