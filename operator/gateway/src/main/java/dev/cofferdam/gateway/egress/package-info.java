/** The way out: tunnels of running tools, each to one address that its policy allows. Meets the channel only through its session. */
package dev.cofferdam.gateway.egress;
