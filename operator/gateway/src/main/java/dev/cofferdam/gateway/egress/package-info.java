/** The way out: tunnels of running tools, each to one address that its policy allows. Of the channel it knows the ports that it serves and asks, and whose a tunnel is. */
package dev.cofferdam.gateway.egress;
