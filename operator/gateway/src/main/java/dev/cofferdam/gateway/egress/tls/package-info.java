/** TLS that ends at this gateway: the certificate that a tool is shown, and what a server must show. Knows nothing of tunnels. */
package dev.cofferdam.gateway.egress.tls;
